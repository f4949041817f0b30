import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities } from '../../../activities/hosts/host-activities.ts';
import type { Router } from '../../../activities/hosts/ports.ts';
import { sha256 } from '../../../config/hash.ts';
import type { DeployableComponent, Deployment } from '../../../domain/deployment.ts';
import type { Publication } from '../../../domain/pipeline.ts';
import { until } from '../../../lab/until.ts';
import { type HostLab, routerOf, startHostLab } from '../../support/host-lab.ts';
import { RUN } from '../../support/services.ts';
import { deploymentOf, releaseOf } from './deployments.ts';

let lab: HostLab;
let router: Router;
let activities: ReturnType<typeof createHostActivities>;

/** Each gives the containers their addresses in another order: those of the old version to the new one, as it happens. */
const RESTARTS = 3;
const HOST = 'shop.example';
const publish: Publication = { port: 8080, host: HOST, path: '/', identityPath: '/identity' };
const health = { kind: 'http', path: '/health', intervalMs: 100, timeoutMs: 1_000, threshold: 2, deadlineMs: 20_000 } as const;

beforeAll(async () => {
  lab = await startHostLab('restart', { liveRestore: false });
  router = routerOf(lab);
  const dossiers = { keep: async () => undefined, holds: async () => false };
  const hosts = (name: string) => ({ name, labels: {}, engine: lab.hostEngine, router });
  activities = createHostActivities({ hosts, dossiers, installation: 'lab', hash: sha256 });
});
afterAll(() => lab?.stop());

function run<Result>(work: () => Promise<Result>): Promise<Result> {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work) as Promise<Result>;
}

function web(version: string): DeployableComponent {
  const spec = { ...RUN, publish, health, replicas: 2, environment: { VERSION: version } };
  return { name: 'web', image: lab.node, run: spec, specHash: version };
}

async function deploy(version: string, previous: Deployment | null): Promise<Deployment> {
  const deployment = deploymentOf(releaseOf((previous?.generation ?? 0) + 1, [web(version)]), previous);
  await run(() => activities.prepareHost({ deployment, host: 'one' }));
  await run(() => activities.switchHost({ deployment, host: 'one' }));
  return deployment;
}

async function answering(): Promise<string> {
  const route = { application: '', environment: '', component: '', host: HOST, path: '/' };
  const answer = await router.probe(route, '/', undefined, 2_000, { signal: AbortSignal.timeout(60_000) });
  return answer.status === 200 ? (answer.headers['x-tidegate-deployment'] ?? 'nobody') : 'nobody';
}

describe('an engine that is restarted without live-restore', () => {
  it('runs again what ran, and users get the version that they had, wherever its containers now are', async () => {
    const first = await deploy('1', null);
    const second = await deploy('2', first);
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      await lab.engine.restart();
      await until('users to be answered again', 60_000, async () => (await answering().catch(() => 'nobody')) !== 'nobody');
      const answers = await Promise.all(Array.from({ length: 12 }, answering));
      expect(new Set(answers)).toEqual(new Set([second.id]));
    }
  });
});
