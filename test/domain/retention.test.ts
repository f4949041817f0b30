import { describe, expect, it } from '@jest/globals';
import type { Digest } from '../../domain/digest.ts';
import { decideRetention, type RetentionPlan } from '../../domain/retention.ts';
import type { RepositoryContents, RepositoryManifest } from '../../domain/retention-contents.ts';
import type { RetentionInput } from '../../domain/retention-judgement.ts';
import type { ProtectionReason, RegisteredRelease } from '../../domain/retention-protection.ts';
import { printReason } from '../../domain/retention-reasons.ts';
import { ruleFor } from '../../domain/retention-rules.ts';
import { digestNumber } from './arbitraries.ts';
import { daysAgo, NOW, REPOSITORY } from './retention-arbitraries.ts';

const nothing: RetentionInput['protection'] = { images: new Map(), tags: [], commits: [] };

function image(n: number, more: { readonly created?: string; readonly subject?: Digest } = {}): RepositoryManifest {
  return { kind: 'image', digest: digestNumber(n), ...more };
}

function index(n: number, children: readonly number[], created = daysAgo(100)): RepositoryManifest {
  return { kind: 'index', digest: digestNumber(n), children: children.map(digestNumber), created };
}

function holding(manifests: readonly RepositoryManifest[], tags: Readonly<Record<string, number>>): RepositoryContents {
  return {
    repository: REPOSITORY,
    manifests,
    tags: Object.entries(tags).map(([name, n]) => ({ kind: 'naming', name, digest: digestNumber(n) })),
    departed: [],
  };
}

function released(number: number, n: number, days: number): RegisteredRelease {
  return { application: 'shop', number, createdAt: daysAgo(days), images: [{ repository: REPOSITORY, digest: digestNumber(n) }] };
}

function protecting(n: number, reason: ProtectionReason): RetentionInput['protection'] {
  return { ...nothing, images: new Map([[digestNumber(n), [reason]]]) };
}

function planFor(contents: RepositoryContents, more: Partial<RetentionInput> = {}): RetentionPlan {
  return decideRetention({ contents, rule: { days: 30, tags: [] }, releases: [], protection: nothing, now: NOW, ...more });
}

/** What became of a manifest, as the table shows it. */
function wordsFor(plan: RetentionPlan, n: number): string {
  const found = plan.manifests.find((one) => one.digest === digestNumber(n));
  return `${found?.verdict.kind}: ${found?.verdict.reasons.map(printReason).join(', ')}`;
}

function wordsForTag(plan: RetentionPlan, name: string): string {
  const found = plan.tags.find(({ tag }) => tag.name === name);
  return `${found?.verdict.kind}: ${found?.verdict.reasons.map(printReason).join(', ')}`;
}

