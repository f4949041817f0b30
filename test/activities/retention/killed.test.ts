import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { pastDeletions } from '../../../domain/retention-past.ts';
import { type LabRepository, RetentionLab } from '../../support/retention-lab.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const LOADER = pathToFileURL(`${ROOT}adapters/ledger/typescript-loader.mjs`).href;

let lab: RetentionLab;

beforeAll(async () => {
  lab = await RetentionLab.start();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

/** Indexes of two platforms, one of which they all share, each with a signature; every third is kept by its name. */
async function fill(repository: LabRepository, count: number): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  const shared = await repository.image('shared platform', 90);
  for (let n = 0; n < count; n += 1) {
    const isKept = n % 3 === 0;
    const own = await repository.image(`platform ${n}`, 90);
    const index = await repository.pusher.index([shared, own], `${isKept ? 'stable' : 'old'}-${n}`);
    const signature = await repository.pusher.referrer(index, 'application/vnd.example.signature', `signature ${n}`);
    if (isKept) for (const { digest } of [shared, own, index, signature]) kept.add(digest);
  }
  return kept;
}

function startTidying(repository: LabRepository, run: string): ChildProcess {
  const words = [`${ROOT}activities/retention/tidy-process.ts`, lab.ledgerFile, repository.name, run];
  return spawn(process.execPath, ['--import', LOADER, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Kills the process a random while after its first deletion; false when it was done before that. */
async function killSometime(child: ChildProcess): Promise<boolean> {
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const deleting = new Promise<void>((seen) => child.stdout?.on('data', (chunk: Buffer) => chunk.includes('deleted') && seen()));
  await Promise.race([deleting, ended]);
  await pause(Math.random() * 150);
  child.kill('SIGKILL');
  return (await ended)[0] === null;
}

/**
 * What tags promise and the registry does not hold. A registry that loses its client in the middle of a deletion may keep the name of
 * what is gone altogether (distribution 2.8); that is no image without a part.
 */
async function brokenIn(repository: LabRepository): Promise<readonly string[]> {
  return (await repository.broken()).filter((line) => !/^manifest old-/.test(line));
}

it('killed at any moment it leaves nothing broken, and repeated it is done, with nothing left over', async () => {
  const repository = lab.repository({ days: 30, tags: ['stable-*'] });
  const kept = await fill(repository, 12);
  let kills = 0;
  for (let attempt = 0; attempt < 20; attempt += 1) {
    // The same run goes on after the death of a worker; a new one the next night.
    const wasKilled = await killSometime(startTidying(repository, `night-${Math.floor(attempt / 3)}`));
    expect(await brokenIn(repository)).toEqual([]);
    if (!wasKilled) break;
    kills += 1;
  }
  expect(kills).toBeGreaterThan(2);
  const last = startTidying(repository, 'the last night');
  expect((await once(last, 'exit'))[0]).toBe(0);
  const held = await repository.manifests();
  for (const digest of kept) expect(held).toContain(digest);
  // What is kept, and the list of the signature of each kept index.
  expect(held.size).toBe(kept.size + 4);
  expect(await brokenIn(repository)).toEqual([]);
  expect(pastDeletions(await repository.records()).departed).toEqual([]);
}, 300_000);

it('cut off at each request of a run it leaves nothing broken, and the next run finishes', async () => {
  const repository = lab.repository({ days: 30, tags: ['stable-*'] });
  const kept = await fill(repository, 3);
  let whole = false;
  for (let cut = 1; !whole; cut += 1) {
    let requests = 0;
    // The registry does what it is asked, and nobody hears of it, nor of anything that is asked later.
    lab.registry.proxy.meddle = ({ method, url = '', socket }) => {
      if (method === 'DELETE') requests += 1;
      if (requests < cut) return false;
      const done = method === 'DELETE' ? fetch(`http://${lab.registry.registry.address}${url}`, { method }) : Promise.resolve();
      void done.finally(() => socket.destroy());
      return true;
    };
    whole = await repository.apply().then(
      () => true,
      () => false,
    );
    lab.registry.proxy.meddle = () => false;
    expect(await brokenIn(repository)).toEqual([]);
    if (cut > 100) throw new Error('it never ends');
  }
  const held = await repository.manifests();
  for (const digest of kept) expect(held).toContain(digest);
  expect(held.size).toBe(kept.size + 1);
});
