import type { Digest } from './digest.ts';
import { type Companion, type RepositoryManifest, type RepositoryTag, subjectOfTag } from './retention-contents.ts';
import { leadsFirst } from './retention-graph.ts';
import { Judge, type RetentionInput } from './retention-judgement.ts';
import type { DeleteReason, KeepReason } from './retention-reasons.ts';
import type { KeepRule } from './retention-rules.ts';

export type Verdict =
  | { readonly kind: 'keep'; readonly reasons: readonly KeepReason[] }
  | { readonly kind: 'delete'; readonly reasons: readonly DeleteReason[] };

export interface TagVerdict {
  readonly tag: RepositoryTag;
  readonly verdict: Verdict;
}

export interface ManifestVerdict {
  readonly digest: Digest;
  readonly manifest: RepositoryManifest['kind'];
  readonly tags: readonly string[];
  readonly verdict: Verdict;
}

/** One call of the registry. */
export type Deletion =
  /** The tags that name it go with it. `parts` go with it too, in deletions of their own that come later. */
  | {
      readonly kind: 'manifest';
      readonly digest: Digest;
      readonly tags: readonly string[];
      readonly parts: readonly Companion[];
      readonly reasons: readonly DeleteReason[];
    }
  /** The manifest stays, under its other names or as part of something. */
  | { readonly kind: 'tag'; readonly name: string; readonly digest: Digest; readonly reasons: readonly DeleteReason[] };

export interface RetentionPlan {
  readonly repository: string;
  readonly tags: readonly TagVerdict[];
  readonly manifests: readonly ManifestVerdict[];
  /**
   * In the order in which they are done: what leads before what goes with it, so that at no moment anything that can be
   * asked for lacks a part that it had.
   */
  readonly deletions: readonly Deletion[];
}

/** All that a deletion takes away, each by a name: what a person confirms, and what the plan's hash is over. */
export function namesOf(deletion: Deletion): readonly string[] {
  if (deletion.kind === 'tag') return [nameOfTag(deletion.name, deletion.digest)];
  return [deletion.digest, ...deletion.tags.map((tag) => nameOfTag(tag, deletion.digest))];
}

/** Names a tag together with what it names: moved, it is another one. */
export function nameOfTag(tag: string, digest: Digest): string {
  return `tag ${tag} of ${digest}`;
}

/** All that a plan deletes, in an order of its own. */
export function namesIn({ deletions }: Pick<RetentionPlan, 'deletions'>): readonly string[] {
  return deletions.flatMap(namesOf).sort();
}

/** Whether what was recorded to be deleted covers what would be deleted now: the same, with no other name and no further part. */
export function isCovered(now: Deletion, recorded: Deletion): boolean {
  const partsOf = (deletion: Deletion): readonly Digest[] => (deletion.kind === 'tag' ? [] : deletion.parts.map(({ digest }) => digest));
  const known = new Set(partsOf(recorded));
  return now.kind === recorded.kind && isSame(namesOf(now), namesOf(recorded)) && partsOf(now).every((part) => known.has(part));
}

function isSame(names: readonly string[], others: readonly string[]): boolean {
  return names.length === others.length && names.every((name) => others.includes(name));
}

/**
 * What to keep and what to delete of one repository, each with its reasons. Whatever is deployed, within reach of a rollback, under way
 * or held stays, with all that belongs to it; so does what nobody can read, date or place.
 */
export function decideRetention(input: RetentionInput): RetentionPlan {
  const judge = new Judge(input);
  const kept = keptManifests(input, judge);
  const tags = input.contents.tags.map((tag) => ({ tag, verdict: tagVerdict(tag, input, judge, kept) }));
  const manifests = input.contents.manifests.map((manifest) => ({
    digest: manifest.digest,
    manifest: manifest.kind,
    tags: judge.graph.tagsOf(manifest.digest).map((tag) => tag.name),
    verdict: manifestVerdict(manifest, input, judge, kept),
  }));
  return { repository: input.contents.repository, tags, manifests, deletions: deletionsOf(tags, manifests, judge) };
}

type Kept = ReadonlyMap<Digest, readonly KeepReason[]>;

