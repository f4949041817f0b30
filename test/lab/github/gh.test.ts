import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalGitHub } from '../../../lab/github/server.ts';
import { clientOf, SHA, SHOP, start, stopAll, TOKEN } from './local-github.ts';

const GH = '/usr/bin/gh';
const run = promisify(execFile);

let folder: string;
let github: LocalGitHub;
let socket: Server;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-gh-'));
  github = await start();
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
  it('reads from the local GitHub what a commit was told', async () => {
    const client = clientOf(github);
    for (const [context, state] of [
      ['tidegate/build', 'success'],
      ['tidegate/production', 'failure'],
    ] as const)
      await client.rest.repos.createCommitStatus({ ...SHOP, sha: SHA, context, state });

    expect(await gh('api', `repos/acme/shop/commits/${SHA}/status`, '--jq', '.state')).toBe('failure');
    expect(await gh('api', '--paginate', `repos/acme/shop/commits/${SHA}/statuses`, '--jq', '.[].context')).toBe(
      'tidegate/production\ntidegate/build',
    );
  });
});