describe('a plan of retention', () => {
  it("keeps the tags of an index's platforms for as long as the index, as some registries clean up what only an index names", () => {
    const old = { created: daysAgo(900) };
    const built = `${'a'.repeat(40)}-${'b'.repeat(12)}`;
    const manifests = [index(1, [2, 3], daysAgo(900)), image(2, old), image(3, old), image(4, old)];
    const contents = holding(manifests, { [built]: 1, [`${built}-linux-arm64`]: 2, [`${built}-linux-amd64`]: 4, 'b-linux-amd64': 3 });
    const protection = protecting(1, { kind: 'deployed', application: 'shop', environment: 'production', release: 12 });
    const plan = planFor(contents, { rule: { tags: [] }, protection });
    expect(wordsForTag(plan, `${built}-linux-arm64`)).toMatch(/^keep: /);
    // A name that somebody else gave stands for itself, and so does an image that no index has.
    expect(wordsForTag(plan, 'b-linux-amd64')).toMatch(/^delete: /);
    expect(wordsForTag(plan, `${built}-linux-amd64`)).toMatch(/^delete: /);
    expect(plan.deletions.map(({ kind }) => kind)).toEqual(['tag', 'manifest']);
    const gone = planFor(contents, { rule: { tags: [] } });
    expect(gone.deletions.map(({ kind }) => kind)).toEqual(['manifest', 'manifest', 'manifest', 'manifest']);
  });

  it('keeps what runs, whatever the rules say, and says where', () => {
    const contents = holding([image(1, { created: daysAgo(900) }), image(2, { created: daysAgo(900) })], { old: 1, older: 2 });
    const protection = protecting(1, { kind: 'deployed', application: 'shop', environment: 'production', release: 12 });
    const plan = planFor(contents, { rule: { tags: [] }, protection });
    expect(wordsFor(plan, 1)).toBe('keep: runs in production as release 12 of shop');
    expect(wordsForTag(plan, 'old')).toBe('keep: runs in production as release 12 of shop');
    expect(wordsFor(plan, 2)).toBe('delete: made 2023-12-14; no tag is kept by name');
    expect(plan.deletions).toMatchObject([{ kind: 'manifest', digest: digestNumber(2), tags: ['older'] }]);
  });

  it('says of what it deletes everything that would have kept it', () => {
    const contents = holding([image(1)], { first: 1 });
    const plan = planFor(contents, {
      rule: { releases: 1, days: 30, tags: ['v*'] },
      releases: [released(3, 1, 60), released(4, 2, 10)],
    });
    // Release 4 is not in this repository, and release 3 is the last one that is.
    expect(wordsFor(plan, 1)).toBe('keep: release 3 of shop is among the last 1');
    const two = holding([image(1), image(2)], { first: 1, second: 2 });
    const both = planFor(two, { rule: { releases: 1, days: 30, tags: ['v*'] }, releases: [released(3, 1, 60), released(4, 2, 10)] });
    expect(wordsFor(both, 1)).toBe(
      'delete: released 2026-04-02 as release 3 of shop; older than 30 days; not among the last 1; no tag fits v*',
    );
  });

  it('counts the last releases of each application by itself, and images without a release by themselves', () => {
    const kiosk = { ...released(1, 3, 300), application: 'kiosk' };
    const contents = holding([image(1), image(2), image(3), image(4, { created: daysAgo(5) }), image(5, { created: daysAgo(6) })], {
      a: 1,
      b: 2,
      c: 3,
      d: 4,
      e: 5,
    });
    const plan = planFor(contents, { rule: { releases: 1, tags: [] }, releases: [released(8, 1, 200), released(9, 2, 100), kiosk] });
    expect(plan.deletions.map((one) => one.kind === 'manifest' && one.digest)).toEqual([digestNumber(1), digestNumber(5)]);
    expect(wordsFor(plan, 4)).toBe('keep: among the last 1 images that no release has');
  });

  it.each(['1970-01-01T00:00:00Z', '1980-01-01T00:00:00Z', '0001-01-01T00:00:00Z', 'soon', daysAgo(-3)])(
    'takes no image that says it was made %s for ancient',
    (created) => {
      const plan = planFor(holding([image(1, { created })], { tool: 1 }), { rule: { releases: 1, days: 1, tags: [] } });
      expect(wordsFor(plan, 1)).toBe(`keep: nobody can tell its age: it says ${created}, and no release has it`);
    },
  );

  it('dates such an image by its release', () => {
    const contents = holding([image(1, { created: '1970-01-01T00:00:00Z' })], { v1: 1 });
    expect(wordsFor(planFor(contents, { releases: [released(1, 1, 10)] }), 1)).toBe(
      'keep: released 2026-05-22 as release 1 of shop, not more than 30 days ago',
    );
    expect(wordsFor(planFor(contents, { releases: [released(1, 1, 40)] }), 1)).toContain('delete: released 2026-04-22');
  });

  it('deletes nothing on its first day, even where a rule keeps names alone', () => {
    const plan = planFor(holding([image(1, { created: daysAgo(0.9) }), image(2, { created: daysAgo(1.1) })], { a: 1, b: 2 }), {
      rule: { tags: ['v*'] },
    });
    expect(wordsFor(plan, 1)).toBe('keep: made 2026-05-31, not more than a day ago');
    expect(wordsFor(plan, 2)).toContain('delete');
  });

  it('keeps the platforms of an index, also one that two indexes share while one of them goes', () => {
    const contents = holding([index(1, [3, 4]), index(2, [4, 5]), image(3), image(4), image(5)], { stable: 1, old: 2 });
    const plan = planFor(contents, { rule: { tags: ['stable'] } });
    expect(plan.deletions.map((one) => one.kind === 'manifest' && one.digest)).toEqual([digestNumber(2), digestNumber(5)]);
    expect(wordsFor(plan, 4)).toBe('keep: part of sha256:000000000000, which is kept');
    expect(wordsFor(plan, 5)).toBe('delete: part of sha256:000000000000, which is deleted');
  });

  it('deletes an index before its platforms, and what refers to an image after it', () => {
    const contents = holding([image(1, { subject: digestNumber(9) }), image(2), index(9, [2]), index(8, [1])], {
      old: 9,
      [digestNumber(9).replace(':', '-')]: 8,
    });
    const order = planFor(contents).deletions.map((one) => one.kind === 'manifest' && one.digest);
    expect(order[0]).toBe(digestNumber(9));
    expect(new Set(order)).toEqual(new Set([9, 8, 2, 1].map(digestNumber)));
    expect(order.indexOf(digestNumber(8))).toBeLessThan(order.indexOf(digestNumber(1)));
  });

  it('counts a platform that has a name of its own by itself, before its index is gone as afterwards', () => {
    const rule = { releases: 2, tags: [] };
    const tags = { multi: 9, 'multi-linux-arm64': 1, single: 3 };
    const old = image(3, { created: daysAgo(6) });
    const part = image(1, { created: daysAgo(4) });
    expect(wordsFor(planFor(holding([index(9, [1], daysAgo(5)), part, old], tags), { rule }), 3)).toContain('delete');
    expect(wordsFor(planFor(holding([part, old], tags), { rule }), 3)).toBe('keep: among the last 2 images that no release has');
  });

  it('deletes each signature after what it signs, however many signatures sign each other', () => {
    const signing = (n: number, signed: number) => image(n, { created: daysAgo(100), subject: digestNumber(signed) });
    const contents = holding([signing(2, 5), signing(5, 7), signing(7, 9), image(9, { created: daysAgo(100) })], { old: 9 });
    expect(planFor(contents).deletions.map((one) => one.kind === 'manifest' && one.digest)).toEqual([9, 7, 5, 2].map(digestNumber));
  });

  it('leaves the name of what nobody can read any more, though it belongs to an image that goes', () => {
    const name = `${digestNumber(1).replace(':', '-')}.sig`;
    const contents = holding([image(1, { created: daysAgo(100) }), { kind: 'outdated', digest: digestNumber(2) }], { old: 1, [name]: 2 });
    const plan = planFor(contents);
    expect(plan.tags.find(({ tag }) => tag.name === name)?.verdict).toEqual({ kind: 'keep', reasons: [{ kind: 'outdated' }] });
    expect(plan.deletions.map((one) => one.kind === 'manifest' && one.digest)).toEqual([digestNumber(1)]);
  });

  it('keeps signatures of what it keeps, of signatures too, and cosign’s by the names of their tags', () => {
    const contents = holding([image(1), image(2, { subject: digestNumber(1) }), image(3, { subject: digestNumber(2) }), image(4)], {
      v1: 1,
      [`${digestNumber(3).replace(':', '-')}.sig`]: 4,
    });
    const plan = planFor(contents, { rule: { tags: ['v1'] } });
    expect(plan.deletions).toEqual([]);
    expect(wordsFor(plan, 3)).toBe('keep: refers to sha256:000000000000, which is kept');
    expect(wordsFor(plan, 4)).toBe('keep: attached by its tag to sha256:000000000000, which is kept');
  });

  it('leaves a signature alone whose image was never seen here, and takes it with an image that was deleted before', () => {
    const name = `${digestNumber(9).replace(':', '-')}.sig`;
    const contents = holding([image(1)], { [name]: 1 });
    expect(wordsForTag(planFor(contents), name)).toBe('keep: belongs to sha256:000000000000, which is not in this repository');
    const after = planFor({ ...contents, departed: [{ digest: digestNumber(9), parts: [] }] });
    expect(after.deletions).toMatchObject([{ kind: 'manifest', digest: digestNumber(1), tags: [name] }]);
  });

  it('deletes a tag alone where its image stays for the sake of another name', () => {
    const contents = holding([image(1, { created: daysAgo(100) })], { stable: 1, feature: 1 });
    const plan = planFor(contents, { rule: { days: 30, tags: ['stable'] } });
    expect(plan.deletions).toMatchObject([{ kind: 'tag', name: 'feature', digest: digestNumber(1) }]);
    expect(wordsForTag(plan, 'feature')).toBe('delete: its image stays without this name; older than 30 days; no tag fits stable');
  });

  it('keeps what is built for a release under way by the commit in its tag', () => {
    const tag = `${'c'.repeat(40)}-0123456789ab`;
    const contents = holding([image(1, { created: daysAgo(100) })], { [tag]: 1 });
    const plan = planFor(contents, { protection: { ...nothing, commits: [{ application: 'shop', number: 7, commit: 'c'.repeat(40) }] } });
    expect(wordsFor(plan, 1)).toBe(`keep: tag ${tag} is of the commit of release 7 of shop, which is under way`);
  });

  it('deletes nothing of a repository that no rule is for, or that holds something that it cannot read', () => {
    const contents = holding([image(1, { created: daysAgo(900) })], { old: 1 });
    expect(wordsFor(planFor(contents, { rule: undefined }), 1)).toBe('keep: no rule is for this repository');
    const strange = { kind: 'unreadable', digest: digestNumber(2), why: 'it is of type application/x-new' } as const;
    const plan = planFor(holding([...contents.manifests, strange], { old: 1, new: 2 }));
    expect(wordsFor(plan, 1)).toBe('keep: sha256:000000000000 cannot be read, and may need it');
    expect(wordsFor(plan, 2)).toBe('keep: cannot be read: it is of type application/x-new');
  });
});

