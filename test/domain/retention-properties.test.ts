import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Digest } from '../../domain/digest.ts';
import { type Deletion, decideRetention, type RetentionPlan } from '../../domain/retention.ts';
import {
  childrenOf,
  type RepositoryContents,
  type RepositoryManifest,
  subjectOf,
  subjectOfTag,
  withoutManifest,
  withoutTag,
} from '../../domain/retention-contents.ts';
import type { RetentionInput } from '../../domain/retention-judgement.ts';
import { printReason } from '../../domain/retention-reasons.ts';
import { NOW, RETENTION_INPUT } from './retention-arbitraries.ts';

const deletedBy = (plan: RetentionPlan) => new Set(plan.deletions.flatMap((one) => (one.kind === 'manifest' ? [one.digest] : [])));
const keptBy = (plan: RetentionPlan) => plan.manifests.filter((one) => one.verdict.kind === 'keep').map((one) => one.digest);

function apply(contents: RepositoryContents, deletion: Deletion): RepositoryContents {
  return deletion.kind === 'tag' ? withoutTag(contents, deletion.name) : withoutManifest(contents, deletion);
}

/** What a pull of a manifest asks for, itself included, as far as it is here. Written apart from the code under test. */
function pulledWith(contents: RepositoryContents, root: Digest): Set<Digest> {
  const here = new Map(contents.manifests.map((manifest) => [manifest.digest, manifest]));
  const seen = new Set<Digest>();
  const visit = (digest: Digest) => {
    const manifest = here.get(digest);
    if (manifest === undefined || seen.has(digest)) return;
    seen.add(digest);
    for (const child of childrenOf(manifest)) visit(child);
  };
  visit(root);
  return seen;
}

/** Everything that refers to a digest, by its subject or by the name of a tag. */
function attachedTo(contents: RepositoryContents, subject: Digest): Digest[] {
  const referrers = contents.manifests.filter((manifest) => subjectOf(manifest) === subject).map((manifest) => manifest.digest);
  const tagged = contents.tags.flatMap((tag) => (subjectOfTag(tag.name) === subject && tag.kind === 'naming' ? [tag.digest] : []));
  const here = new Set(contents.manifests.map((manifest) => manifest.digest));
  return [...referrers, ...tagged].filter((digest) => here.has(digest));
}

/** A digest cannot be in what it is the digest of: here parts come later in the alphabet. Tags may still close circles. */
function withoutCircles(contents: RepositoryContents): RepositoryContents {
  const honest = (manifest: RepositoryManifest): RepositoryManifest =>
    manifest.kind === 'index' ? { ...manifest, children: manifest.children.filter((child) => child > manifest.digest) } : manifest;
  return { ...contents, manifests: contents.manifests.map(honest) };
}

const holds = (property: (input: RetentionInput, plan: RetentionPlan) => void) =>
  fc.assert(
    fc.property(RETENTION_INPUT, (input) => property(input, decideRetention(input))),
    { numRuns: 1_000 },
  );

