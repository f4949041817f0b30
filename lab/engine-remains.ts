import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { types } from 'node:util';
import { isRunning, parseIdentity, signalProcess } from '../temporal/process-identity.ts';
import { familyOf } from './process-family.ts';
import { until } from './until.ts';

const ENGINE_PROGRAMS = ['dockerd', 'containerd', 'containerd-shim-runc-v2'];

/**
 * Kills whatever still runs of the engine that keeps its things in `directory`, containers included, and removes its
 * control groups and its socket; its files stay. Its namespaces, and with them mounts and network, go with its last process.
 */
export async function removeEngineRemains(directory: string): Promise<void> {
  await until(`all processes of the engine in ${directory} to be gone`, 60_000, async () => {
    const family = await familyOf(await rootsOf(directory));
    for (const pid of family) signalProcess(pid, 'SIGKILL');
    return family.length === 0;
  });
  await removeControlGroups(directory);
  await rm(socketOf(directory), { force: true });
}

/** Socket paths end at 108 bytes, and a test's folder may be long: its socket lies in a short place. An engine's /run is its own. */
export const SOCKETS = '/tmp';

export function socketOf(directory: string): string {
  return `${SOCKETS}/tidegate-${basename(directory).slice(0, 40)}-${identityOf(directory)}.sock`;
}

/** A short text that no other engine's folder has. */
export function identityOf(directory: string): string {
  return createHash('sha256').update(directory).digest('hex').slice(0, 12);
}

/** The recorded supervisor, and, should someone have killed that, the programs started with this folder in their arguments. */
async function rootsOf(directory: string): Promise<number[]> {
  const roots: number[] = [];
  const file = join(directory, 'supervisor.json');
  if (existsSync(file)) {
    const supervisor = parseIdentity(await readFile(file, 'utf8'));
    if (await isRunning(supervisor)) roots.push(supervisor.pid);
  }
  for (const entry of await readdir('/proc')) if (/^\d+$/.test(entry) && (await belongs(entry, directory))) roots.push(Number(entry));
  return roots;
}

async function belongs(entry: string, directory: string): Promise<boolean> {
  const [program = '', ...args] = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return ENGINE_PROGRAMS.includes(basename(program)) && args.some((arg) => arg.startsWith(`${directory}/`));
}

async function removeControlGroups(directory: string): Promise<void> {
  const name = `tidegate-lab-${identityOf(directory)}`;
  const controllers = (await readdir('/sys/fs/cgroup')).map((controller) => join('/sys/fs/cgroup', controller, name));
  const groups = [join('/sys/fs/cgroup', name), ...controllers].filter((group) => existsSync(group));
  for (const group of groups) await removeTree(group);
}

/** Control groups are removed leaf by leaf with rmdir; their files cannot be deleted. */
async function removeTree(group: string): Promise<void> {
  for (const entry of await readdir(group, { withFileTypes: true })) if (entry.isDirectory()) await removeTree(join(group, entry.name));
  await until(`control group ${group} to be empty`, 60_000, () =>
    rmdir(group).then(
      () => true,
      (error: unknown) => {
        if (types.isNativeError(error) && 'code' in error && error.code === 'EBUSY') return false;
        throw error;
      },
    ),
  );
}
