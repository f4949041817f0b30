import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { pack } from 'tar-stream';
import { createHostActivities } from '../../../activities/hosts/host-activities.ts';
import type { Router } from '../../../activities/hosts/ports.ts';
import { followToEnd } from '../../../adapters/docker/follow-to-end.ts';
import { sha256 } from '../../../config/hash.ts';
import type { DeployableComponent, Deployment } from '../../../domain/deployment.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { type PinnedImage, printImage } from '../../../domain/image.ts';
import { networkName } from '../../../domain/labels.ts';
import type { Publication, RunSpec } from '../../../domain/pipeline.ts';
import { type HostLab, routerOf, startHostLab } from '../../support/host-lab.ts';
import { startOrphan } from '../../support/orphan.ts';
import { RUN, SERVICE } from '../../support/services.ts';
import { deploymentOf, releaseOf } from './deployments.ts';

/** What engines do that nobody would believe, each of it once seen in earnest: an engine's word that all is well is no evidence. */
let lab: HostLab;
let router: Router;
let activities: ReturnType<typeof createHostActivities>;

const HOST = 'shop.example';
const ROUTER = 'tidegate-router-lab';
const publish: Publication = { port: 8080, host: HOST, path: '/', identityPath: '/identity' };
const call = { signal: new AbortController().signal };
/** What an engine itself checks, within the container. */
const health = {
  kind: 'command',
  command: ['true'],
  intervalMs: 1_000,
  timeoutMs: 1_000,
  startPeriodMs: 0,
  failures: 3,
  deadlineMs: 20_000,
} as const;

beforeAll(async () => {
  lab = await startHostLab('engines');
  router = routerOf(lab);
  const dossiers = { keep: async () => undefined, holds: async () => false };
  const hosts = (name: string) => ({ name, labels: {}, engine: lab.hostEngine, router });
  activities = createHostActivities({ hosts, dossiers, installation: 'lab', hash: sha256 });
});
afterAll(() => lab?.stop());

function run<Result>(work: () => Promise<Result>): Promise<Result> {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work) as Promise<Result>;
}

/** An application of a test's own. */
function application(name: string) {
  const host = `${name}.example`;
  const component = (version: string, more: Partial<RunSpec> = {}, image: PinnedImage = lab.node): DeployableComponent => {
    const spec = { ...RUN, health, publish: { ...publish, host }, environment: { VERSION: version }, ...more };
    return { name: 'web', image, run: spec, specHash: JSON.stringify([spec, image.digest]) };
  };
  let generation = 0;
  const deployment = (web: DeployableComponent, previous: Deployment | null): Deployment => {
    generation += 1;
    const made = deploymentOf({ ...releaseOf(generation, [web]), application: name }, previous);
    return { ...made, application: name, generation, id: `deployment/${name}/production/${generation}` };
  };
  const answering = async (): Promise<string> => {
    const answer = await router.probe(
      { application: name, environment: 'production', component: 'web', host, path: '/' },
      '/',
      undefined,
      5_000,
      call,
    );
    return answer.headers['x-tidegate-deployment'] ?? 'nobody';
  };
  return { component, deployment, answering };
}

const prepare = (deployment: Deployment) => run(() => activities.prepareHost({ deployment, host: 'one' }));
const switchTo = (deployment: Deployment) => run(() => activities.switchHost({ deployment, host: 'one' }));
const restore = (deployment: Deployment) => run(() => activities.restoreHost({ deployment, host: 'one' }));

async function deploy(deployment: Deployment): Promise<Deployment> {
  await prepare(deployment);
  await switchTo(deployment);
  return deployment;
}

