import { describe, expect, it } from '@jest/globals';
import type { DeployableComponent } from '../../../domain/deployment.ts';
import { LABEL } from '../../../domain/labels.ts';
import { hostPlans } from '../../../domain/plan.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, PUBLISH, releaseOf } from './deployments.ts';

const REFERENCE = '$' + '{file:password}';

function withSecret(one: DeployableComponent): DeployableComponent {
  return { ...one, run: { ...one.run, secrets: [{ name: 'password', value: REFERENCE, uid: 0, gid: 0, mode: 0o444 }] } };
}

const web = withSecret(component('web', '1', { publish: PUBLISH }));
const worker = component('worker', '1');
const first = deploymentOf(releaseOf(1, [web, worker]), null);
const second = deploymentOf(releaseOf(2, [web, worker]), first);

/** A host, and the version that its password has. */
function newHost() {
  const fake = new FakeHost();
  let version = 'v1';
  const act = (attempt = 1) =>
    activitiesOn(fake, attempt, undefined, async (_, files) => Object.fromEntries(files.map(({ name }) => [name, version])));
  const deploy = async (deployment: typeof first) => {
    await act().prepare(deployment);
    return act().switch(deployment);
  };
  const rotate = (to: string): void => {
    version = to;
  };
  return { fake, act, deploy, rotate };
}

describe('a component with secret files', () => {
  it('says of its container which values it has, and never which', async () => {
    const { fake, deploy } = newHost();
    await deploy(first);
    const labels = [...fake.containers.values()].map(({ spec }) => spec.labels[LABEL.secretFiles]);
    expect(labels).toEqual(['{"password":"v1"}', undefined]);
  });

  it('is kept while its secrets keep their values, and replaced once one has another', async () => {
    const { act, deploy, rotate } = newHost();
    await deploy(first);
    const actionsOf = async () =>
      hostPlans(await act().plan(second.release))[0]?.components.map(({ action, changes }) => [action, changes]);
    expect(await actionsOf()).toEqual([
      ['keep', []],
      ['keep', []],
    ]);
    rotate('v2');
    expect(await actionsOf()).toEqual([
      ['replace', [{ what: 'secret password' }]],
      ['keep', []],
    ]);
    expect((await deploy(second)).detail).toBe('web replaced, worker kept');
  });

  it('is treated by every step of a deployment as it was when the host was prepared, also where a secret is gone by then', async () => {
    const { act, deploy, rotate } = newHost();
    await deploy(first);
    const secrets = await act().prepare(second);
    expect(secrets).toEqual({ web: { password: 'v1' } });
    rotate('v2');
    expect((await act().switch({ ...second, secrets })).detail).toBe('web kept, worker kept');
  });

  it('returns to the containers of before by itself when the new ones fail, whatever values there are by now', async () => {
    const { fake, act, deploy, rotate } = newHost();
    await deploy(first);
    rotate('v2');
    await deploy(second);
    rotate('v3');
    await act().restore(second);
    expect(fake.runningNames('web')).toEqual(['tidegate-shop.production.web.g1.1']);
    expect([...fake.containers.keys()]).not.toContain('tidegate-shop.production.web.g2.1');
  });

  it('is made anew by a later rollback when its password was changed since', async () => {
    const { act, deploy, rotate, fake } = newHost();
    await deploy(first);
    const other = deploymentOf(releaseOf(2, [withSecret(component('web', '2', { publish: PUBLISH })), worker]), first);
    await deploy(other);
    rotate('v2');
    const back = deploymentOf(first.release, other, 'rollback');
    expect((await deploy(back)).detail).toBe('web replaced, worker kept');
    expect(fake.runningNames('web')).toContain('tidegate-shop.production.web.g3.1');
    await act().retire(3, 2);
    expect(fake.runningNames('web')).toEqual(['tidegate-shop.production.web.g3.1']);
  });

  it('has its files before it is started', async () => {
    const { fake, deploy } = newHost();
    await deploy(first);
    const calls = fake.calls.filter((call) => /^(ensureSecrets|start) .*web/.test(call));
    expect(calls).toEqual(['ensureSecrets tidegate-shop.production.web.g1.1', 'start tidegate-shop.production.web.g1.1']);
    expect(fake.calls.some((call) => call.startsWith('ensureSecrets') && call.includes('worker'))).toBe(false);
  });
});

describe('looking after secrets', () => {
  it('starts what lost them and should run, and tells of nothing where nothing is missing', async () => {
    const { fake, act, deploy } = newHost();
    await deploy(first);
    expect(await act().revive([web])).toEqual([]);
    const lost = fake.containers.get('tidegate-shop.production.web.g1.1');
    if (lost) lost.status = 'exited';
    const name = 'tidegate-shop.production.web.g1.1';
    expect(await act().revive([web])).toEqual([{ host: 'one', refilled: [name], started: [name] }]);
    expect(lost?.status).toBe('running');
  });

  it('leaves containers of other images and settings alone', async () => {
    const { fake, act, deploy } = newHost();
    await deploy(first);
    const calls = fake.calls.length;
    expect(await act().revive([withSecret(component('web', '2', { publish: PUBLISH })), { ...web, specHash: 'another' }])).toEqual([]);
    expect(fake.calls.slice(calls)).toEqual(['observe', 'certify undefined']);
  });
});
