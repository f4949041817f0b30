import { isPlaceOf, placeOf } from '../repository-place.ts';
import { fieldsOf } from './envelope.ts';

/** What is read of what an image was built from: SLSA 1.0 (and 1.1, of the same name) and 0.2. */
export const PROVENANCE_TYPES: readonly string[] = ['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2'];

/** A commit that something was built from. */
export interface GitSource {
  /** Its address, as whoever built it wrote it. */
  readonly repository: string;
  /** 40 digits. */
  readonly commit: string;
  /** The branch or tag that was built, without `refs/…/`; absent where it is not said. */
  readonly ref?: string;
}

/** All that provenance says of git. */
export interface Provenance {
  /** What the build was asked to build; absent where only the builder's materials say. */
  readonly begun?: GitSource;
  readonly materials: readonly GitSource[];
  /** What BuildKit was told by its caller, and looked at no further (`vcs`): a word, and nothing that a signature is about. */
  readonly hint?: GitSource;
}

/** What provenance comes to, seen from an application's own repositories. */
export type BuiltFrom =
  | ({ readonly kind: 'commit' } & GitSource)
  /** It was built from a repository that is none of them. */
  | ({ readonly kind: 'elsewhere' } & GitSource)
  /** It names several commits of them, and none that the build was begun with. */
  | { readonly kind: 'unclear'; readonly commits: readonly string[] };

type Fields = Readonly<Record<string, unknown>>;
/** Who builds from more is no builder. */
const MOST_MATERIALS = 10_000;
const LONGEST_ADDRESS = 1_000;

/**
 * Reads a predicate: https://slsa.dev/spec/v1.0/provenance and v0.2, as BuildKit, GitHub's attest-build-provenance and SLSA's generators write them. Undefined
 * for one of another type; what does not fit is left out.
 */
export function provenanceIn(predicateType: string, predicate: unknown): Provenance | undefined {
  const fields = fieldsOf(predicate) ?? {};
  if (predicateType === PROVENANCE_TYPES[0]) return read1(fields);
  return predicateType === PROVENANCE_TYPES[1] ? read02(fields) : undefined;
}

function read1({ buildDefinition, runDetails }: Fields): Provenance {
  const { externalParameters, resolvedDependencies } = fieldsOf(buildDefinition) ?? {};
  const { configSource, source, workflow } = fieldsOf(externalParameters) ?? {};
  const materials = sourcesIn(resolvedDependencies);
  const begun = sourceIn(configSource) ?? sourceIn(source) ?? builtBy(workflow, materials);
  const metadata = fieldsOf(fieldsOf(runDetails)?.metadata)?.buildkit_metadata;
  return provenanceOf(begun, materials, metadata);
}

function read02({ invocation, materials, metadata }: Fields): Provenance {
  const { configSource } = fieldsOf(invocation) ?? {};
  return provenanceOf(sourceIn(configSource), sourcesIn(materials), fieldsOf(metadata)?.['https://mobyproject.org/buildkit@v1#metadata']);
}

function provenanceOf(begun: GitSource | undefined, materials: readonly GitSource[], metadata: unknown): Provenance {
  const { source, revision } = fieldsOf(fieldsOf(metadata)?.vcs) ?? {};
  const hint = sourceIn({ uri: source, digest: { gitCommit: revision } });
  return { ...(begun !== undefined && { begun }), materials, ...(hint !== undefined && { hint }) };
}

/** GitHub Actions name the repository of the workflow, and its commit among the materials. */
function builtBy(workflow: unknown, materials: readonly GitSource[]): GitSource | undefined {
  const { repository } = fieldsOf(workflow) ?? {};
  if (typeof repository !== 'string') return undefined;
  return materials.find((material) => isPlaceOf(material.repository, [repository]));
}

function sourcesIn(materials: unknown): readonly GitSource[] {
  if (!Array.isArray(materials) || materials.length > MOST_MATERIALS) return [];
  return materials.flatMap((material) => sourceIn(material) ?? []);
}

/** A file or an image has a digest of another kind. */
function sourceIn(descriptor: unknown): GitSource | undefined {
  const { uri, digest } = fieldsOf(descriptor) ?? {};
  const { gitCommit, sha1 } = fieldsOf(digest) ?? {};
  const commit = gitCommit ?? sha1;
  if (typeof uri !== 'string' || uri.length > LONGEST_ADDRESS || typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit))
    return undefined;
  if (typeof sha1 === 'string' && sha1 !== commit) return undefined;
  const { repository, ref } = addressIn(uri);
  return { repository, commit, ...(ref !== '' && { ref }) };
}

/** `git+https://HOST/path@refs/heads/main` as in SLSA's documents, `https://HOST/path.git#refs/tags/v1:folder` as in BuildKit's. */
function addressIn(uri: string): { readonly repository: string; readonly ref: string } {
  const [address = '', fragment = ''] = uri.replace(/^git\+/, '').split('#', 2);
  const [, repository = address, ref = ''] = /^([a-z]+:\/\/[^/]+\/[^@]*|(?:[^/@:]+@)?[^/@:]+:(?!\/\/)[^@]*)@(.+)$/i.exec(address) ?? [];
  return { repository, ref: (ref || fragment.replace(/:.*$/, '')).replace(/^refs\/(?:heads|tags)\//, '') };
}

/** What was built, for an application whose repositories these are. Undefined where provenance says nothing of git, or its repositories have no address. */
export function builtFrom({ begun, materials }: Provenance, repositories: readonly string[]): BuiltFrom | undefined {
  if (repositories.length === 0) return undefined;
  const own = (source: GitSource) => isPlaceOf(source.repository, repositories);
  if (begun !== undefined && own(begun)) return { kind: 'commit', ...begun };
  const [first, ...others] = materials.filter(own);
  if (first === undefined) return begun && { kind: 'elsewhere', ...begun };
  const commits = [...new Set([first, ...others].map(({ commit }) => commit))];
  return commits.length === 1 ? { kind: 'commit', ...first } : { kind: 'unclear', commits };
}

/** Why provenance does not speak for an image that is given for a commit of one of these repositories; undefined where it does, or says nothing of it. */
export function disagreement(provenance: Provenance, commit: string, repositories: readonly string[]): string | undefined {
  const built = builtFrom(provenance, repositories);
  if (built === undefined || (built.kind === 'commit' && built.commit === commit)) return undefined;
  return `it says that the image was built from ${builtText(built)}, and the release is of ${commit}`;
}

/** For a sentence, as short as it can be told apart. */
export function builtText(built: BuiltFrom): string {
  if (built.kind === 'unclear') return `several commits at once (${built.commits.slice(0, 3).join(', ')})`;
  return `${built.commit} of ${placeOf(built.repository).slice(0, 100)}`;
}

/** The same for what is the same source, however its repository is written. */
export function sourceKey(built: BuiltFrom): string {
  return built.kind === 'unclear' ? built.commits.join() : `${built.kind} ${built.commit}`;
}
