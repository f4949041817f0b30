import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities } from '../../../activities/hosts/host-activities.ts';
import { createDossierFiles } from '../../../adapters/dossiers/dossier-files.ts';
import { sha256 } from '../../../config/hash.ts';
import type { DeployableComponent, Deployment } from '../../../domain/deployment.ts';
import type { Job, JobTask } from '../../../domain/job.ts';
import { jobContainerName } from '../../../domain/labels.ts';
import { until } from '../../../lab/until.ts';
import { type HostLab, startHostLab } from '../../support/host-lab.ts';
import { RUN } from '../../support/services.ts';
import { deploymentOf, releaseOf } from './deployments.ts';

const SECRET = 'a word that only its file tells';
let lab: HostLab;
let folder: string;
let activities: ReturnType<typeof createHostActivities>;
let generation = 0;

beforeAll(async () => {
  lab = await startHostLab('jobs');
  folder = await mkdtemp(join(tmpdir(), 'tidegate-dossiers-'));
  const { hostEngine: engine } = lab;
  const options = { dossiers: createDossierFiles(folder), installation: 'lab', hash: sha256 };
  // Nothing here is published.
  const router = { serving: async () => [], dismiss: async () => undefined } as never;
  activities = createHostActivities({ ...options, hosts: (name) => ({ name, labels: {}, engine, router }) });
});

