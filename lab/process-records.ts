import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcess, identifyProcess, type ProcessIdentity, parseIdentity } from '../temporal/process-identity.ts';

/**
 * Notes in the lab's folder that this process belongs to it, so that `sweep` ends it should its starter be killed.
 * Throws NotRunning.
 */
export async function recordProcess(directory: string, name: string, pid: number): Promise<ProcessIdentity> {
  const identity = await identifyProcess(pid);
  await mkdir(join(directory, 'processes'), { recursive: true });
  await writeFile(fileOf(directory, name), JSON.stringify(identity));
  return identity;
}

/** Ends a recorded process, if it still runs, and forgets it; kills it when it has not ended within `milliseconds`. Returns its id when there was one. */
export async function endRecordedProcess(directory: string, name: string, milliseconds = 5_000): Promise<number | undefined> {
  if (!existsSync(fileOf(directory, name))) return undefined;
  const identity = parseIdentity(await readFile(fileOf(directory, name), 'utf8'));
  await endProcess(identity, milliseconds);
  await rm(fileOf(directory, name), { force: true });
  return identity.pid;
}

/** The names of all processes recorded in this folder. */
export async function recordedProcesses(directory: string): Promise<string[]> {
  const folder = join(directory, 'processes');
  return existsSync(folder) ? (await readdir(folder)).map((file) => file.replace(/\.json$/, '')) : [];
}

function fileOf(directory: string, name: string): string {
  return join(directory, 'processes', `${name}.json`);
}
