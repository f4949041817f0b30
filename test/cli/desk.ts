import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiOptions, type ApiUnderTest, startApi, TOKENS } from '../support/api-under-test.ts';
import type { CompiledCli, Ended, Running, RunOptions } from '../support/compiled-cli.ts';

/** A person's folder: the commands, a server with fakes behind it, and what `tidegate up` would have left for them to find it. */
export interface Desk {
  readonly api: ApiUnderTest;
  readonly cli: CompiledCli;
  readonly folder: string;
  run(words: readonly string[], options?: RunOptions): Promise<Ended>;
  start(words: readonly string[], options?: RunOptions): Running;
  close(): Promise<void>;
}

/** The commands are compiled once for a file of tests; each test has a server and a folder of its own. */
export async function openDesk(cli: CompiledCli, options: ApiOptions = {}): Promise<Desk> {
  const api = await startApi(options);
  const folder = await mkdtemp(join(cli.folder, 'desk-'));
  await mkdir(join(folder, '.tidegate'), { recursive: true });
  await writeFile(join(folder, 'tidegate.yaml'), 'version: 1\n');
  await writeFile(join(folder, '.tidegate', 'connection.json'), JSON.stringify({ url: api.url, token: TOKENS.ana }));
  return {
    api,
    cli,
    folder,
    run: (words, more) => cli.run(words, { cwd: folder, ...more }),
    start: (words, more) => cli.start(words, { cwd: folder, ...more }),
    close: async () => {
      await api.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
