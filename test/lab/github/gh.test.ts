import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createGitHubCheckRuns } from '../../../adapters/github/check-runs.ts';
import { createGitHubClient } from '../../../adapters/github/client.ts';
import { createGitHubDeployments } from '../../../adapters/github/deployments.ts';
import { createGitHubStatuses } from '../../../adapters/github/statuses.ts';
import { Secret } from '../../../domain/secret.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { APP, PLACES } from '../../adapters/github/connected.ts';
import { SHA, start, stopAll, TOKEN } from './local-github.ts';

const GH = '/usr/bin/gh';
const run = promisify(execFile);

let folder: string;
let github: LocalGitHub;
let socket: Server;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-gh-'));
  github = await start({ app: APP });
  // gh speaks to GitHub by TLS alone, but for a socket, over which it speaks without.
  socket = createServer((from) => {
    const to = connect(Number(new URL(github.url).port), '127.0.0.1');
    from.pipe(to).pipe(from);
    for (const end of [from, to]) end.on('error', () => [from, to].map((other) => other.destroy()));
  }).listen(join(folder, 'gh.sock'));
  await writeFile(join(folder, 'config.yml'), `http_unix_socket: ${join(folder, 'gh.sock')}\n`);
});
afterEach(async () => {
  socket.close();
  await stopAll();
  await rm(folder, { recursive: true });
});

async function gh(...words: string[]): Promise<string> {
  const { PATH } = process.env;
  const { stdout } = await run(GH, words, { env: { PATH, HOME: folder, GH_CONFIG_DIR: folder, GH_TOKEN: TOKEN }, timeout: 20_000 });
  return stdout.trim();
}

(existsSync(GH) ? describe : describe.skip)("GitHub's own command", () => {
  it('reads of the local GitHub what Tidegate told of a commit: statuses, deployments, check runs', async () => {
    const credentials = { kind: 'app', id: APP.id, key: new Secret(github.app().privateKey) } as const;
    const client = await createGitHubClient({ apiUrl: github.url, credentials, clock: Date.now });
    const of = { application: 'shop', commit: SHA, release: 1 };
    const telling = { signal: new AbortController().signal, isRepeat: false };
    for (const [stage, state] of [
      ['build', 'success'],
      ['production', 'failure'],
    ] as const)
      await createGitHubStatuses(client, PLACES).report(
        { ...of, context: `tidegate/${stage}`, state, description: `${stage} ends` },
        telling,
      );
    const news = { environment: 'production', release: 1, deployment: 'deployment/shop/production/1', description: 'Deploying' } as const;
    await createGitHubDeployments(client, PLACES, 'harbour').report({ ...news, state: 'in_progress' }, of, telling);
    const check = { name: 'Tidegate: production', externalId: 'shop/1/production/', title: 'Deploying', summary: 'words' } as const;
    await createGitHubCheckRuns(client, PLACES).report({ ...check, status: 'in_progress' }, of, telling);

    expect(await gh('api', `repos/acme/shop/commits/${SHA}/status`, '--jq', '.state')).toBe('failure');
    const list = '.[] | .context + " " + .state + " " + .description + " " + .target_url';
    expect(await gh('api', '--paginate', `repos/acme/shop/commits/${SHA}/statuses`, '--jq', list)).toBe(
      [
        'tidegate/production failure production ends https://tidegate.test/releases/shop/1',
        'tidegate/build success build ends https://tidegate.test/releases/shop/1',
      ].join('\n'),
    );
    const deployments = '.[] | (.id | tostring) + " " + .environment + " " + .task';
    const [id, ...deployed] = (await gh('api', 'repos/acme/shop/deployments', '--jq', deployments)).split(' ');
    expect(deployed).toEqual(['production', 'deploy:shop']);
    expect(await gh('api', `repos/acme/shop/deployments/${id}/statuses`, '--jq', '.[].state')).toBe('in_progress');
    const checks = await gh('api', `repos/acme/shop/commits/${SHA}/check-runs`, '--jq', '.check_runs[] | .name + " " + .status');
    expect(checks).toBe('Tidegate: production in_progress');
  });
});