const ATTACHED = digestNumber(9).replace(':', '-');

describe('a name', () => {
  const old = { created: daysAgo(100) };

  it('that is held here keeps its image, and the other names of the image go', () => {
    const hold = (repository: string, tag: string) => ({ ...nothing, tags: [{ kind: 'tag' as const, repository, tag }] });
    const contents = holding([image(1, old)], { audit: 1, other: 1 });
    const held = planFor(contents, { protection: hold(REPOSITORY, 'audit') });
    expect(wordsForTag(held, 'audit')).toBe('keep: tag audit is held in tidegate.yaml');
    expect(wordsFor(held, 1)).toBe('keep: tag audit is held in tidegate.yaml');
    expect(held.deletions).toMatchObject([{ kind: 'tag', name: 'other' }]);
    for (const elsewhere of [hold('registry.test/shop/api', 'audit'), hold(REPOSITORY, 'audits')])
      expect(wordsForTag(planFor(contents, { protection: elsewhere }), 'audit')).toContain('delete');
  });

  it('of a build under way keeps its image, and the other names of the image go', () => {
    const commits = [{ application: 'shop', number: 7, commit: 'c'.repeat(40) }];
    const contents = holding([image(1, old), image(2, old)], { [`${'c'.repeat(40)}-1`]: 1, other: 1, [`${'c'.repeat(40)}x`]: 2 });
    const plan = planFor(contents, { protection: { ...nothing, commits } });
    expect(plan.deletions.map((one) => (one.kind === 'tag' ? one.name : one.tags))).toEqual(['other', [`${'c'.repeat(40)}x`]]);
  });

  it('of what is young, recent or protected stays with all others of it', () => {
    const plan = planFor(holding([image(1, { created: daysAgo(2) })], { a: 1, b: 1 }), { rule: { days: 30, tags: ['a'] } });
    expect(plan.deletions).toEqual([]);
    expect(wordsForTag(plan, 'b')).toBe('keep: made 2026-05-30, not more than 30 days ago');
  });

  it('of a part of something that stays goes alone', () => {
    const plan = planFor(holding([index(1, [2]), image(2, old)], { stable: 1, part: 2 }), { rule: { tags: ['stable'] } });
    expect(plan.deletions).toMatchObject([{ kind: 'tag', name: 'part', digest: digestNumber(2) }]);
  });

  it('that the registry lists without anything under it, or with what nobody reads, stays', () => {
    const tags = [
      { kind: 'empty', name: 'empty' },
      { kind: 'outdated', name: 'old' },
      { kind: 'naming', name: 'lost', digest: digestNumber(7) },
    ] as const;
    const contents = { ...holding([image(1, old)], { v1: 1 }), tags };
    const plan = planFor(contents);
    expect(wordsForTag(plan, 'empty')).toBe('keep: the registry lists it and holds nothing there');
    expect(wordsForTag(plan, 'old')).toBe("keep: of Docker's first schema, which is not judged");
    expect(wordsForTag(plan, 'lost')).toBe('keep: the registry lists it and holds nothing there');
    expect(plan.deletions).toEqual([]);
    const unreadable = planFor({ ...contents, tags: [{ kind: 'unreadable', name: 'new', why: 'it is no JSON' }] });
    expect(wordsForTag(unreadable, 'new')).toBe('keep: cannot be read: it is no JSON');
    expect(wordsFor(unreadable, 1)).toContain('tag new cannot be read, and may need it');
  });

  it('is left alone where its image is not understood', () => {
    const strange = { kind: 'unreadable', digest: digestNumber(2), why: 'new' } as const;
    const contents = holding([image(1, old), strange], { v1: 1, new: 2 });
    expect(planFor(contents, { rule: { tags: ['none'] } }).deletions).toEqual([]);
    expect(wordsForTag(planFor(contents), 'new')).toBe('keep: cannot be read: new');
    const outdated = { kind: 'outdated', digest: digestNumber(2) } as const;
    const plan = planFor(holding([outdated], { v1: 2 }));
    expect([wordsForTag(plan, 'v1'), wordsFor(plan, 2)]).toEqual(Array(2).fill("keep: of Docker's first schema, which is not judged"));
  });

  it('that attaches something to an image goes with that image, and stays with it', () => {
    const contents = holding([image(9, old), image(1)], { v1: 9, [`${ATTACHED}.sig`]: 1 });
    const gone = planFor(contents);
    expect(wordsForTag(gone, `${ATTACHED}.sig`)).toBe('delete: attached by its tag to sha256:000000000000, which is deleted');
    expect(gone.deletions).toMatchObject([
      { kind: 'manifest', digest: digestNumber(9), tags: ['v1'], parts: [{ digest: digestNumber(1), bond: 'attached' }] },
      { kind: 'manifest', digest: digestNumber(1), tags: [`${ATTACHED}.sig`], parts: [] },
    ]);
    const kept = planFor(contents, { rule: { tags: ['v1'] } });
    expect(wordsForTag(kept, `${ATTACHED}.sig`)).toBe('keep: attached by its tag to sha256:000000000000, which is kept');
    const protectedElsewhere = planFor(holding([image(1)], { [`${ATTACHED}.sig`]: 1 }), { protection: protecting(9, { kind: 'held' }) });
    expect(wordsForTag(protectedElsewhere, `${ATTACHED}.sig`)).toBe('keep: attached by its tag to sha256:000000000000, which is kept');
    expect(wordsFor(protectedElsewhere, 1)).toContain('attached by its tag to sha256:000000000000, which is kept');
  });

  it('that attaches a released image to one that goes, goes alone', () => {
    const contents = holding([image(9, old), image(1, { created: daysAgo(2) })], { v1: 9, [`${ATTACHED}.sig`]: 1 });
    const plan = planFor(contents, { releases: [released(3, 1, 2)] });
    expect(plan.deletions).toMatchObject([
      { kind: 'tag', name: `${ATTACHED}.sig`, digest: digestNumber(1) },
      { kind: 'manifest', digest: digestNumber(9), parts: [] },
    ]);
  });
});

