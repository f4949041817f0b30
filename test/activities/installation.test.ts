import { describe, expect, it } from '@jest/globals';
import { createInstallationActivities, type InstallationReader } from '../../activities/installation.ts';
import type { DeploymentPlan } from '../../domain/plan.ts';

class FakeReader implements InstallationReader {
  readonly asked: unknown[] = [];

  async pipeline(application: string, commit: string | undefined) {
    this.asked.push([application, commit]);
    return { application, revision: commit ?? 'newest', components: [], stages: [] };
  }

  async environment(name: string) {
    this.asked.push(name);
    return { name, hosts: [], policyRevision: 'r', bakeMs: 0 };
  }
}

describe('the installation as workflows ask for it', () => {
  it('is read as the commit has it, and as it is now where none is given', async () => {
    const reader = new FakeReader();
    const { readPipeline, readEnvironment } = createInstallationActivities(reader, (text) => text);
    expect((await readPipeline({ application: 'shop', commit: 'c0ffee' })).revision).toBe('c0ffee');
    expect((await readPipeline({ application: 'shop' })).revision).toBe('newest');
    expect((await readEnvironment({ application: 'shop', environment: 'production' })).name).toBe('production');
    expect(reader.asked).toEqual([['shop', 'c0ffee'], ['shop', undefined], 'production']);
  });

  it('joins the plans of sites under one hash, in the order of the hosts', async () => {
    const { sealPlan } = createInstallationActivities(new FakeReader(), (text) => `hash of ${text}`);
    const strategy = { kind: 'rolling', batch: 1 } as const;
    const created = { component: 'web', action: 'create', changes: [] } as const;
    const kept = { component: 'web', action: 'keep', changes: [] } as const;
    const planOf = (host: string, effect: typeof created | typeof kept): DeploymentPlan => ({
      strategy: '',
      effects: [effect],
      hosts: [{ host, effects: [0] }],
      hash: '',
    });
    const plans = [planOf('one', created), planOf('three', kept), planOf('two', created)];
    const sealed = await sealPlan({ plans, hosts: ['one', 'two', 'three'], strategy });
    expect(sealed.effects).toEqual([created, kept]);
    expect(sealed.hosts).toEqual([
      { host: 'one', effects: [0] },
      { host: 'two', effects: [0] },
      { host: 'three', effects: [1] },
    ]);
    expect((await sealPlan({ plans: plans.toReversed(), hosts: ['one', 'two', 'three'], strategy })).hash).toBe(sealed.hash);
    expect((await sealPlan({ plans, hosts: ['two', 'one', 'three'], strategy })).hash).not.toBe(sealed.hash);
  });
});
