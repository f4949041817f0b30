import { describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type Charge, createUpkeepActivities } from '../../activities/upkeep.ts';
import type { DeployableRelease, RunningRelease } from '../../domain/deployment.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import { component, releaseOf } from './hosts/deployments.ts';

const release = (number: number): DeployableRelease => releaseOf(number, [component('web', String(number))]);
const hosts = [
  { name: 'one', site: 'default' },
  { name: 'two', site: 'default' },
  { name: 'far', site: 'edge' },
];

function chargesOf(running: Partial<RunningRelease>) {
  const activities = createUpkeepActivities({
    running: async () => [{ application: 'shop', environment: 'production', release: release(2), ...running }],
    environment: async () => ({ hosts }) as unknown as EnvironmentPolicy,
  });
  return new MockActivityEnvironment().run(activities.listCharges) as Promise<readonly Charge[]>;
}

const short = async (running: Partial<RunningRelease>) =>
  (await chargesOf(running)).map((charge) => [
    charge.site,
    charge.hosts.map(({ name }) => name).join(),
    charge.components[0]?.image.digest,
  ]);

const digest = (number: number) => release(number).components[0]?.image.digest;

describe('what upkeep looks after', () => {
  it('is the release that the environment runs, site by site', async () => {
    expect(await short({})).toEqual([
      ['default', 'one,two', digest(2)],
      ['edge', 'far', digest(2)],
    ]);
  });

  it('is on a host that was left out what it was left with, and nothing where that is not known', async () => {
    expect(await short({ behind: { two: release(1), far: null } })).toEqual([
      ['default', 'one', digest(2)],
      ['default', 'two', digest(1)],
      ['edge', 'far', undefined],
    ]);
  });

  it('is no container at all while a deployment is at work', async () => {
    expect(await short({ isChanging: true })).toEqual([
      ['default', 'one,two', undefined],
      ['edge', 'far', undefined],
    ]);
  });
});