describe('a manifest without a name', () => {
  const old = { created: daysAgo(100) };

  it('stays where nobody knows what it belongs to', () => {
    const contents = holding([image(1), image(2, { subject: digestNumber(7) })], {});
    const plan = planFor(contents);
    expect(wordsFor(plan, 1)).toBe('keep: nobody knows what it belongs to');
    expect(wordsFor(plan, 2)).toBe('keep: belongs to sha256:000000000000, which is not in this repository');
  });

  it('goes with what was deleted before it, and stays where that is here again', () => {
    const departed = [{ digest: digestNumber(9), parts: [{ digest: digestNumber(1), bond: 'child' as const }] }];
    const after = planFor({ ...holding([image(1)], {}), departed });
    expect(wordsFor(after, 1)).toBe('delete: part of sha256:000000000000, which is deleted');
    const again = planFor({ ...holding([image(1), image(9)], {}), departed });
    expect(wordsFor(again, 1)).toBe('keep: nobody knows what it belongs to');
  });

  it('of a release is judged by its age, and by the number of its release', () => {
    expect(planFor(holding([image(1)], {}), { releases: [released(1, 1, 40)] }).deletions).toHaveLength(1);
    expect(planFor(holding([image(1)], {}), { releases: [released(1, 1, 20)] }).deletions).toEqual([]);
  });

  it('stays to the very last moment of its days', () => {
    expect(planFor(holding([image(1, { created: daysAgo(30) })], { a: 1 })).deletions).toEqual([]);
    expect(planFor(holding([image(1, { created: daysAgo(30.0001) })], { a: 1 })).deletions).toHaveLength(1);
  });

  it('is told for the sake of the last of several releases that have it', () => {
    const rule = { releases: 2, tags: [] };
    const twice = planFor(holding([image(1)], { a: 1 }), { rule, releases: [released(3, 1, 90), released(4, 1, 80)] });
    expect(wordsFor(twice, 1)).toBe('keep: release 4 of shop is among the last 2');
  });

  it('is among the last where another image of its release is not here', () => {
    const both = { ...released(4, 1, 90), images: [1, 5].map((n) => ({ repository: REPOSITORY, digest: digestNumber(n) })) };
    expect(wordsFor(planFor(holding([image(1)], { a: 1 }), { rule: { releases: 1, tags: [] }, releases: [both] }), 1)).toContain(
      'among the last 1',
    );
  });

  it('of two made at one moment is the same one each time', () => {
    const contents = holding([image(2, old), image(1, old)], { b: 2, a: 1 });
    expect(planFor(contents, { rule: { releases: 1, tags: [] } }).deletions).toMatchObject([{ digest: digestNumber(2) }]);
  });

  it('that several go with is told of the first of them, each time', () => {
    const contents = holding([image(4), index(3, [4]), index(2, [4], daysAgo(200))], { b: 3, a: 2 });
    const plan = planFor(contents);
    expect(plan.manifests.find(({ digest }) => digest === digestNumber(4))?.verdict.reasons).toEqual([
      { kind: 'goes-with-deleted', bond: 'child', lead: digestNumber(2) },
    ]);
    const both = holding([image(1, { subject: digestNumber(3) }), index(3, [1])], { a: 3 });
    expect(planFor(both).manifests.find(({ digest }) => digest === digestNumber(1))?.verdict.reasons).toEqual([
      { kind: 'goes-with-deleted', bond: 'referrer', lead: digestNumber(3) },
    ]);
  });

  it('that goes with several that stay is told of one of them, and keeps its own reasons', () => {
    const plan = planFor(holding([index(2, [4]), index(3, [4]), image(4, { created: daysAgo(2) })], { a: 2, b: 3, c: 4 }), {
      rule: { days: 30, tags: ['a', 'b'] },
    });
    expect(wordsFor(plan, 4)).toBe('keep: made 2026-05-30, not more than 30 days ago, part of sha256:000000000000, which is kept');
  });
});

describe('the rules of a repository', () => {
  it('keep together what any of them keeps, in whatever order they stand', () => {
    const rules = [
      { match: 'registry.test/shop/*', keep: { releases: 3, days: 7, tags: ['latest'] } },
      { match: 'registry.test/shop/web', keep: { releases: 10, tags: ['v*', 'latest'] } },
      { match: 'registry.test/tools/*', keep: { days: 400, tags: [] } },
    ];
    expect(ruleFor(rules, 'registry.test/shop/web')).toEqual({ releases: 10, days: 7, tags: ['latest', 'v*'] });
    expect(ruleFor(rules.toReversed(), 'registry.test/shop/web')).toEqual({ releases: 10, days: 7, tags: ['v*', 'latest'] });
    expect(ruleFor(rules, 'registry.test/other/web')).toBeUndefined();
  });
});
