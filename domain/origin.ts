import { IMAGE_LABELS, type ImageLabels, originIn } from './image-labels.ts';
import { type BuiltFrom, builtFrom, builtText, type Provenance, sourceKey } from './trust/provenance.ts';
import type { SignedSource } from './trust/signed-sources.ts';

/** What an image says of itself, in its labels or in provenance that nobody signed: whoever pushed it wrote that. */
export interface OwnWord {
  readonly by: 'label' | 'provenance';
  readonly commit: string;
  /** The branch or tag that it names. */
  readonly ref?: string;
}

/** All that is known of what an image was built from, as far as it is of the application's own repositories. */
export interface OriginEvidence {
  /** By keys of the policies that the application's stages ask for. */
  readonly signed: readonly SignedSource[];
  readonly own: readonly OwnWord[];
  /** Those policies ask for provenance, and there is none yet that counts: builders push first and attest afterwards. */
  readonly isAwaited?: true;
}

/** The commit that an image is to be released with, and where to look for it. */
export interface SaidCommit {
  readonly commit: string;
  /** Branches or tags that may lead to it. */
  readonly refs: readonly string[];
  /** How that is known, for a sentence. */
  readonly by: string;
}

/**
 * Why an image is not of the commit that it is given for, for a sentence that begins with its name; undefined where nothing speaks against it. What is signed decides alone where there is
 * anything. What the image says itself can speak against a commit, and proves none.
 */
export function objectionTo(commit: string, { signed, own }: OriginEvidence): string | undefined {
  if (signed.some(({ built }) => isOf(built, commit))) return undefined;
  const [proved] = signed;
  if (proved !== undefined) return `was built from ${builtText(proved.built)}, by provenance that ${proved.keys.join(' and ')} signed`;
  const other = own.find((word) => word.commit !== commit);
  return other && `says by its ${other.by} that it was built from ${other.commit}`;
}

/** The commit that an image is of: what is signed, or else what it says itself. Undefined where neither says anything; in words where they do not say one thing. */
export function commitSaid({ signed, own }: OriginEvidence): SaidCommit | string | undefined {
  const [first, ...more] = signed;
  if (first === undefined) return ownCommit(own);
  if (more.every(({ built }) => sourceKey(built) === sourceKey(first.built))) return provedCommit(first);
  const said = ownCommit(own);
  const both = typeof said === 'object' ? signed.find(({ built }) => isOf(built, said.commit)) : undefined;
  return both === undefined
    ? `has provenance of ${listed(signed.map(({ built }) => builtText(built)))}, all of it signed`
    : provedCommit(both);
}

function provedCommit({ built, keys }: SignedSource): SaidCommit | string {
  const by = `provenance that ${keys.join(' and ')} signed`;
  if (built.kind !== 'commit') return `was built from ${builtText(built)}, by ${by}`;
  return { commit: built.commit, refs: built.ref === undefined ? [] : [built.ref], by };
}

function ownCommit(own: readonly OwnWord[]): SaidCommit | string | undefined {
  const [first] = own;
  if (first === undefined) return undefined;
  const commits = own.map(({ commit }) => commit);
  if (commits.some((commit) => commit !== first.commit)) return `says that it was built from ${listed(commits)}`;
  return { commit: first.commit, refs: own.flatMap(({ ref }) => ref ?? []), by: `its ${first.by}` };
}

function isOf(built: BuiltFrom, commit: string): boolean {
  return built.kind === 'commit' && built.commit === commit;
}

function listed(texts: readonly string[]): string {
  return [...new Set(texts)].slice(0, 3).join(' and of ');
}

/** What is part of an image itself, under its digest. */
export interface SelfDescription {
  readonly labels: ImageLabels;
  /** Of the builder, in the image's own index. */
  readonly provenance: readonly Provenance[];
}

/** What an image says itself of the commit that it was built from, of one of these repositories. What it says of others is left out: labels are handed down from base images. */
export function ownWords({ labels, provenance }: SelfDescription, repositories: readonly string[]): readonly OwnWord[] {
  const labelled = originIn(labels, repositories);
  const version = labels[IMAGE_LABELS.version];
  const label: OwnWord[] = labelled === undefined ? [] : [{ by: 'label', commit: labelled, ...(version && { ref: version }) }];
  return [...label, ...provenance.flatMap((one) => toldBy(one, repositories) ?? [])];
}

/** BuildKit is told by its caller what is in a working copy: a word as good as a label. */
function toldBy(provenance: Provenance, repositories: readonly string[]): OwnWord | undefined {
  const { hint } = provenance;
  const built = builtFrom(provenance, repositories) ?? (hint && builtFrom({ begun: hint, materials: [] }, repositories));
  if (built?.kind !== 'commit') return undefined;
  return { by: 'provenance', commit: built.commit, ...(built.ref !== undefined && { ref: built.ref }) };
}