/** Every manifest that has a reason of its own or by a tag, and everything that goes with one that is kept. */
function keptManifests({ contents, protection }: RetentionInput, judge: Judge): Kept {
  const kept = new Map<Digest, KeepReason[]>();
  const add = (digest: Digest, reasons: readonly KeepReason[]) => {
    if (reasons.length > 0 && judge.graph.manifests.has(digest)) kept.set(digest, [...(kept.get(digest) ?? []), ...reasons]);
  };
  for (const manifest of contents.manifests) add(manifest.digest, judge.manifest(manifest));
  for (const tag of contents.tags) if (tag.kind === 'naming') add(tag.digest, judge.tag(tag));
  // It grows while it is read. What is protected keeps what belongs to it even where it is not here itself.
  const open = [...new Set([...kept.keys(), ...protection.images.keys()])];
  for (const lead of open) {
    for (const { digest, bond } of judge.graph.companionsOf(lead)) {
      if (!kept.has(digest)) open.push(digest);
      if (!kept.get(digest)?.some((reason) => reason.kind === 'goes-with')) add(digest, [{ kind: 'goes-with', bond, lead }]);
    }
  }
  return kept;
}

function tagVerdict(tag: RepositoryTag, { rule }: RetentionInput, judge: Judge, kept: Kept): Verdict {
  const own = judge.tag(tag);
  if (own.length > 0 || tag.kind !== 'naming') return { kind: 'keep', reasons: own };
  const lead = subjectOfTag(tag.name);
  const image = kept.get(tag.digest) ?? [];
  if (lead !== undefined && kept.has(lead)) return { kind: 'keep', reasons: [{ kind: 'goes-with', bond: 'attached', lead }] };
  const forItself = image.filter((reason) => !isByAnother(reason));
  if (lead === undefined && forItself.length > 0) return { kind: 'keep', reasons: forItself };
  if (isUnclear(forItself)) return { kind: 'keep', reasons: forItself };
  const index = judge.indexesOf(tag).find((one) => kept.has(one));
  if (index !== undefined) return { kind: 'keep', reasons: [{ kind: 'goes-with', bond: 'child', lead: index }] };
  if (lead !== undefined) return { kind: 'delete', reasons: [{ kind: 'goes-with-deleted', bond: 'attached', lead }] };
  const manifest = judge.graph.manifests.get(tag.digest);
  if (image.length > 0 || manifest === undefined) return { kind: 'delete', reasons: [{ kind: 'tag-past-rules', rule: rule ?? NOTHING }] };
  return manifestVerdict(manifest, { rule }, judge, kept);
}

const NOTHING: KeepRule = { tags: [] };

/** Reasons that keep a manifest and say nothing for its further names. */
function isByAnother(reason: KeepReason): boolean {
  return ['tag-fits', 'tag-held', 'build-under-way', 'goes-with'].includes(reason.kind);
}

/** What nobody understands here leaves every name alone. */
function isUnclear(reasons: readonly KeepReason[]): boolean {
  return reasons.some((reason) => ['no-rule', 'outdated', 'unreadable', 'may-be-needed', 'stray'].includes(reason.kind));
}

function manifestVerdict(manifest: RepositoryManifest, { rule }: Pick<RetentionInput, 'rule'>, judge: Judge, kept: Kept): Verdict {
  const reasons = kept.get(manifest.digest);
  if (reasons !== undefined) return { kind: 'keep', reasons };
  const lead = judge.leadOf(manifest.digest);
  if (lead !== undefined) return { kind: 'delete', reasons: [{ kind: 'goes-with-deleted', ...lead }] };
  return { kind: 'delete', reasons: [{ kind: 'past-rules', age: judge.ageOf(manifest), rule: rule ?? NOTHING }] };
}

function deletionsOf(tags: readonly TagVerdict[], manifests: readonly ManifestVerdict[], { graph }: Judge): readonly Deletion[] {
  const doomed = new Map(manifests.flatMap((one) => (one.verdict.kind === 'delete' ? [[one.digest, one.verdict.reasons] as const] : [])));
  const names = tags.flatMap(({ tag, verdict }): Deletion[] =>
    verdict.kind === 'keep' || tag.kind !== 'naming' || doomed.has(tag.digest)
      ? []
      : [{ kind: 'tag', name: tag.name, digest: tag.digest, reasons: verdict.reasons }],
  );
  const contents = leadsFirst(graph, new Set(doomed.keys())).map((digest): Deletion => {
    const parts = graph.companionsOf(digest).filter((part) => doomed.has(part.digest));
    return { kind: 'manifest', digest, tags: graph.tagsOf(digest).map((tag) => tag.name), parts, reasons: doomed.get(digest) ?? [] };
  });
  return [...names, ...contents];
}
