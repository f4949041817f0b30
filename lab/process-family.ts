import { readdir } from 'node:fs/promises';
import { processState } from '../temporal/process-identity.ts';

/** These processes, where they run, and every descendant of them, by parent ids; Linux only. */
export async function familyOf(roots: readonly number[]): Promise<number[]> {
  const parents = await parentOfEach();
  const family = new Set(roots.filter((pid) => parents.has(pid)));
  let before = -1;
  while (before !== family.size) {
    before = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family];
}

async function parentOfEach(): Promise<Map<number, number>> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    const found = /^\d+$/.test(entry) ? await processState(Number(entry)) : undefined;
    if (found !== undefined && !found.zombie) parents.set(Number(entry), found.parent);
  }
  return parents;
}
