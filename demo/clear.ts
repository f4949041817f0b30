import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { endRecordedProcess } from '../lab/process-records.ts';
import { sweep } from '../lab/sweep.ts';
import { endLeftOverServer } from '../temporal/dev-server.ts';
import type { DemoFolder } from './folder.ts';
import { removeNamespace } from './parts/temporal-namespace.ts';
import { removePulled } from './pulled.ts';
import type { DemoRecord } from './running.ts';
import { clearUserEngine, connectUserEngine } from './site/user-engine.ts';

const STOP_MS = 30_000;

/**
 * Ends all that a demo of this folder started, whoever started it and however that ended, and removes what it kept; its logs stay in
 * `logs`. Twice does no harm.
 */
export async function clearDemo(folder: DemoFolder, record: DemoRecord | undefined): Promise<void> {
  // Its work in hand ends before the engines do.
  await endRecordedProcess(folder.root, 'tidegate', STOP_MS);
  await endLeftOverServer(join(folder.data, 'temporal'));
  await endRecordedProcess(folder.root, 'github');
  await keepLogs(folder);
  if (record?.docker !== undefined) await clearUserEngine(await connectUserEngine(record.docker), record.installation, record.registry);
  if (record?.namespace !== undefined) await removeNamespace(record.namespace.address, record.namespace.name);
  await sweep(folder.root, { remove: true });
  for (const path of [folder.data, folder.repository, folder.configuration, join(folder.root, 'github')]) await remove(path);
  for (const file of await entriesOf(folder.root)) if (file.endsWith('.token')) await remove(join(folder.root, file));
}

/** What outlives a run, too: images that were pulled, logs, the folder itself, and the one above it where nothing else lies in it. */
export async function removeFolder(folder: DemoFolder): Promise<void> {
  await removePulled(folder);
  await remove(folder.pulled);
  await remove(folder.logs);
  await remove(folder.record);
  for (const path of [folder.root, dirname(folder.root)]) if ((await entriesOf(path)).length === 0 && existsSync(path)) await rmdir(path);
}

/** What each part said last, for whoever wants to know why something failed. */
async function keepLogs(folder: DemoFolder): Promise<void> {
  await mkdir(folder.logs, { recursive: true });
  const engines = (await entriesOf(join(folder.root, 'engines'))).map(
    (name) => [`engines/${name}/engine.log`, `engine-${name}.log`] as const,
  );
  const others = [
    ['registry/registry.log', 'registry.log'],
    ['data/temporal/temporal.log', 'temporal.log'],
    ['data/tidegate.log', 'tidegate-api.log'],
  ] as const;
  for (const [from, to] of [...engines, ...others]) {
    const file = join(folder.root, from);
    if (existsSync(file)) await copyFile(file, join(folder.logs, to));
  }
}

async function entriesOf(path: string): Promise<string[]> {
  return existsSync(path) ? readdir(path) : [];
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
