import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities } from '../../../activities/hosts/host-activities.ts';
import { createDossierFiles } from '../../../adapters/dossiers/dossier-files.ts';
import { sha256 } from '../../../config/hash.ts';
import type { DeployableComponent, Deployment } from '../../../domain/deployment.ts';
import type { RunSpec } from '../../../domain/pipeline.ts';
import { type HostLab, routerOf, startHostLab } from '../../support/host-lab.ts';
import { RUN, TCP_SERVICE } from '../../support/services.ts';
import { deploymentOf, releaseOf } from './deployments.ts';

/** Of the host, for what is published over TCP. */
const PORT = 7432;
const HEALTH = { kind: 'tcp', port: 8080, intervalMs: 100, timeoutMs: 1_000, threshold: 2, deadlineMs: 10_000 } as const;
const DEAF = 'setInterval(() => undefined, 1000)';

let lab: HostLab;
let folder: string;
let activities: ReturnType<typeof createHostActivities>;

beforeAll(async () => {
  lab = await startHostLab('rebuilt');
  folder = await mkdtemp(join(tmpdir(), 'tidegate-dossiers-'));
  const router = routerOf(lab, { tcpPorts: [PORT] });
  const hosts = (name: string) => ({ name, labels: {}, engine: lab.hostEngine, router });
  activities = createHostActivities({ hosts, dossiers: createDossierFiles(folder), installation: 'lab', hash: sha256 });
});

afterAll(async () => {
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

function run<Result>(work: () => Promise<Result>): Promise<Result> {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work) as Promise<Result>;
}

async function prepareAndSwitch(deployment: Deployment) {
  await run(() => activities.prepareHost({ deployment, host: 'one' }));
  return run(() => activities.switchHost({ deployment, host: 'one' }));
}

/** A component that is published over TCP; another version has another hash. */
function db(program: string, version: string): DeployableComponent {
  const run: RunSpec = { ...RUN, command: ['node', '-e', program], publish: { port: 8080, tcp: PORT }, health: HEALTH };
  return { name: 'db', image: lab.node, run, specHash: `db-${version}` };
}

/** Who answers on a new connection to the host's port. */
async function asked(): Promise<string> {
  const socket = connect({ host: lab.engine.address, port: PORT });
  try {
    const told = once(socket, 'data');
    socket.write('who\n');
    return String((await told)[0]).trim();
  } finally {
    socket.destroy();
  }
}

async function containers(): Promise<string[]> {
  const found = await lab.docker.listContainers({ all: true, filters: { label: ['io.tidegate.application=shop'] } });
  return found.map(({ Names, State }) => `${Names[0]?.replace('/tidegate-', '')} ${State}`).sort();
}

/** As when the machine was replaced: no container, no router and none of its routes, no network. */
async function loseEverything(): Promise<void> {
  const own = await lab.docker.listContainers({ all: true });
  for (const { Id } of own) await lab.docker.getContainer(Id).remove({ force: true, v: true });
  await lab.docker.getVolume('tidegate-router-lab').remove();
  await lab.docker.getNetwork('tidegate-shop.production').remove();
}

describe('a real host', () => {
  let serving: Deployment;

  it('gives a port to who takes connections at its own address, and never to who does not', async () => {
    const first = deploymentOf(releaseOf(1, [db(TCP_SERVICE, '1')]), null);
    await prepareAndSwitch(first);
    expect(await asked()).toBe(first.id);
    serving = deploymentOf(releaseOf(2, [db(TCP_SERVICE, '2')]), first);
    await prepareAndSwitch(serving);
    expect(await asked()).toBe(serving.id);
    const deaf = deploymentOf(releaseOf(3, [db(DEAF, '3')]), serving);
    await expect(prepareAndSwitch(deaf)).rejects.toMatchObject({ name: 'HostFailed' });
    expect(await asked()).toBe(serving.id);
    expect(await run(() => activities.restoreHost({ deployment: deaf, host: 'one' }))).toMatchObject({ outcome: 'restored' });
    expect(await asked()).toBe(serving.id);
  });

  it('that lost everything gets router, network and components again', async () => {
    await loseEverything();
    const again: Deployment = {
      ...deploymentOf(serving.release, serving),
      kind: 'host',
      generation: 4,
      id: 'deployment/4',
      previous: null,
    };
    expect(await prepareAndSwitch(again)).toMatchObject({ outcome: 'switched' });
    expect(await asked()).toBe('deployment/4');
    expect(await containers()).toEqual(['shop.production.db.g4.1 running']);
  });

  it('that lost everything is left as empty as it was when that fails', async () => {
    await loseEverything();
    const release = releaseOf(2, [db(DEAF, '2')]);
    const again: Deployment = { ...deploymentOf(release, serving), kind: 'host', generation: 5, id: 'deployment/5', previous: null };
    await expect(prepareAndSwitch(again)).rejects.toMatchObject({ name: 'HostFailed' });
    await run(() => activities.restoreHost({ deployment: again, host: 'one' }));
    expect(await containers()).toEqual([]);
  });
});
