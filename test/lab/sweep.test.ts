import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startEngine } from '../../lab/engine.ts';
import { bridgesOf, createLabNetwork } from '../../lab/network.ts';
import { startRegistry } from '../../lab/registry.ts';
import { sweep } from '../../lab/sweep.ts';
import { leftoversOf } from './leftovers.ts';

describe('sweeping', () => {
  it('removes what a killed run left, and nothing of another lab', async () => {
    const [directory, neighbours] = await Promise.all([temporary(), temporary()]);
    const theirs = await createLabNetwork({ directory: neighbours });
    const network = await createLabNetwork({ directory });
    const registry = await startRegistry({ directory, address: network.gateway });
    const engine = await startEngine({ name: 'left', directory, network, registries: [registry.address] });
    await engine.kill();
    await writeFile(join(directory, 'notes.txt'), 'of somebody else');

    await sweep(directory, { remove: true });
    await sweep(directory, { remove: true });

    expect(await leftoversOf(directory, ['left'])).toEqual([]);
    expect(existsSync(join(directory, 'engines'))).toBe(false);
    expect(existsSync(join(directory, 'notes.txt'))).toBe(true);
    expect(await bridgesOf(neighbours)).toEqual([theirs.bridge]);
    await theirs.close();
    await theirs.close();
    await Promise.all([directory, neighbours].map((folder) => rm(folder, { recursive: true })));
  });

  it('gives every lab a network of its own, also when many are made at once', async () => {
    const directories = await Promise.all([1, 2, 3, 4, 5].map(temporary));
    const networks = await Promise.all(directories.map((directory) => createLabNetwork({ directory })));
    expect(new Set(networks.map(({ gateway }) => gateway)).size).toBe(5);
    for (const directory of directories) await sweep(directory);
    for (const directory of directories) expect(await bridgesOf(directory)).toEqual([]);
    await Promise.all(directories.map((folder) => rm(folder, { recursive: true })));
  });
});

function temporary(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tidegate-sweep-'));
}
