import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../../domain/secret.ts';
import { runCommand } from '../../lab/command.ts';
import { type DemoFolder, tokenFile } from '../folder.ts';
import type { StatusFacts } from '../report/document.ts';
import { startInBackground } from './background.ts';

/** A real GitHub, as the user gives it. */
export interface GitHubAccount {
  /** `owner/name` */
  readonly repository: string;
  /** Without a slash at the end. */
  readonly api: string;
  readonly server: string;
  readonly token: Secret;
}

/** Where the demo's commits are told how they stand. */
export interface GitHubPlace {
  readonly api: string;
  readonly repository: string;
  /** The reference to the token for the installation file. */
  readonly tokenReference: string;
  readonly token: Secret;
  readonly description: string;
}

const LOCAL_REPOSITORY = 'demo/shop';
const READ_MS = 10_000;
const statusList = z.array(z.object({ context: z.string(), state: z.string(), description: z.string().nullable() }));

/** A GitHub of the demo's own, which refuses what GitHub's OpenAPI description refuses and keeps what it was told. */
export async function startGitHubHere(
  folder: DemoFolder,
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<GitHubPlace> {
  const token = new Secret(randomBytes(24).toString('hex'));
  await writeFile(tokenFile(folder, 'github'), `${token.reveal()}\n`, { mode: 0o600 });
  const started = await startInBackground(folder, {
    name: 'github',
    program: 'lab/github/main.js',
    args: ['--directory', join(folder.root, 'github')],
    variables: { ...variables, GITHUB_TOKEN: token.reveal() },
    signal,
  });
  const { url: api } = z.object({ url: z.string() }).parse(started);
  return {
    api,
    repository: LOCAL_REPOSITORY,
    tokenReference: '${file:github.token}',
    token,
    description: `a GitHub of its own at ${api}, held to GitHub's OpenAPI description`,
  };
}

/** The real GitHub: the demo's commits are pushed there, as a status needs a commit. Throws CommandFailed. */
export async function useGitHub(
  account: GitHubAccount,
  folder: DemoFolder,
  variables: Readonly<Record<string, string>>,
): Promise<GitHubPlace> {
  const { repository, api, server, token } = account;
  const branch = 'tidegate-demo';
  // The environment keeps the token from the command line, where every user of the machine could read it.
  const credential = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token.reveal()}`).toString('base64')}`;
  const settings = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `http.${server}/.extraheader`, GIT_CONFIG_VALUE_0: credential };
  await runCommand('git', ['push', '--quiet', '--force', `${server}/${repository}.git`, `main:refs/heads/${branch}`], {
    cwd: folder.repository,
    timeout: 120_000,
    env: { ...variables, GIT_TERMINAL_PROMPT: '0', ...settings },
  });
  const description = `${server}/${repository}, branch ${branch}`;
  return { api, repository, tokenReference: '${env:GITHUB_TOKEN}', token, description };
}

/** What GitHub has been told of a commit, oldest first. */
export async function readStatuses({ api, repository, token }: GitHubPlace, commit: string): Promise<StatusFacts[]> {
  const answer = await fetch(`${api}/repos/${repository}/commits/${commit}/statuses?per_page=100`, {
    headers: { authorization: `Bearer ${token.reveal()}`, accept: 'application/vnd.github+json' },
    signal: AbortSignal.timeout(READ_MS),
  });
  if (!answer.ok) throw new Error(`Expected ${api} to list the statuses of ${commit}, and it answered ${answer.status}`);
  const newestFirst = statusList.parse(await answer.json());
  return newestFirst.reverse().map(({ context, state, description }) => ({ context, state, description: description ?? '' }));
}
