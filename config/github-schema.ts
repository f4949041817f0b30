import { resolve } from 'node:path';
import { z } from 'zod';
import { gitHubApi } from './github-api.ts';
import { filePath } from './paths.ts';
import { secret } from './references.ts';
import { customIssue, text } from './scalars.ts';
import type { GitHubInstallation } from './settings/outside.ts';
import { githubWebhooks } from './triggers.ts';

const number = () => z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const app = z.strictObject({
  id: number().describe("The App's id, as its settings show it"),
  key: secret().describe("PEM of the App's private key"),
  installation: z.exactOptional(number().describe('Its installation; by default that of the repository, which GitHub is asked for')),
  webhookSecret: z.exactOptional(
    secret().describe("The secret of the App's own webhook, which nothing else has: buttons count by it alone"),
  ),
});

/** Where GitHub is, and who Tidegate is there: a GitHub App, or the owner of a token. */
export const github = z
  .strictObject({
    api: gitHubApi().describe('https://HOST/api/v3 of a GitHub Enterprise Server'),
    ca: z.exactOptional(filePath().describe('PEM file of authorities to trust besides the well-known ones')),
    app: z.exactOptional(app.describe("A GitHub App; 'tidegate github setup' makes one")),
    token: z.exactOptional(secret()),
    webhooks: z.exactOptional(githubWebhooks()),
  })
  .check((context) => {
    const { app: asApp, token, webhooks } = context.value;
    if (asApp?.webhookSecret !== undefined && webhooks?.secrets.includes(asApp.webhookSecret) === true)
      context.issues.push(
        customIssue(context.value, { message: 'is among webhooks.secrets, and proves nothing of the App then' }, ['app', 'webhookSecret']),
      );
    if ((asApp === undefined) !== (token === undefined)) return;
    const problem =
      token === undefined
        ? { message: 'is missing; give app or token', hint: "'tidegate github setup' makes an App and says what to write" }
        : { message: 'cannot be given beside app: Tidegate is one of the two' };
    context.issues.push(customIssue(context.value, problem, ['token']));
  });

const GITHUB_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;

/** `owner/name`. */
export const githubRepository = text({
  expected: 'a GitHub repository',
  examples: ['shop/web'],
  pattern: GITHUB_NAME,
  refuse: (value) => (GITHUB_NAME.test(value) ? undefined : { message: 'is no GitHub repository', hint: 'write owner/name' }),
});

/** The same as the rest of Tidegate sees it: paths absolute, and exactly one way to prove who we are. */
export function gitHubOf({ app: asApp, token, ca, ...rest }: z.output<typeof github>, directory: string): GitHubInstallation {
  const authorities = ca === undefined ? {} : { ca: resolve(directory, ca) };
  if (asApp !== undefined) {
    const { webhookSecret: appSecret, ...who } = asApp;
    return { ...rest, ...authorities, credentials: { kind: 'app', ...who }, ...(appSecret !== undefined && { appSecret }) };
  }
  if (token === undefined) throw new TypeError('The schema lets neither of both pass');
  return { ...rest, ...authorities, credentials: { kind: 'token', token } };
}