describe('whatever a repository holds, retention', () => {
  it('deletes no image that is protected, in whatever repository it was protected', () => {
    holds(({ protection }, plan) => {
      for (const digest of deletedBy(plan)) expect(protection.images.has(digest)).toBe(false);
    });
  });

  it('deletes no part, referrer or attachment of anything that is kept or protected, at any distance', () => {
    holds(({ contents, protection }, plan) => {
      const deleted = deletedBy(plan);
      for (const digest of [...keptBy(plan), ...protection.images.keys()]) {
        for (const part of pulledWith(contents, digest)) expect(deleted.has(part)).toBe(false);
        for (const one of attachedTo(contents, digest)) expect(deleted.has(one)).toBe(false);
      }
    });
  });

  it('keeps every tag that is held, kept by name or of a build under way, and what it names', () => {
    holds(({ contents, rule, protection }, plan) => {
      const deleted = deletedBy(plan);
      for (const { tag, verdict } of plan.tags) {
        const { name } = tag;
        const isHeld = protection.tags.some((hold) => hold.tag === name);
        const isBuilt = protection.commits.some(({ commit }) => name.startsWith(commit));
        const isNamed = rule?.tags.includes('*') || (rule?.tags.includes('latest') && name === 'latest');
        if (!isHeld && !isBuilt && !isNamed) continue;
        expect(verdict.kind).toBe('keep');
        expect(tag.kind === 'naming' && deleted.has(tag.digest)).toBe(false);
      }
      expect(plan.tags.map((one) => one.tag)).toEqual(contents.tags);
    });
  });

  it('names nothing kept whose image it deletes', () => {
    holds((_input, plan) => {
      const deleted = deletedBy(plan);
      for (const { tag, verdict } of plan.tags)
        if (verdict.kind === 'keep') expect(tag.kind === 'naming' && deleted.has(tag.digest)).toBe(false);
    });
  });

  it('leaves nothing without a part that it had, wherever it is cut short', () => {
    holds((input) => {
      let now = withoutCircles(input.contents);
      for (const deletion of decideRetention({ ...input, contents: now }).deletions) {
        const before = new Set(now.manifests.map((manifest) => manifest.digest));
        now = apply(now, deletion);
        const after = new Set(now.manifests.map((manifest) => manifest.digest));
        const lost = now.manifests.flatMap(childrenOf).filter((child) => before.has(child) && !after.has(child));
        expect(lost).toEqual([]);
      }
    });
  });

  it('is done after one run, and after a run that was cut short and begun again', () => {
    fc.assert(
      fc.property(RETENTION_INPUT, fc.nat(20), (input, cut) => {
        const first = decideRetention(input).deletions;
        const interrupted = first.slice(0, cut).reduce(apply, input.contents);
        const second = decideRetention({ ...input, contents: interrupted }).deletions;
        expect(new Set(second.map(nameOf))).toEqual(new Set(first.slice(cut).map(nameOf)));
        const ended = second.reduce(apply, interrupted);
        expect(decideRetention({ ...input, contents: ended }).deletions).toEqual([]);
        // A finished run leaves no memory of what it deleted.
        expect(decideRetention({ ...input, contents: { ...ended, departed: [] } }).deletions).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives what it deletes the same reasons before and while it deletes', () => {
    holds((input, plan) => {
      const reasons = new Map(plan.deletions.map((deletion) => [nameOf(deletion), deletion.reasons]));
      const half = plan.deletions.slice(0, Math.ceil(plan.deletions.length / 2)).reduce(apply, input.contents);
      for (const deletion of decideRetention({ ...input, contents: half }).deletions)
        expect(deletion.reasons).toEqual(reasons.get(nameOf(deletion)));
    });
  });

  it('plans the same whatever the order in which the registry lists things', () => {
    holds((input, plan) => {
      const { tags, manifests } = input.contents;
      const other = decideRetention({
        ...input,
        contents: { ...input.contents, tags: tags.toReversed(), manifests: manifests.toReversed() },
      });
      expect(new Set(other.deletions.map(nameOf))).toEqual(new Set(plan.deletions.map(nameOf)));
    });
  });

  it('deletes nothing where something cannot be read, and nothing where no rule is for the repository', () => {
    holds((input, plan) => {
      if (input.rule === undefined) expect(plan.deletions).toEqual([]);
      const unreadable = { kind: 'unreadable', digest: `sha256:${'f'.repeat(64)}` as Digest, why: 'it is of an unknown type' } as const;
      const contents = { ...input.contents, manifests: [...input.contents.manifests, unreadable] };
      expect(decideRetention({ ...input, contents }).deletions).toEqual([]);
      const tag = { kind: 'unreadable', name: 'strange', why: 'it is of an unknown type' } as const;
      expect(decideRetention({ ...input, contents: { ...input.contents, tags: [...input.contents.tags, tag] } }).deletions).toEqual([]);
    });
  });

  it('deletes nothing of a day, nor anything that nobody can date, unless it goes with something', () => {
    holds(({ contents, releases }, plan) => {
      for (const deletion of plan.deletions) {
        if (deletion.kind === 'tag' || deletion.reasons.some((reason) => reason.kind === 'goes-with-deleted')) continue;
        const manifest = contents.manifests.find((one) => one.digest === deletion.digest);
        const made = manifest !== undefined && 'created' in manifest ? [Date.parse(manifest.created ?? '')] : [];
        const released = releases
          .filter((one) => one.images.some((image) => image.digest === deletion.digest))
          .map((one) => Date.parse(one.createdAt));
        const believable = [...made, ...released].filter((at) => at > Date.parse('2013-03-01') && at <= NOW + 86_400_000);
        expect(believable.length).toBeGreaterThan(0);
        expect(NOW - Math.max(...believable)).toBeGreaterThan(86_400_000);
      }
    });
  });

  it('says why of everything, in words', () => {
    holds(({ contents }, plan) => {
      expect(plan.manifests).toHaveLength(contents.manifests.length);
      for (const { verdict } of [...plan.tags, ...plan.manifests]) {
        expect(verdict.reasons.length).toBeGreaterThan(0);
        for (const reason of verdict.reasons) expect(printReason(reason)).toMatch(/^\S(?!.*undefined).*\S$/);
      }
    });
  });
});

function nameOf(deletion: Deletion): string {
  return deletion.kind === 'tag' ? `tag ${deletion.name}` : deletion.digest;
}

it('the arbitrary repositories are worth trying: many are deleted from, and many deletions go with others', () => {
  const plans = fc.sample(RETENTION_INPUT, 1_000).map(decideRetention);
  const deletions = plans.flatMap((plan) => plan.deletions);
  const having = (kind: string) => deletions.filter((deletion) => deletion.reasons.some((reason) => reason.kind === kind)).length;
  expect(plans.filter((plan) => plan.deletions.length > 1).length).toBeGreaterThan(50);
  expect(having('goes-with-deleted')).toBeGreaterThan(20);
  expect(having('past-rules')).toBeGreaterThan(100);
  expect(deletions.filter((deletion) => deletion.kind === 'tag').length).toBeGreaterThan(10);
});
