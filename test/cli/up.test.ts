import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../lab/until.ts';
import { type DevServer, startDevServer } from '../../temporal/dev-server.ts';
import { resolveTemporal } from '../../temporal/executable.ts';
import { searchAttributeTypes } from '../../temporal/search-attributes.ts';
import { SMALL_INSTALLATION, SMALL_PIPELINE } from '../config/documents.ts';
import { CompiledCli, type Running } from '../support/compiled-cli.ts';

interface Up {
  readonly url: string;
  readonly pid: number;
  readonly temporal: { readonly address: string };
}

describe('Tidegate as processes', () => {
  let cli: CompiledCli;
  let folder: string;
  const temporal = process.env.TIDEGATE_TEMPORAL_CLI;
  const environment = temporal === undefined ? { HOME: process.env.HOME ?? '' } : { TEMPORAL_CLI: temporal };
  beforeAll(async () => {
    cli = await CompiledCli.compile();
    // As the build does it, so that each start need not.
    execFileSync(process.execPath, [join(cli.folder, 'worker/bundle.js')], { stdio: 'ignore' });
    folder = join(cli.folder, 'desk');
    await mkdir(join(folder, 'shop'), { recursive: true });
    await writeFile(
      join(folder, 'tidegate.yaml'),
      SMALL_INSTALLATION.replace('../shop', './shop').replaceAll('10.0.0.1:5000', '127.0.0.1:9'),
    );
    await writeFile(join(folder, 'shop', 'pipeline.yaml'), SMALL_PIPELINE);
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    const git = (...words: string[]) => execFileSync('git', [...who, ...words], { cwd: join(folder, 'shop'), stdio: 'ignore' });
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'first');
  });
  const servers: DevServer[] = [];
  afterAll(async () => {
    await cli.remove();
    await Promise.all(servers.map((server) => server.stop()));
  });

  const start = () => cli.start(['up', '--port', '0', '--json'], { cwd: folder, environment });
  const run = (...words: string[]) => cli.run(words, { cwd: folder, environment });

  async function isUp(running: Running): Promise<Up> {
    const text = await until('everything to be up', 60_000, async () => running.printed().endsWith('}\n') && running.printed());
    return JSON.parse(text) as Up;
  }

  it('runs everything with up, once; survives its own death; and stops in order', async () => {
    const first = start();
    const up = await isUp(first);
    expect(await run('status')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('There is no release yet') });
    expect(await run('up', '--port', '0')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`Process ${up.pid} runs 'tidegate up'`),
    });
    expect(await run('release', 'create', 'shop', '--image', 'web=1.0')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('127.0.0.1:9'),
    });
    const kept = await readFile(join(folder, '.tidegate', 'connection.json'), 'utf8');
    first.process.kill('SIGKILL');
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(await run('status')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("start one with 'tidegate up'") });

    const second = start();
    await isUp(second);
    expect(JSON.parse(await readFile(join(folder, '.tidegate', 'connection.json'), 'utf8')).token).toBe(JSON.parse(kept).token);
    expect((await run('status')).exitCode).toBe(0);
    second.process.kill('SIGTERM');
    const ended = await second.ended;
    expect(ended).toMatchObject({ exitCode: 0, signal: null });
    expect(ended.stdout + ended.stderr).not.toContain(JSON.parse(kept).token);
  });

  it('says that Temporal is down, and knows it again when it is back', async () => {
    const directory = join(cli.folder, 'given');
    const executable = await resolveTemporal({ path: process.env.PATH ?? '', ...(temporal !== undefined && { configured: temporal }) });
    const options = { directory, executable, headless: true, searchAttributes: searchAttributeTypes() };
    const given = await startDevServer(options);
    servers.push(given);
    const server = cli.start(['server', '--port', '0', '--json'], {
      cwd: folder,
      environment: { ...environment, TEMPORAL_ADDRESS: given.address },
    });
    await isUp(server);
    expect((await run('status')).exitCode).toBe(0);
    await given.stop();
    const down = await run('status');
    expect(down.exitCode).toBe(1);
    expect(down.stderr).toContain(`Temporal at ${given.address} does not answer. Start it with 'tidegate up'`);
    servers.push(await startDevServer({ ...options, port: Number(given.address.split(':')[1]) }));
    await until('the server to find Temporal again', 60_000, async () => (await run('status')).exitCode === 0);
    server.process.kill('SIGTERM');
    const ended = await server.ended;
    expect(ended).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
  });
});
