import { describe, expect, it } from '@jest/globals';
import { createInstallationActivities, type InstallationReader } from '../../activities/installation.ts';
import type { HostPlan } from '../../domain/plan.ts';

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

  it('seals equal plans with one hash, and different ones with different hashes', async () => {
    const { sealPlan } = createInstallationActivities(new FakeReader(), (text) => `hash of ${text}`);
    const plan: HostPlan = { host: 'one', components: [{ component: 'web', action: 'create', changes: [] }] };
    const same: HostPlan = { components: [{ changes: [], action: 'create', component: 'web' }], host: 'one' };
    const sealed = await sealPlan({ hosts: [plan] });
    expect(sealed.hosts).toEqual([plan]);
    expect((await sealPlan({ hosts: [same] })).hash).toBe(sealed.hash);
    expect((await sealPlan({ hosts: [plan, same] })).hash).not.toBe(sealed.hash);
    expect((await sealPlan({ hosts: [{ ...plan, host: 'two' }] })).hash).not.toBe(sealed.hash);
  });
});
