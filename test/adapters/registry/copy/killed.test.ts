import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Descriptor } from '../../../../domain/oci-manifest.ts';
import { until } from '../../../../lab/until.ts';
import { CompiledCli } from '../../../support/compiled-cli.ts';
import { CopyLab } from '../../../support/copy-lab.ts';
import type { Pusher } from '../../../support/pushed-images.ts';

const KILLS = 20;
const SIZES = [900_000, 700_000, 400_000, 150_000, 90_000, 50_000, 20_000, 10];

/** A process of its own that copies one image, says when it begins, and can be killed. */
const SCRIPT = `
import { createImageCopier } from './adapters/registry/copy/image-copier.js';
import { connectRegistries } from './adapters/registry/registries.js';
const [repository, digest, to] = process.argv.slice(2);
const registries = connectRegistries({ credentials: async () => undefined, access: () => ({ plainHttp: true }) });
console.log('begins');
const order = { from: { repository, digest }, to, tags: ['1'], referrers: true };
await createImageCopier(registries.open).copy([order], { signal: new AbortController().signal, onProgress: () => undefined });
await registries.close();
`;

let lab: CopyLab;
let compiled: CompiledCli;

beforeAll(async () => {
  lab = await CopyLab.start();
  compiled = await CompiledCli.compile();
  await writeFile(join(compiled.folder, 'copy-one.js'), SCRIPT);
});
afterAll(async () => {
  await compiled.remove();
  await lab.stop();
});

/** Begins a copy in a process of its own; resolves when it is at work. */
async function begin(
  path: string,
  to: string,
  { digest }: Descriptor,
): Promise<{ readonly child: ChildProcess; readonly said: () => string }> {
  const words = [`${lab.source.address}/${path}`, digest, `${lab.target.address}/${to}`];
  const child = spawn(process.execPath, [join(compiled.folder, 'copy-one.js'), ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  await once(child.stdout, 'data');
  return { child, said: () => said };
}

/** Numbers between 0 and 1 that are always the same for one seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Two platforms that share most layers, with a signature of the index and a scan of one platform. */
async function pushImage(source: Pusher): Promise<Descriptor> {
  const amd64 = await source.image('killed', SIZES);
  const arm64 = await source.image('killed', [...SIZES.slice(0, -1), 11], { architecture: 'arm64' });
  const index = await source.index([amd64, arm64]);
  await source.referrer(index, 'application/signature', 'signed');
  await source.referrer(arm64, 'application/scan', 'clean');
  return index;
}

it('leaves nothing tagged that is not whole wherever it is killed, and then moves no more than what is missing', async () => {
  const seed = Number(process.env.TIDEGATE_TEST_SEED ?? Date.now() % 1_000_000);
  const random = randomNumbers(seed);
  const path = lab.name();
  const index = await pushImage(lab.source.pusher(path));
  const sizes = new Map(await sizesAt(path));
  const whole = await begin(path, `${path}-whole`, index);
  const since = performance.now();
  const [exitCode] = await once(whole.child, 'exit');
  const takesMs = performance.now() - since;
  expect({ exitCode, said: whole.said() }).toEqual({ exitCode: 0, said: '' });
  let untagged = 0;
  for (let round = 0; round < KILLS; round += 1) {
    const to = `${path}-${round}`;
    const at = random() * takesMs;
    const { child } = await begin(path, to, index);
    const gone = once(child, 'exit');
    await delay(at);
    child.kill('SIGKILL');
    await gone;
    const where = `seed ${seed}, round ${round}, killed after ${Math.round(at)} ms of ${Math.round(takesMs)}`;
    const left = await lab.target.held(to);
    const target = lab.target.pusher(to);
    if (left.tags.includes('1')) {
      // The registry may still be writing down what the tag that it was given last names.
      await until(`manifest of a tag, ${where}`, 60_000, async () => (await target.read('1')) !== undefined);
      expect({ where, lacks: await target.lacking('1') }).toEqual({ where, lacks: [] });
    } else untagged += 1;
    lab.forget();
    await lab.copy(path, index, { to: `${lab.target.address}/${to}`, tags: ['1'] });
    expect({ where, lacks: await target.lacking('1') }).toEqual({ where, lacks: [] });
    const missing = [...sizes].filter(([digest]) => !left.blobs.includes(digest)).reduce((sum, [, size]) => sum + size, 0);
    // What the registry had just taken may have been missing still when we looked.
    expect({ where, tooMuch: Math.max(0, lab.target.proxy.blobBytesSent() - missing) }).toEqual({ where, tooMuch: 0 });
    expect(await lab.target.held(to)).toEqual(await lab.target.held(`${path}-whole`));
  }
  console.log(`Killed ${KILLS} copies, ${untagged} of them before their tag (TIDEGATE_TEST_SEED=${seed})`);
  expect(untagged).toBeGreaterThan(0);
}, 480_000);

/** The size of every blob that a repository of the source holds. */
async function sizesAt(path: string): Promise<readonly (readonly [string, number])[]> {
  const { blobs } = await lab.source.held(path);
  const sizeOf = async (digest: string) => {
    const response = await fetch(`http://${lab.source.registry.address}/v2/${path}/blobs/${digest}`, { method: 'HEAD' });
    return [digest, Number(response.headers.get('content-length'))] as const;
  };
  return Promise.all(blobs.map(sizeOf));
}
