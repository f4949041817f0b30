/**
 * Whether a text fits a pattern in which `*` stands for any characters, or none, and everything else for itself.
 * Takes at most the product of both lengths in steps, whatever the pattern.
 */
export function fitsPattern(pattern: string, text: string): boolean {
  let at = 0;
  let read = 0;
  /** Where to go on when the last `*` has to stand for one more character. */
  let retry: { readonly at: number; readonly read: number } | undefined;
  while (read < text.length) {
    if (pattern[at] === '*') {
      at += 1;
      retry = { at, read: read + 1 };
    } else if (pattern[at] === text[read]) {
      at += 1;
      read += 1;
    } else if (retry !== undefined) {
      at = retry.at;
      read = retry.read;
      retry = { at, read: read + 1 };
    } else return false;
  }
  return pattern.slice(at).replaceAll('*', '') === '';
}

/** The same for repositories, `registry/path`: a `*` stays within its part of the path; `**` at the end is everything below. */
export function fitsRepository(pattern: string, repository: string): boolean {
  const [wanted, parts] = [pattern.split('/'), repository.split('/')];
  const everythingBelow = wanted.at(-1) === '**';
  const fixed = everythingBelow ? wanted.slice(0, -1) : wanted;
  if (everythingBelow ? parts.length <= fixed.length : parts.length !== fixed.length) return false;
  return fixed.every((part, index) => fitsPattern(part, parts[index] ?? ''));
}
