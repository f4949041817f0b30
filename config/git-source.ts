import { type Refusal, text } from './scalars.ts';

const SCP_LIKE = /^(?:[\w.-]+@)?[A-Za-z0-9][\w.-]+:(?!\/\/|:)[^\s]+$/;

/** Where an application's source is: a URL that git can clone, or a path. */
export const gitSource = () =>
  text({
    expected: 'a git URL or a path',
    examples: ['https://git.example.com/shop/shop.git', 'git@git.example.com:shop/shop.git', '../shop'],
    refuse: refuseGitSource,
  });

function refuseGitSource(value: string): Refusal | undefined {
  if (value.trim() === '' || value.startsWith('-')) return { message: 'is no source of git', hint: 'write a URL or a path' };
  // git runs a command for ext:: and takes an open file for fd:: (gitremote-helpers).
  if (value.includes('::')) return { message: 'names a remote helper of git', hint: 'write https://, ssh:// or a path' };
  if (!value.includes('://')) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^(https?|ssh|git|file):$/.test(url.protocol))
    return { message: 'is no URL that git can clone', hint: 'write https:// or ssh://' };
  if (url.password === '' && (url.username === '' || url.protocol === 'ssh:')) return undefined;
  return { message: 'holds credentials', hint: 'take them out of the URL; git asks its credential helper, or use ssh://' };
}

/** True when a source is a path on this machine, and no URL. */
export function isLocalSource(source: string): boolean {
  return !source.includes('://') && !SCP_LIKE.test(source);
}
