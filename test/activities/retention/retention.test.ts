import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { RetentionParts } from '../../../activities/retention/ports.ts';
import type { LedgerEntry } from '../../../domain/ledger.ts';
import type { Descriptor } from '../../../domain/oci-manifest.ts';
import type { RetentionReport } from '../../../domain/retention-report.ts';
import { type LabRepository, RetentionLab } from '../../support/retention-lab.ts';

let lab: RetentionLab;

beforeAll(async () => {
  lab = await RetentionLab.start();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const digests = (...images: readonly Pick<Descriptor, 'digest'>[]) => new Set(images.map((image) => image.digest));
const fallbackTag = ({ digest }: Pick<Descriptor, 'digest'>) => digest.replace(':', '-');

/** The deletions that the registry was asked for, in their order. */
function deleted(): string[] {
  return lab.registry.proxy.asked('DELETE', /\/manifests\/sha256:/).map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
}

function outcomes(report: RetentionReport): Record<string, string> {
  return Object.fromEntries(report.rows.map((row) => [row.tag ?? row.digest ?? '', `${row.outcome}: ${row.reasons.join(', ')}`]));
}

/** Two indexes that share a platform, each with a signature on it, and an old image with another one. */
async function shelfOf(repository: LabRepository) {
  const [amd64, arm64, oldArm64] = [
    await repository.image('amd64', 90),
    await repository.image('arm64', 90),
    await repository.image('old arm64', 90),
  ];
  const stable = await repository.pusher.index([amd64, arm64], 'stable');
  const old = await repository.pusher.index([amd64, oldArm64], 'old');
  const stableSignature = await repository.pusher.referrer(stable, 'application/vnd.example.signature', 'stable');
  const oldSignature = await repository.pusher.referrer(old, 'application/vnd.example.signature', 'old');
  const onSignature = await repository.pusher.referrer(oldSignature, 'application/vnd.example.note', 'a note on the signature');
  const single = await repository.image('single', 60, { tag: '1.0' });
  return { amd64, arm64, oldArm64, stable, old, stableSignature, oldSignature, onSignature, single };
}

describe('applying retention to a real registry', () => {
  it('leaves every kept tag whole, with its signatures, and deletes the rest with all that went with it', async () => {
    const repository = lab.repository({ days: 30, tags: ['stable'] });
    const { amd64, arm64, stable, stableSignature } = await shelfOf(repository);
    const report = await repository.apply();
    expect(await repository.broken()).toEqual([]);
    expect(await repository.tags()).toEqual([fallbackTag(stable), 'stable'].sort());
    const held = await repository.manifests();
    for (const digest of digests(amd64, arm64, stable, stableSignature)) expect(held).toContain(digest);
    // Those four and the list of the signatures.
    expect(held.size).toBe(5);
    expect(report.counts).toEqual({ kept: 5, deleted: 7, stays: 0 });
    expect(outcomes(report)['1.0']).toMatch(/^deleted: made \d{4}-\d\d-\d\d; older than 30 days; no tag fits stable$/);
  });

  it('asks the registry for an index before its platforms, and for nothing that is kept', async () => {
    const repository = lab.repository({ days: 30, tags: ['stable'] });
    const { old, oldArm64, amd64, oldSignature, onSignature } = await shelfOf(repository);
    await repository.apply();
    const order = deleted();
    expect(order.indexOf(old.digest)).toBeLessThan(order.indexOf(oldArm64.digest));
    expect(order.indexOf(oldSignature.digest)).toBeLessThan(order.indexOf(onSignature.digest));
    expect(order).not.toContain(amd64.digest);
  });

  it('does what looking at it said that it would, and looking deletes nothing', async () => {
    const repository = lab.repository({ days: 30, tags: ['stable'] });
    await shelfOf(repository);
    const before = await repository.manifests();
    const looked = await repository.look();
    expect(await repository.manifests()).toEqual(before);
    expect(lab.registry.proxy.exchanges.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    expect(await repository.records()).toEqual([]);
    const applied = await repository.apply({ planHash: looked.planHash });
    expect(applied.planHash).toBe(looked.planHash);
    expect(outcomes(applied)).toEqual(outcomes(looked));
  });

  it('has nothing left to do after that', async () => {
    const repository = lab.repository({ days: 30, tags: ['stable'] });
    await shelfOf(repository);
    await repository.apply();
    lab.registry.proxy.forget();
    const again = await repository.apply();
    expect(again.counts.deleted).toBe(0);
    expect(deleted()).toEqual([]);
  });

  it('keeps a deployed image and all of its parts though every rule says delete, wherever it was deployed from', async () => {
    const repository = lab.repository({ tags: ['nothing-fits'] });
    const { old, amd64, oldArm64, oldSignature } = await shelfOf(repository);
    lab.statuses = [lab.running(old.digest)];
    const report = await repository.apply();
    expect(await repository.pusher.lacking('old')).toEqual([]);
    for (const digest of digests(old, amd64, oldArm64, oldSignature)) expect(await repository.manifests()).toContain(digest);
    expect(outcomes(report).old).toBe('kept: runs in production as release 12 of shop');
    expect(await repository.tags()).not.toContain('stable');
  });

  it('finds images without a tag by the releases that have them', async () => {
    const repository = lab.repository({ releases: 1, tags: [] });
    const [first, second] = [await repository.image('first', 60), await repository.image('second', 60)];
    await repository.release('untagged', first);
    await repository.release('untagged', second);
    // Made just now: they are younger than a day, and stay.
    expect((await repository.apply()).counts).toEqual({ kept: 2, deleted: 0, stays: 0 });
    const later = lab.parts({ now: () => Date.now() + 3 * 86_400_000 });
    const report = await repository.apply({ parts: later });
    expect(outcomes(report)).toEqual({
      [first.digest]: expect.stringMatching(
        /^deleted: released .* as release 1 of untagged; not among the last 1; no tag is kept by name$/,
      ),
      [second.digest]: 'kept: release 2 of untagged is among the last 1',
    });
    expect(await repository.manifests()).toEqual(digests(second));
  });

  it('records each deletion, with who and why, before the registry is asked, and the end of the run after it', async () => {
    const repository = lab.repository({ days: 30, tags: ['stable'] });
    const { old, oldArm64 } = await shelfOf(repository);
    const unrecorded: string[] = [];
    lab.registry.proxy.meddle = async ({ method, url = '' }) => {
      const digest = url.slice(url.lastIndexOf('/') + 1);
      if (method === 'DELETE' && !(await repository.records()).some((entry) => entry.image?.endsWith(digest))) unrecorded.push(digest);
      return false;
    };
    await repository.apply({ run: 'night-1' });
    expect(unrecorded).toEqual([]);
    const records = await repository.records();
    expect(records.find((entry) => entry.image === `${repository.name}@${old.digest}`)).toMatchObject({
      action: 'image-deletion',
      actor: 'rita',
      tags: ['old'],
      parts: expect.arrayContaining([oldArm64.digest]),
      reason: expect.stringContaining('older than 30 days'),
    });
    expect(records.at(-1)).toMatchObject({ action: 'retention-ended', actor: 'rita', reason: '7 deleted' });
    expect(new Set(records.map((entry) => entry.key)).size).toBe(records.length);
  });

  it('takes up no more than eight requests at a time', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    await Promise.all(Array.from({ length: 20 }, (_, n) => repository.image(`many ${n}`, 5, { tag: `many-${n}` })));
    lab.registry.proxy.forget();
    await repository.look();
    expect(lab.registry.proxy.most).toBeLessThanOrEqual(8);
    expect(lab.registry.proxy.most).toBeGreaterThan(1);
  });

  it('of a repository that is not there is an empty report', async () => {
    expect(await lab.repository({ days: 1 }).apply()).toMatchObject({ counts: { kept: 0, deleted: 0, stays: 0 }, rows: [] });
  });

  it('leaves a repository alone that no rule is for', async () => {
    const repository = lab.repository();
    await repository.image('old', 900, { tag: 'old' });
    expect(outcomes(await repository.apply())).toEqual({ old: 'kept: no rule is for this repository' });
    expect(deleted()).toEqual([]);
  });
});

describe('while it deletes', () => {
  /** Does something once, when the registry is first asked to delete. */
  function atFirstDeletion(act: () => Promise<void>): void {
    let done = false;
    lab.registry.proxy.meddle = async ({ method }) => {
      if (method === 'DELETE' && !done) {
        done = true;
        await act();
      }
      return false;
    };
  }

  async function many(repository: LabRepository, count: number): Promise<Descriptor[]> {
    return Promise.all(Array.from({ length: count }, (_, n) => repository.image(`old ${n}`, 100, { tag: `old-${n}` })));
  }

  it('lets a tag live that is pushed meanwhile, with an old platform in it that was to be deleted', async () => {
    const repository = lab.repository({ days: 30, tags: ['kept-*'] });
    const images = await many(repository, 25);
    // Late in the order: what is being deleted at this moment cannot be rescued any more.
    const rescued = [...images].sort((a, b) => (a.digest < b.digest ? -1 : 1)).slice(-3);
    atFirstDeletion(async () => void (await repository.pusher.index(rescued, 'kept-new')));
    await repository.apply();
    expect(await repository.tags()).toContain('kept-new');
    expect(await repository.broken()).toEqual([]);
  });

  it('lets an image live that is deployed meanwhile', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    const images = await many(repository, 25);
    const late = [...images].sort((a, b) => (a.digest < b.digest ? -1 : 1)).at(-1);
    atFirstDeletion(async () => {
      if (late !== undefined) lab.statuses = [lab.running(late.digest)];
    });
    await repository.apply();
    expect([...(await repository.manifests())]).toEqual([late?.digest]);
  });

  /** What retention works with where something happens once, as soon as the deletion of this image is in the ledger. */
  function onceRecorded(digest: string | undefined, act: () => Promise<void>): RetentionParts {
    const { ledger } = lab;
    let done = false;
    const append = async (entry: LedgerEntry): Promise<void> => {
      await ledger.append(entry);
      if (done || entry.action !== 'image-deletion' || !entry.image?.endsWith(`@${digest}`)) return;
      done = true;
      await act();
    };
    const read = { registeredReleases: () => ledger.registeredReleases(), entriesUnder: (prefix: string) => ledger.entriesUnder(prefix) };
    return lab.parts({ ledger: { append, ...read } });
  }
  const inOrderOfDeletion = (images: readonly Descriptor[]) => [...images].sort((a, b) => (a.digest < b.digest ? -1 : 1));

  it('lets an image live that is deployed at the last moment, and says in the ledger that its deletion was not done, and why', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    const [, second] = inOrderOfDeletion(await many(repository, 5));
    if (second === undefined) throw new Error('there are five');
    const parts = onceRecorded(second.digest, async () => {
      lab.statuses = [lab.running(second.digest)];
    });
    expect((await repository.apply({ parts })).counts).toEqual({ kept: 1, deleted: 4, stays: 0 });
    expect(deleted()).not.toContain(second.digest);
    expect([...(await repository.manifests())]).toEqual([second.digest]);
    const about = (await repository.records()).filter(({ image }) => image?.endsWith(second.digest));
    expect(about.map(({ action, reason }) => [action, reason])).toEqual([
      ['image-deletion', expect.stringContaining('older than 30 days')],
      ['deletion-not-done', 'runs in production as release 12 of shop'],
    ]);
    expect((await repository.records()).at(-1)?.reason).toMatch(/^4 deleted; kept after all: old-/);
  });

  it('lets a platform live that a new index takes over at the last moment', async () => {
    const repository = lab.repository({ days: 30, tags: ['kept-*'] });
    const platforms = [await repository.image('one', 90), await repository.image('two', 90)];
    await repository.pusher.index(platforms, 'old');
    const [taken] = inOrderOfDeletion(platforms);
    const parts = onceRecorded(taken?.digest, async () => void (await repository.pusher.index(platforms, 'kept-new')));
    await repository.apply({ parts });
    expect(await repository.tags()).toEqual(['kept-new']);
    expect(await repository.broken()).toEqual([]);
  });

  it('goes on after its worker died between a record and its deletion, though the image is needed by then', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    const [first] = inOrderOfDeletion(await many(repository, 3));
    const parts = onceRecorded(first?.digest, async () => {
      throw new Error('killed');
    });
    await expect(repository.apply({ run: 'night-3', parts })).rejects.toThrow('killed');
    if (first !== undefined) lab.statuses = [lab.running(first.digest)];
    await repository.apply({ run: 'night-3' });
    expect([...(await repository.manifests())]).toEqual([first?.digest]);
    const about = (await repository.records()).filter(({ image }) => image?.endsWith(first?.digest ?? ''));
    expect(about.map(({ action }) => action)).toEqual(['image-deletion', 'deletion-not-done']);
  });

  it('records anew what it could not do at first', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    const [first] = inOrderOfDeletion(await many(repository, 2));
    if (first === undefined) throw new Error('there are two');
    await repository.apply({ parts: onceRecorded(first.digest, () => repository.tag('another-name', first)) });
    expect(await repository.manifests()).toEqual(new Set());
    const about = (await repository.records()).filter(({ image }) => image?.endsWith(first.digest));
    expect(about.map(({ action, tags }) => [action, tags?.length])).toEqual([
      ['image-deletion', 1],
      ['deletion-not-done', 1],
      ['image-deletion', 2],
    ]);
  });

  it('never deletes what a tag was moved to, nor the tag', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    const images = [...(await many(repository, 10))].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    const lastTag = (await repository.look()).rows.find((row) => row.digest === images.at(-1)?.digest)?.tag ?? '';
    let fresh: Descriptor | undefined;
    atFirstDeletion(async () => {
      fresh = await repository.image('fresh', 0, { tag: lastTag });
    });
    await repository.apply();
    expect(await repository.tags()).toEqual([lastTag]);
    expect(await repository.pusher.lacking(lastTag)).toEqual([]);
    expect(await repository.manifests()).toContain(fresh?.digest);
  });

  it('stops where it can no longer be told what must stay, and goes on when it can', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    await many(repository, 25);
    let asked = 0;
    lab.onProtection = async () => {
      asked += 1;
      // Twice for the first look, and once for each deletion.
      if (asked > 7) throw new Error('Temporal does not answer');
    };
    await expect(repository.apply({ run: 'night-2' })).rejects.toThrow(
      'Nothing is deleted, as it cannot be told what must stay: the engine does not say what is deployed (Temporal does not answer)',
    );
    expect(deleted().length).toBe(5);
    lab.onProtection = async () => undefined;
    expect((await repository.apply({ run: 'night-2' })).counts).toEqual({ kept: 0, deleted: 25, stays: 0 });
    expect(await repository.manifests()).toEqual(new Set());
  });

  it('stops at once when it is cancelled', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    await many(repository, 10);
    const activity = new MockActivityEnvironment();
    atFirstDeletion(async () => activity.cancel());
    await expect(repository.apply({ activity })).rejects.toBeInstanceOf(CancelledFailure);
    expect(deleted().length).toBeLessThanOrEqual(1);
    expect(await repository.broken()).toEqual([]);
    expect((await repository.tags()).length).toBeGreaterThanOrEqual(9);
  });

  it('deletes nothing at all when the first answer about what must stay is missing or contradicts the ledger', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    await many(repository, 3);
    lab.onProtection = async () => {
      throw new Error('production cannot be read');
    };
    await expect(repository.apply()).rejects.toMatchObject({ name: 'ProtectionUnreadable' });
    lab.onProtection = async () => undefined;
    lab.underWay = [{ application: 'unheard-of', number: 9 }];
    await expect(repository.apply()).rejects.toMatchObject({ name: 'ProtectionUnclear' });
    expect(deleted()).toEqual([]);
    expect((await repository.tags()).length).toBe(3);
  });

  it('goes by what was confirmed when it is taken up again after its worker died: not an image more', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    await many(repository, 4);
    const { planHash } = await repository.look();
    let asked = 0;
    lab.onProtection = async () => {
      asked += 1;
      if (asked > 4) throw new Error('killed');
    };
    await expect(repository.apply({ run: 'night-4', planHash })).rejects.toThrow('killed');
    expect(deleted().length).toBe(2);
    lab.onProtection = async () => undefined;
    const unseen = await repository.image('another old one', 200, { tag: 'another' });
    const report = await repository.apply({ run: 'night-4', planHash });
    expect(report.counts).toEqual({ kept: 0, deleted: 4, stays: 1 });
    expect(outcomes(report).another).toMatch(/^stays: nobody has confirmed it, made /);
    expect(await repository.manifests()).toEqual(digests(unseen));
    expect(await repository.tags()).toEqual(['another']);
    expect((await repository.records()).find(({ action }) => action === 'retention-confirmed')).toMatchObject({ actor: 'rita', planHash });
    await expect(repository.apply({ run: 'night-5', planHash })).rejects.toMatchObject({ name: 'PlanChanged' });
  });

  it('leaves a name alone that an image got after it was confirmed, and the image with it', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    const [image] = await many(repository, 1);
    const { planHash } = await repository.look();
    const parts = onceRecorded(image?.digest, async () => image && repository.tag('unseen', image));
    await repository.apply({ planHash, parts });
    expect(await repository.tags()).toEqual(['old-0', 'unseen']);
    expect(deleted()).toEqual([]);
  });

  it('deletes nothing when the plan is no longer the one that was confirmed', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    await many(repository, 2);
    const { planHash } = await repository.look();
    await repository.image('another old one', 200, { tag: 'another' });
    await expect(repository.apply({ planHash })).rejects.toMatchObject({ name: 'PlanChanged' });
    expect(deleted()).toEqual([]);
  });
});
