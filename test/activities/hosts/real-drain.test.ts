import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities } from '../../../activities/hosts/host-activities.ts';
import { sha256 } from '../../../config/hash.ts';
import type { DeployableComponent, Deployment } from '../../../domain/deployment.ts';
import type { Drain } from '../../../domain/drain.ts';
import { until } from '../../../lab/until.ts';
import { type HostLab, routerOf, startHostLab } from '../../support/host-lab.ts';
import { RUN } from '../../support/services.ts';
import { deploymentOf, releaseOf } from './deployments.ts';

/** Has a job in hand when it is told to end: it does that job, says so, and takes no more. */
const WORKER = `
let told = 0;
setInterval(() => undefined, 1000);
process.on('SIGUSR1', () => {
  told += 1;
  console.log('told ' + told);
  setTimeout(() => {
    console.log('done');
    if (process.env.FILE) require('node:fs').writeFileSync(process.env.FILE, '');
    else process.exit(Number(process.env.CODE ?? 0));
  }, Number(process.env.MS));
});
process.on('SIGTERM', () => { console.log('stopped'); process.exit(0); });
console.log('works');
`;

let lab: HostLab;
let activities: ReturnType<typeof createHostActivities>;

beforeAll(async () => {
  lab = await startHostLab('drain');
  const router = routerOf(lab);
  const shelf = { keep: async () => undefined, holds: async () => false };
  const hosts = (name: string) => ({ name, labels: {}, engine: lab.hostEngine, router });
  activities = createHostActivities({ hosts, dossiers: shelf, installation: 'lab', hash: sha256 });
});

afterAll(() => lab?.stop());

function run<Result>(work: () => Promise<Result>): Promise<Result> {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work) as Promise<Result>;
}

const call = () => ({ signal: AbortSignal.timeout(60_000) });
const EXIT: Drain = { signal: 'SIGUSR1', until: 'exit', timeoutMs: 30_000 };

function releases(name: string, environment: Record<string, string>, drain: Drain) {
  const worker = (version: string): DeployableComponent => {
    const health = { kind: 'running', stableMs: 300, deadlineMs: 10_000 } as const;
    const spec = { ...RUN, command: ['node', '-e', WORKER], health, environment: { ...environment, VERSION: version }, drain };
    return { name: 'worker', image: lab.node, run: spec, specHash: JSON.stringify(spec) };
  };
  const made = (number: number, before: Deployment | null): Deployment => {
    const deployment = deploymentOf({ ...releaseOf(number, [worker(String(number))]), application: name }, before);
    return { ...deployment, application: name, id: `deployment/${name}/production/${number}` };
  };
  const first = made(1, null);
  return {
    first,
    second: made(2, first),
    old: `tidegate-${name}.production.worker.g1.1`,
    fresh: `tidegate-${name}.production.worker.g2.1`,
  };
}

async function deploy(deployment: Deployment) {
  await run(() => activities.prepareHost({ deployment, host: 'one' }));
  return run(() => activities.switchHost({ deployment, host: 'one' }));
}

const logOf = (name: string): Promise<string> => lab.hostEngine.logsTail(name, 20, call());
const statusOf = async (name: string) => (await lab.hostEngine.inspect(name, call()))?.status;

/** A container runs before Node has started in it: the worker hears no signal until it has said that it works. */
async function atWork(name: string, times = 1): Promise<void> {
  await until(`${name} to work`, 60_000, async () => (await logOf(name)).split('works').length > times);
}

describe('a worker without a port on a real engine', () => {
  it('ends its job and itself before it counts as stopped, is not started again by its engine, and works again on the way back', async () => {
    const { first, second, old, fresh } = releases('till', { MS: '1500' }, EXIT);
    await deploy(first);
    await atWork(old);
    expect((await deploy(second)).detail).toBe('worker replaced');
    expect((await logOf(old)).split('\n').filter(Boolean)).toEqual(['works', 'told 1', 'done']);
    expect([await statusOf(old), await statusOf(fresh)]).toEqual(['exited', 'running']);
    expect(await run(() => activities.restoreHost({ deployment: second, host: 'one' }))).toMatchObject({ outcome: 'restored' });
    expect([await statusOf(old), await statusOf(fresh)]).toEqual(['running', undefined]);
    await atWork(old, 2);
    expect(await logOf(old)).toMatch(/done\nworks/);
  });

  it('is stopped once its file is there, and not for the file of an earlier run', async () => {
    const drain: Drain = { signal: 'SIGUSR1', until: { file: '/tmp/drained' }, timeoutMs: 30_000 };
    const { first, second, old } = releases('kiosk', { MS: '1000', FILE: '/tmp/drained' }, drain);
    await deploy(first);
    await atWork(old);
    await deploy(second);
    expect(await logOf(old)).toMatch(/told 1\ndone\nstopped/);
    expect(await lab.hostEngine.fileTime(old, '/tmp/drained', call())).toBeGreaterThan(1_000_000);
    await run(() => activities.restoreHost({ deployment: second, host: 'one' }));
    await atWork(old, 2);
    await deploy({ ...second, generation: 3, id: 'deployment/kiosk/production/3' });
    expect((await logOf(old)).match(/done\nstopped/g)).toHaveLength(2);
    expect(await lab.hostEngine.fileTime(old, '/tmp/nothing', call())).toBeUndefined();
    expect(await lab.hostEngine.fileTime('nobody', '/tmp/drained', call())).toBeUndefined();
  });

  it('is stopped when its time is over, and its host says so; one that ends badly is told of', async () => {
    const slow = releases('slow', { MS: '60000' }, { ...EXIT, timeoutMs: 1_000 });
    await deploy(slow.first);
    await atWork(slow.old);
    expect((await deploy(slow.second)).detail).toBe(`worker replaced. ${slow.old} did not end within 1s, and was stopped`);
    expect(await logOf(slow.old)).toMatch(/told 1\nstopped/);
    const bad = releases('bad', { MS: '0', CODE: '4' }, EXIT);
    await deploy(bad.first);
    await atWork(bad.old);
    expect((await deploy(bad.second)).detail).toBe(`worker replaced. ${bad.old} ended with exit code 4 as it drained`);
  });

  it('that was told to end and is to stay is started anew', async () => {
    const { first, second, old } = releases('stay', { MS: '60000' }, EXIT);
    await deploy(first);
    await atWork(old);
    await run(() => activities.prepareHost({ deployment: second, host: 'one' }));
    await lab.hostEngine.signal(old, 'SIGUSR1', call());
    expect(await lab.hostEngine.inspect(old, call())).toMatchObject({ status: 'running', isKept: false });
    await run(() => activities.restoreHost({ deployment: second, host: 'one' }));
    expect(await lab.hostEngine.inspect(old, call())).toMatchObject({ status: 'running', isKept: true });
    await atWork(old, 2);
    expect(await logOf(old)).toMatch(/told 1\nstopped\nworks/);
    // Nothing happens to what does not run, or is not there.
    await lab.hostEngine.stop(old, 1_000, call());
    await lab.hostEngine.signal(old, 'SIGUSR1', call());
    await lab.hostEngine.signal('nobody', 'SIGUSR1', call());
    expect(await statusOf(old)).toBe('exited');
  });
});
