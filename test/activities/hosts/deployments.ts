import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities } from '../../../activities/hosts/host-activities.ts';
import type { ReadSecretVersions } from '../../../activities/hosts/ports.ts';
import { sha256 } from '../../../config/hash.ts';
import type { Allowances } from '../../../domain/allowances.ts';
import type { DeployableComponent, DeployableRelease, Deployment } from '../../../domain/deployment.ts';
import { parseDigest } from '../../../domain/digest.ts';
import type { JobTask } from '../../../domain/job.ts';
import type { Publication } from '../../../domain/pipeline.ts';
import { type FakeHost, fakeClock } from '../../support/fake-host.ts';

export const PLACE = { application: 'shop', environment: 'production' };
export const PUBLISH: Publication = { port: 8080, host: 'shop.example', path: '/', identityPath: '/identity' };

/** The digest of a component's image in a version: one text, one digest. */
export function digestOf(text: string) {
  return parseDigest(`sha256:${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`);
}

export interface ComponentOptions {
  readonly replicas?: number;
  readonly publish?: Publication;
}

export function component(name: string, version: string, { replicas = 1, publish }: ComponentOptions = {}): DeployableComponent {
  const health = publish
    ? ({ kind: 'http', path: '/health', intervalMs: 100, timeoutMs: 1_000, threshold: 2, deadlineMs: 2_000 } as const)
    : ({ kind: 'running', stableMs: 500, deadlineMs: 2_000 } as const);
  const run = { environment: {}, volumes: [], health, stopGraceMs: 1_000, drainMs: 1_000, replicas, ...(publish && { publish }) };
  const image = { repository: `registry.test/shop/${name}`, digest: digestOf(`${name}-${version}`) };
  return { name, image, run, specHash: `spec-${name}-${replicas}` };
}

export function releaseOf(number: number, components: readonly DeployableComponent[]): DeployableRelease {
  return { application: PLACE.application, number, components };
}

/** The next deployment of an environment after `previous`, or its first. */
export function deploymentOf(release: DeployableRelease, previous: Deployment | null, kind: Deployment['kind'] = 'promotion'): Deployment {
  const generation = (previous?.generation ?? 0) + 1;
  return {
    ...PLACE,
    id: `deployment/shop/production/${generation}`,
    generation,
    kind,
    release,
    previous: previous && { release: previous.release, deployment: previous.id, generation: previous.generation },
    hosts: [{ name: 'one', site: 'here' }],
    strategy: { kind: 'rolling', batch: 1 },
    planHash: 'plan',
  };
}

/** The activities of a host as a worker runs them, each in an activity context of its own. */
export function activitiesOn(
  fake: FakeHost,
  attempt = 1,
  allows?: (environment: string) => Allowances,
  secretVersions?: ReadSecretVersions,
) {
  const options = {
    hosts: () => fake.host,
    dossiers: fake.shelf,
    installation: 'lab',
    hash: sha256,
    clock: fakeClock(),
    ...(allows && { allows }),
    ...(secretVersions && { secretVersions }),
  };
  const activities = createHostActivities(options);
  const run = <Result>(work: () => Promise<Result>): Promise<Result> =>
    new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') }).run(work) as Promise<Result>;
  return {
    plan: (release: DeployableRelease, application = PLACE.application) =>
      run(() =>
        activities.planSite({
          ...PLACE,
          application,
          hosts: [{ name: 'one', site: 'here' }],
          release,
          strategy: { kind: 'rolling', batch: 1 },
        }),
      ),
    planReturn: (release: DeployableRelease) =>
      run(() =>
        activities.planSite({
          ...PLACE,
          hosts: [{ name: 'one', site: 'here' }],
          release,
          strategy: { kind: 'rolling', batch: 1 },
          isReturn: true,
        }),
      ),
    prepare: (deployment: Deployment) => run(() => activities.prepareHost({ deployment, host: 'one' })),
    start: (deployment: Deployment) => run(() => activities.startHost({ deployment, host: 'one' })),
    weigh: (deployment: Deployment, weight: number) => run(() => activities.weighHost({ deployment, host: 'one', weight })),
    measure: (deployment: Deployment) => run(() => activities.measureHost({ deployment, host: 'one' })),
    switch: (deployment: Deployment) => run(() => activities.switchHost({ deployment, host: 'one' })),
    restore: (deployment: Deployment) => run(() => activities.restoreHost({ deployment, host: 'one' })),
    retire: (keepGeneration: number, previousGeneration: number | null) =>
      run(() => activities.retireHost({ ...PLACE, host: 'one', keepGeneration, previousGeneration })),
    job: (deployment: Deployment, task: JobTask) => run(() => activities.runJob({ deployment, host: 'one', task })),
    revive: (components: readonly DeployableComponent[], hosts = [{ name: 'one', site: 'here' }]) =>
      run(() => activities.reviveHosts({ ...PLACE, hosts, components })),
    count: (hosts: readonly string[], means = true) => run(() => activities.countRequests({ ...PLACE, hosts, means })),
    observe: () => run(() => activities.observeHost({ ...PLACE, host: 'one' })),
  };
}
