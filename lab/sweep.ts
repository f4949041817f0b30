import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isInstalled } from './command.ts';
import { removeEngineRemains } from './engine-remains.ts';
import { bridgesOf, removeBridge } from './network.ts';
import { endRecordedProcess, recordedProcesses } from './process-records.ts';

/**
 * Ends all that a lab of this directory started, whoever started it and however that ended: engines with their containers,
 * registry, Temporal, every recorded process, and the network. With `remove`, their files too; files of others in the
 * directory stay. Sweeping twice does no harm. Never sweep the directory of a lab that is in use.
 */
export async function sweep(directory: string, { remove = false }: { readonly remove?: boolean } = {}): Promise<void> {
  for (const name of await recordedProcesses(directory)) await endRecordedProcess(directory, name);
  if (process.platform === 'linux') await sweepEngines(directory);
  if (!remove) return;
  for (const part of ['engines', 'registry', 'temporal', 'processes']) await removeFiles(join(directory, part));
}

async function sweepEngines(directory: string): Promise<void> {
  const engines = resolve(directory, 'engines');
  const names = existsSync(engines) ? await readdir(engines) : [];
  for (const name of names) await removeEngineRemains(join(engines, name));
  if (await isInstalled('ip')) for (const bridge of await bridgesOf(directory)) await removeBridge(bridge);
}

async function removeFiles(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
