import { refuseHttpUrl } from './addresses.ts';
import { type Refusal, text } from './scalars.ts';

/** The address of GitHub's API; that of github.com by default. */
export const gitHubApi = () =>
  text({
    expected: 'a URL',
    examples: ['https://github.example.com/api/v3'],
    refuse: (value) => refuseHttpUrl(value) ?? refusePages(value),
  }).default('https://api.github.com');

/** What GitHub has for people answers with pages. */
function refusePages(value: string): Refusal | undefined {
  const { hostname } = new URL(value);
  if (/^(?:www\.)?github\.com$/.test(hostname))
    return {
      message: "is GitHub's pages and not its API",
      hint: 'leave it out, or write https://HOST/api/v3 of a GitHub Enterprise Server',
    };
  if (/^[^.]+\.ghe\.com$/.test(hostname)) return { message: "is GitHub's pages and not its API", hint: `write https://api.${hostname}` };
  return undefined;
}
