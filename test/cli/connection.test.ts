import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TemporalUnavailable } from '../../temporal/errors.ts';
import { TOKENS } from '../support/api-under-test.ts';
import { CompiledCli } from '../support/compiled-cli.ts';
import { type Desk, openDesk } from './desk.ts';

describe('finding the server', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
    desk = await openDesk(cli);
  });
  afterAll(async () => {
    await desk.close();
    await cli.remove();
  });

  const status = (environment: Record<string, string>, words: readonly string[] = [], cwd = desk.cli.folder) =>
    desk.run(['status', ...words], { cwd, environment });

  it('reads what `up` left, from any folder below', async () => {
    const below = join(desk.folder, 'a', 'b');
    await mkdir(below, { recursive: true });
    expect((await status({}, [], below)).exitCode).toBe(0);
  });

  it('reads the data folder that tidegate.yaml names', async () => {
    const folder = join(desk.cli.folder, 'elsewhere');
    await mkdir(join(folder, 'kept'), { recursive: true });
    await writeFile(join(folder, 'tidegate.yaml'), 'version: 1\ndata: kept\n');
    await writeFile(join(folder, 'kept', 'connection.json'), JSON.stringify({ url: desk.api.url, token: TOKENS.mira }));
    expect((await status({}, ['--config', 'elsewhere/tidegate.yaml'])).exitCode).toBe(0);
  });

  it('takes URL and token from the environment', async () => {
    expect((await status({ TIDEGATE_URL: desk.api.url, TIDEGATE_TOKEN: TOKENS.ana })).exitCode).toBe(0);
  });

  it('takes a token from a file', async () => {
    await writeFile(join(desk.cli.folder, 'ana.token'), `${TOKENS.ana}\n`);
    expect((await status({}, ['--url', desk.api.url, '--token-file', 'ana.token'])).exitCode).toBe(0);
  });

  it('shows the kept token to no other server', async () => {
    const asked: (string | undefined)[] = [];
    const stranger = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end('{}');
    });
    await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    const answer = await status({}, ['--url', url], desk.folder);
    stranger.close();
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).toContain(`There is no token for ${url}`);
    expect(asked).toEqual([]);
  });

  it('says where to begin when there is no installation', async () => {
    const answer = await status({}, [], '/');
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).toContain('There is no tidegate.yaml in /');
    expect(answer.stderr).toContain('tidegate up');
  });

  it('says what to do when nothing listens, and does not repeat the token', async () => {
    const answer = await status({ TIDEGATE_URL: 'http://127.0.0.1:9', TIDEGATE_TOKEN: TOKENS.ana });
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain('No Tidegate server answers at http://127.0.0.1:9');
    expect(answer.stderr).toContain('tidegate up');
    expect(answer.stdout + answer.stderr).not.toContain(TOKENS.ana);
    expect(answer.stderr).not.toMatch(/\bat .*\.js:\d/);
  });

  it('gives up within five seconds on what accepts and never answers', async () => {
    const silent = createSocketServer(() => {});
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const running = desk.start(['status'], { environment: { TIDEGATE_URL: url, TIDEGATE_TOKEN: TOKENS.ana } });
    const deadline = new Promise<'late'>((late) => setTimeout(() => late('late'), 9_000).unref());
    const answer = await Promise.race([running.ended, deadline]);
    silent.close();
    expect(answer).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('it does not answer in time') });
  });

  it('tells a stranger from a Tidegate server', async () => {
    const stranger = createServer((_request, response) => response.end('<h1>hello</h1>'));
    await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    const answer = await status({ TIDEGATE_URL: url, TIDEGATE_TOKEN: TOKENS.ana });
    stranger.closeAllConnections();
    stranger.close();
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain('is no Tidegate server');
  });

  it('follows no redirect: the token is shown to no other server', async () => {
    const asked: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      asked.push(request.url);
      response.end('{}');
    });
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    const redirecting = createServer((_request, response) => response.writeHead(307, { location }).end());
    await new Promise<void>((done) => redirecting.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
    const answer = await status({ TIDEGATE_URL: url, TIDEGATE_TOKEN: TOKENS.ana });
    for (const server of [other, redirecting]) {
      server.closeAllConnections();
      server.close();
    }
    expect(answer).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is no Tidegate server: status 307') });
    expect(asked).toEqual([]);
  });

  it("ends with 4 when the token is nobody's", async () => {
    const answer = await status({ TIDEGATE_URL: desk.api.url, TIDEGATE_TOKEN: 'tdg_not-known-here' });
    expect(answer.exitCode).toBe(4);
    expect(answer.stdout + answer.stderr).not.toContain('not-known-here');
  });

  it('refuses a token on the command line, without repeating it', async () => {
    const answer = await status({}, ['--token', 'tdg_seen-by-all']);
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).toContain('--token-file');
    expect(answer.stderr).not.toContain('seen-by-all');
  });

  it.each(['ftp://127.0.0.1', 'not a url', 'http://user:pass@127.0.0.1:9'])('refuses the URL %s', async (url) => {
    const answer = await status({ TIDEGATE_TOKEN: TOKENS.ana }, ['--url', url]);
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).not.toContain('pass@');
  });

  it('passes on what the server says when Temporal is down', async () => {
    desk.api.engine.failure = new TemporalUnavailable('127.0.0.1:7233');
    const answer = await status({}, [], desk.folder);
    desk.api.engine.failure = undefined;
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain("Temporal at 127.0.0.1:7233 does not answer. Start it with 'tidegate up'");
  });
});
