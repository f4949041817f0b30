import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createOidcSignIn } from '../../server/oidc/oidc-sign-in.ts';
import { providerKeys } from '../../server/oidc/provider-keys.ts';
import { TOKENS } from '../support/api-under-test.ts';
import { CompiledCli, type Running } from '../support/compiled-cli.ts';
import { FakePeopleStore } from '../support/fake-people-store.ts';
import { CLIENT, type LocalProvider, startLocalProvider } from '../support/local-provider.ts';
import { until } from '../support/temporal.ts';
import { type Desk, openDesk } from './desk.ts';

let cli: CompiledCli;
beforeAll(async () => {
  // The provider warns that it is one for tests.
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  cli = await CompiledCli.compile();
});
afterAll(() => cli.remove());

async function deskWith(provider: LocalProvider): Promise<Desk> {
  const people = createOidcSignIn({
    rules: { issuer: provider.issuer, client: CLIENT, nameClaim: 'preferred_username', groupsClaim: 'groups', clockToleranceMs: 30_000 },
    keys: providerKeys(provider.issuer),
    people: {
      listed: [],
      directory: {
        groups: [{ name: 'release-managers', people: [], claims: ['/platform/releases'] }],
        roles: [{ role: 'release-manager', people: [], groups: ['release-managers'] }],
      },
    },
    store: new FakePeopleStore(),
    now: Date.now,
  });
  return openDesk(cli, { people, signIn: { issuer: provider.issuer, client: CLIENT, scopes: ['openid', 'profile', 'offline_access'] } });
}

describe('signing in', () => {
  let provider: LocalProvider;
  let desk: Desk;
  /** A user's own settings. */
  let home: string;
  const run = (...words: string[]) => desk.run(words, { environment: { HOME: home } });
  const kept = () => join(home, '.config', 'tidegate', 'credentials.json');
  const open = async (options: Parameters<typeof startLocalProvider>[0] = {}) => {
    provider = await startLocalProvider(options);
    desk = await deskWith(provider);
  };
  beforeEach(async () => {
    home = await mkdtemp(join(cli.folder, 'home-'));
  });
  afterEach(async () => {
    await desk.close();
    await provider.stop();
    await rm(home, { recursive: true });
  });

  async function addressAskedBy(command: Running): Promise<string> {
    let said = '';
    command.process.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const address = () => /Open (\S+)/.exec(said)?.[1] ?? '';
    return until(
      async () => address(),
      (seen) => seen !== '',
    );
  }

  async function logIn(as: string): Promise<void> {
    const command = desk.start(['login', '--server', desk.api.url], { environment: { HOME: home } });
    await provider.confirm(await addressAskedBy(command), as);
    expect(await command.ended).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`as ${as}`) });
  }

  it('by a browser somewhere makes somebody known here, with the groups that the provider tells', async () => {
    await open();
    await logIn('rita');
    const who = await run('whoami', '--json');
    expect(JSON.parse(who.stdout)).toMatchObject({
      person: 'rita',
      server: desk.api.url,
      authentication: `sign-in at ${provider.issuer}`,
      groups: ['release-managers'],
      roles: [{ role: 'release-manager' }],
    });
    expect((await stat(kept())).mode & 0o777).toBe(0o600);
    expect((await stat(join(kept(), '..'))).mode & 0o777).toBe(0o700);
    // Elsewhere the last server is meant, and nobody asks for its token.
    expect(await desk.run(['whoami'], { cwd: home, environment: { HOME: home } })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('rita'),
    });
    expect(await run('logout')).toMatchObject({ exitCode: 0, stdout: `Signed out of ${desk.api.url}\n` });
    expect(await readFile(kept(), 'utf8')).not.toContain('idToken');
    expect((await run('whoami')).stdout).toContain('ana');
  });

  it('is renewed without asking, by one of several commands', async () => {
    await open({ idTokenSeconds: 15 });
    await logIn('rita');
    const before = await readFile(kept(), 'utf8');
    const several = await Promise.all([run('whoami'), run('whoami'), run('whoami')]);
    expect(several.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    expect(await readFile(kept(), 'utf8')).not.toBe(before);
    expect((await stat(kept())).mode & 0o777).toBe(0o600);
  });

  it('that is refused there keeps nothing', async () => {
    await open();
    const command = desk.start(['login', '--server', desk.api.url], { environment: { HOME: home } });
    await provider.refuse(await addressAskedBy(command));
    expect(await command.ended).toMatchObject({ exitCode: 1, stdout: '' });
    await expect(stat(kept())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('by a token keeps it once the server has taken it, and never prints it', async () => {
    await open();
    await writeFile(join(home, 'mira.token'), `${TOKENS.mira}\n`);
    await writeFile(join(home, 'wrong.token'), 'tdg_nobody-s\n');
    const wrong = await run('login', '--server', desk.api.url, '--token-file', join(home, 'wrong.token'));
    expect(wrong.exitCode).toBe(4);
    await expect(stat(kept())).rejects.toMatchObject({ code: 'ENOENT' });
    const right = await run('login', '--server', desk.api.url, '--token-file', join(home, 'mira.token'));
    expect(right).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('as mira') });
    expect((await run('whoami')).stdout).toContain('mira');
    expect(right.stdout + right.stderr + wrong.stderr).not.toContain('tdg_');
  });
});

describe('tokens on the command line', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk(cli);
  });
  afterAll(() => desk.close());

  it('are made, used, listed and revoked', async () => {
    const made = await desk.run([
      'token',
      'create',
      '--lifetime',
      '1d',
      '--note',
      'nightly',
      '--role',
      'developer',
      '--application',
      'shop',
    ]);
    expect(made).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^tdg_\w{49}\n$/) });
    const token = made.stdout.trim();
    const [, id = ''] = /Token ([0-9a-f]{10}) of ana/.exec(made.stderr) ?? [];
    const as = (words: string[]) => desk.run(words, { environment: { TIDEGATE_TOKEN: token } });
    expect((await as(['whoami'])).stdout).toContain('at most as developer for "shop"');
    expect(await as(['token', 'create', '--lifetime', '1h'])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('makes no tokens'),
    });
    const listed = await desk.run(['token', 'list']);
    expect(listed.stdout).toContain(id);
    expect(listed.stdout).not.toContain(token.slice(4));
    expect(await desk.run(['token', 'revoke', id])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('revoked by ana') });
    expect(await as(['whoami'])).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('was revoked at') });
  });

  it('have an end', async () => {
    expect(await desk.run(['token', 'create'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--lifetime') });
    expect(await desk.run(['token', 'create', '--lifetime', '400d'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('90 days'),
    });
  });
});
