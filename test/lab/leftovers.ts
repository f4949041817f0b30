import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { identityOf, SOCKETS } from '../../lab/engine-remains.ts';
import { bridgesOf } from '../../lab/network.ts';

/** Everything on this machine that still speaks of this lab's folder: processes, mounts, sockets, control groups, bridges. */
export async function leftoversOf(directory: string, engines: readonly string[]): Promise<string[]> {
  const identities = engines.map((name) => identityOf(`${directory}/engines/${name}`));
  const sockets = (await readdir(SOCKETS)).filter((entry) => identities.some((identity) => entry.includes(identity)));
  const groups = (await readdir('/sys/fs/cgroup', { recursive: true })).filter((entry) =>
    identities.some((identity) => entry.includes(identity)),
  );
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').filter((line) => line.includes(basename(directory)));
  return [...(await processesOf(directory)), ...sockets, ...groups, ...mounts, ...(await bridgesOf(directory))];
}

async function processesOf(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(directory)) found.push(command.replaceAll('\0', ' '));
  }
  return found;
}
