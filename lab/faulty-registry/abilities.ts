/** What registries differ in without breaking the specification. */
export interface Abilities {
  /** Without it, clients keep referrers under a tag. */
  readonly referrersApi: boolean;
  readonly filtersReferrers: boolean;
  /** Descriptors in one answer. */
  readonly referrersPage: number;
  /** Tags in one answer, whatever is asked for. */
  readonly tagsPage: number;
  readonly deletes: boolean;
  readonly deletesTags: boolean;
  readonly mounts: 'never' | 'from a named repository' | 'from anywhere';
  /** Whether a blob can be had from an offset on. */
  readonly ranges: boolean;
  /** Whether one POST can bring a whole blob. */
  readonly singlePost: boolean;
  /** What becomes of an upload's bytes when its connection breaks. */
  readonly cutUploads: 'keep what came' | 'go back to the last whole chunk' | 'are forgotten';
  /** Bytes, said in OCI-Chunk-Min-Length. */
  readonly smallestChunk: number;
  /** Bytes; above it manifests are answered with 413. */
  readonly largestManifest: number;
  /** Whether a manifest may name what is not there. */
  readonly acceptsMissingChildren: boolean;
  /** Whether a blob that comes is held against the digest that it is said to have, as the specification demands. */
  readonly checksDigests: boolean;
}

export const ALL_ABILITIES: Abilities = {
  referrersApi: true,
  filtersReferrers: true,
  referrersPage: 100,
  tagsPage: 1000,
  deletes: true,
  deletesTags: true,
  mounts: 'from a named repository',
  ranges: true,
  singlePost: true,
  cutUploads: 'keep what came',
  smallestChunk: 0,
  largestManifest: 4 * 1024 * 1024,
  acceptsMissingChildren: false,
  checksDigests: true,
};