afterAll(async () => {
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A job of a deployment of its own, which runs a script of Node. */
function newJob(script: string, more: Partial<Job> = {}) {
  generation += 1;
  const job: Job = {
    name: 'migrate',
    component: 'web',
    when: 'pre-deploy',
    command: ['node', '-e', script],
    environment: {},
    timeoutMs: 60_000,
    ...more,
  };
  const secrets = [{ name: 'word', value: SECRET, uid: 0, gid: 0, mode: 0o444 }];
  const component = { name: 'web', image: lab.node, run: { ...RUN, secrets }, specHash: 'spec' };
  const task: JobTask = { job, component, release: generation, direction: 'up' };
  const deployment = { id: `deployment/shop/production/${generation}`, application: 'shop', environment: 'production', generation };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const run = () => environment.run(() => activities.runJob({ deployment, task, host: 'one' })) as ReturnType<typeof activities.runJob>;
  return { name: jobContainerName(deployment, task), run, environment };
}

const statusOf = async (name: string) => (await lab.hostEngine.inspect(name, { signal: AbortSignal.timeout(60_000) }))?.status;

describe('a job on a real host', () => {
  it('has the image, the secrets and the network of its component, and tells how it ended', async () => {
    const script =
      "const fs = require('node:fs'); console.log(fs.readFileSync('/run/secrets/word', 'utf8'), process.env.TIDEGATE_RELEASE, 'rows')";
    const { run, name } = newJob(script);
    const report = await run();
    expect(report).toMatchObject({ outcome: 'done', exitCode: 0, detail: 'migrate of release 1 ended well on one' });
    const log = (await lab.docker.getContainer(name).logs({ stdout: true, stderr: true })).toString('utf8');
    expect(log).toContain(`${SECRET} 1 rows`);
    const kept = await createDossierFiles(folder).read(report.dossier ?? '');
    expect(kept?.containers[0]?.log).toContain('[redacted] 1 rows');
    expect(JSON.stringify(kept)).not.toContain(SECRET);
    const { HostConfig, NetworkSettings } = await lab.docker.getContainer(name).inspect();
    expect(HostConfig.RestartPolicy?.Name).toBe('no');
    expect(Object.keys(NetworkSettings.Networks)).toEqual(['tidegate-shop.production']);
  });

  it('that fails says its exit code and its last lines, without secrets', async () => {
    const { run } = newJob(`console.log('column exists', ${JSON.stringify(SECRET)}); process.exit(9)`);
    expect(await run()).toMatchObject({
      outcome: 'failed',
      exitCode: 9,
      detail: 'migrate of release 2 ended with exit code 9 on one. Its last lines:\ncolumn exists [redacted]',
    });
  });

  it('goes on while its worker is dead, and is followed to its end by the next one', async () => {
    const { run, name, environment } = newJob("setInterval(() => require('node:fs').existsSync('/tmp/go') && process.exit(0), 50)");
    const first = run().catch((error: unknown) => error);
    await until('the job to run', 60_000, async () => (await statusOf(name)) === 'running');
    environment.cancel('WORKER_SHUTDOWN');
    await first;
    expect(await statusOf(name)).toBe('running');
    const startedAt = (await lab.docker.getContainer(name).inspect()).State.StartedAt;
    const again = new MockActivityEnvironment({ attempt: 2 }, { logger: new DefaultLogger('ERROR') });
    const second = newJobAgain(name);
    const followed = again.run(second) as Promise<unknown>;
    const go = await lab.docker.getContainer(name).exec({ Cmd: ['touch', '/tmp/go'] });
    await go.start({ Detach: true });
    expect(await followed).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect((await lab.docker.getContainer(name).inspect()).State.StartedAt).toBe(startedAt);
  });

  it('outlives the death of the engine, and does not start again when that is back', async () => {
    const { run, name } = newJob("setTimeout(() => console.log('moved'), 3000)");
    const running = run().catch((error: unknown) => error);
    await until('the job to run', 60_000, async () => (await statusOf(name)) === 'running');
    await lab.engine.kill();
    await lab.engine.restart();
    await running;
    const again = new MockActivityEnvironment({ attempt: 2 }, { logger: new DefaultLogger('ERROR') });
    expect(await (again.run(newJobAgain(name)) as Promise<unknown>)).toMatchObject({ outcome: 'done', exitCode: 0 });
    await lab.engine.kill();
    await lab.engine.restart();
    expect(await statusOf(name)).toBe('exited');
  });

  it('is stopped when its time is over', async () => {
    const { run, name } = newJob('setTimeout(() => undefined, 60000)', { timeoutMs: 1_000 });
    expect(await run()).toMatchObject({ outcome: 'timed-out' });
    expect(await statusOf(name)).toBe('exited');
  });
});

/** A database of sorts: whoever starts beside another one ends, and each leaves a row. A bad version spoils the rows and then ends. */
const DATABASE = `
const fs = require('node:fs');
if (fs.existsSync('/data/lock')) { console.log('two writers'); process.exit(2); }
if (process.env.BAD) { fs.writeFileSync('/data/rows', 'spoiled'); process.exit(5); }
fs.writeFileSync('/data/lock', '');
fs.appendFileSync('/data/rows', process.env.TIDEGATE_RELEASE + ';');
setTimeout(() => undefined, 1e6);
process.on('SIGTERM', () => setTimeout(() => { fs.rmSync('/data/lock'); process.exit(0); }, 500));
`;

describe('a stateful component on a real host', () => {
  // Not by how long it runs: a bad version too runs until Node has started in it.
  const timing = { intervalMs: 500, timeoutMs: 10_000, startPeriodMs: 0, failures: 60, deadlineMs: 60_000 };
  const health = { kind: 'command', command: ['test', '-e', '/data/lock'], ...timing } as const;
  const copy = (from: string, to: string) => ['node', '-e', `require('node:fs').copyFileSync('/data/${from}', '/data/${to}')`];
  const backup = { command: copy('rows', 'saved'), restore: copy('saved', 'rows'), environment: {}, timeoutMs: 60_000, isStopped: true };
  const db = (environment: Record<string, string>): DeployableComponent => {
    const volumes = [{ name: 'data', path: '/data' }];
    const run = { ...RUN, command: ['node', '-e', DATABASE], environment, volumes, health, stopGraceMs: 10_000 };
    return { name: 'db', image: lab.node, run, isStateful: true, backup, specHash: JSON.stringify(environment) };
  };
  const inPlace = (deployment: Deployment): Deployment => ({
    ...deployment,
    application: 'till',
    id: `deployment/till/production/${deployment.generation}`,
  });
  const act = <Result>(work: () => Promise<Result>) =>
    new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work) as Promise<Result>;
  const deploy = async (deployment: Deployment) => {
    await act(() => activities.prepareHost({ deployment, host: 'one' }));
    return act(() => activities.switchHost({ deployment, host: 'one' }));
  };
  const rows = async (name: string) => {
    const exec = await lab.docker.getContainer(name).exec({ Cmd: ['cat', '/data/rows'], AttachStdout: true });
    const stream = await exec.start({});
    return (await buffer(stream)).subarray(8).toString('utf8');
  };

  it('has one writer at a time, keeps its volume, and gets back on the way back what a bad version spoiled', async () => {
    const first = inPlace(deploymentOf(releaseOf(1, [db({})]), null));
    await deploy(first);
    const second = inPlace(deploymentOf(releaseOf(2, [db({ STEP: '2' })]), first));
    const report = await deploy(second);
    expect(report.gaps?.db).toBeGreaterThan(0);
    await until('the row of the second version', 60_000, async () => (await rows('tidegate-till.production.db.g2.1')) !== '1;');
    expect(await rows('tidegate-till.production.db.g2.1')).toBe('1;2;');
    const third = inPlace(deploymentOf(releaseOf(3, [db({ BAD: 'yes' })]), second));
    await expect(deploy(third)).rejects.toMatchObject({ name: 'HostFailed', message: expect.stringContaining('exit code 5') });
    const back = await act(() => activities.restoreHost({ deployment: third, host: 'one' }));
    expect(back.outcome).toBe('restored');
    // It runs, and writes its row when Node has started in it.
    await until('the row of the version that is back', 60_000, async () => (await rows('tidegate-till.production.db.g2.1')) !== '1;2;');
    expect(await rows('tidegate-till.production.db.g2.1')).toBe('1;2;2;');
    const left = await lab.docker.listContainers({ all: true, filters: { label: ['io.tidegate.application=till'] } });
    // What brought the data back stays, so that whoever tries again does not do it twice.
    const restorer = '/tidegate-till.production.db-backup.r3.g3.down';
    expect(left.map(({ Names }) => Names[0]).filter((name) => name?.includes('.g3.'))).toEqual([restorer]);
    const startedAt = async () => (await lab.docker.getContainer(restorer.slice(1)).inspect()).State.StartedAt;
    const before = await startedAt();
    expect(await act(() => activities.restoreHost({ deployment: third, host: 'one' }))).toMatchObject({ digests: back.digests });
    expect({ startedAt: await startedAt(), rows: await rows('tidegate-till.production.db.g2.1') }).toEqual({
      startedAt: before,
      rows: '1;2;2;',
    });
  });
});

/** The same job as another worker is given it. */
function newJobAgain(name: string): () => ReturnType<typeof activities.runJob> {
  const number = Number(/\.g(\d+)\./.exec(name)?.[1]);
  const job: Job = { name: 'migrate', component: 'web', when: 'pre-deploy', command: ['true'], environment: {}, timeoutMs: 60_000 };
  const component = { name: 'web', image: lab.node, run: RUN, specHash: 'spec' };
  const deployment = { id: `deployment/shop/production/${number}`, application: 'shop', environment: 'production', generation: number };
  return () => activities.runJob({ deployment, task: { job, component, release: number, direction: 'up' }, host: 'one' });
}