describe('a process that its engine has forgotten', () => {
  it('answers for the new container, which the engine calls healthy: the deployment fails, and users keep what they had', async () => {
    const { component, deployment, answering } = application('haunted');
    const first = await deploy(deployment(component('1'), null));
    const second = deployment(component('2'), first);
    await prepare(second);
    await startOrphan(lab, networkName('haunted', 'production'), ROUTER, first.id);
    await expect(switchTo(second)).rejects.toMatchObject({ name: 'HostFailed', message: expect.stringMatching(/does not hold it/) });
    expect(await lab.hostEngine.inspect('tidegate-haunted.production.web.g2.1', call)).toMatchObject({
      status: 'running',
      health: 'healthy',
    });
    await restore(second);
    expect(await answering()).toBe(first.id);
  });
});

describe('a port that is bound and not exposed', () => {
  it('is dropped by an engine without a word, and the router exposes what it binds', async () => {
    await lab.hostEngine.ensureImage(lab.node, () => undefined, call);
    const settings = {
      Image: printImage(lab.node),
      Cmd: ['sleep', '1000'],
      HostConfig: { PortBindings: { '8080/tcp': [{ HostPort: '18080' }] } },
    };
    const container = await lab.docker.createContainer({ name: 'unexposed', ...settings });
    await container.start();
    expect(await container.inspect()).toMatchObject({ State: { Status: 'running' }, NetworkSettings: { Ports: {} } });
    await container.remove({ force: true });
    await router.ensure(networkName('haunted', 'production'), call);
    const { NetworkSettings } = await lab.docker.getContainer(ROUTER).inspect();
    expect(Object.values(NetworkSettings.Ports).flat()).toContainEqual(expect.objectContaining({ HostPort: '8080' }));
  });
});

describe('a layer that is damaged on the disk of a host', () => {
  it('runs all the same and is not mended by preparing again: it never gets requests, and is whole once its image was removed', async () => {
    const { component, deployment, answering } = application('rotten');
    const image = await published('rotten/web', SERVICE);
    const command = ['node', '/service.js'];
    const first = await deploy(deployment(component('1'), null));
    const second = deployment(component('2', { command }, image), first);
    await prepare(second);
    await truncate(await fileOf(image), 0);
    await expect(switchTo(second)).rejects.toMatchObject({ name: 'HostFailed' });
    await restore(second);
    expect(await answering()).toBe(first.id);
    const third = deployment(component('3', { command }, image), first);
    await expect(deploy(third)).rejects.toMatchObject({ name: 'HostFailed' });
    await restore(third);
    await lab.docker.getImage(printImage(image)).remove({ force: true });
    const fourth = await deploy(deployment(component('4', { command }, image), first));
    expect(await answering()).toBe(fourth.id);
  });
});

/** An image with a file of its own in a layer of its own; the engine that built it has forgotten it. */
async function published(path: string, service: string): Promise<PinnedImage> {
  await lab.hostEngine.ensureImage(lab.node, () => undefined, call);
  const repository = `${lab.registry.address}/${path}`;
  const tar = pack();
  tar.entry({ name: 'Dockerfile' }, `FROM ${printImage(lab.node)}\nCOPY service.js /service.js\n`);
  tar.entry({ name: 'service.js' }, service);
  tar.finalize();
  const follow = <T>(stream: unknown, verdict: Parameters<typeof followToEnd<T>>[1]['verdict']) =>
    followToEnd(stream as Readable, { ...call, idleMs: 30_000, verdict });
  await follow(await lab.docker.buildImage(tar as unknown as NodeJS.ReadableStream, { t: `${repository}:lab`, version: '1' }), () => true);
  const pushed = await lab.docker.getImage(`${repository}:lab`).push({ tag: 'lab', authconfig: { key: 'e30=' } });
  const digest = parseDigest(String(await follow(pushed, ({ aux }) => aux?.Digest)));
  await lab.docker.getImage(`${repository}:lab`).remove({ force: true });
  return { repository, digest };
}

/** Where the engine keeps the file of an image's uppermost layer. */
async function fileOf(image: PinnedImage): Promise<string> {
  const { GraphDriver } = await lab.docker.getImage(printImage(image)).inspect();
  return join((GraphDriver.Data as Readonly<Record<string, string>>).UpperDir ?? '', 'service.js');
}
