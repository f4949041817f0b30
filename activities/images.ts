import type { Digest } from '../domain/digest.ts';
import type { PinnedImage } from '../domain/image.ts';
import { type BaseImage, basesIn, type ImageLabels, printBase } from '../domain/image-labels.ts';
import type { Platform } from '../domain/oci-manifest.ts';
import type { ImageSource } from '../domain/pipeline.ts';
import type { Secret } from '../domain/secret.ts';
import { waitingForSource } from './images/waiting-for-source.ts';
import { withHeartbeat } from './with-heartbeat.ts';

export interface BuildRequest {
  readonly application: string;
  readonly release: number;
  readonly commit: string;
  readonly component: string;
  readonly repository: string;
  readonly source: Extract<ImageSource, { kind: 'build' }>;
}

export interface BuildOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Builds a component from its commit on the installation's build host and pushes it. */
export interface ImageBuilder {
  /** Throws BuildFailed with the last lines of the build, or SourceUnavailable. Returns the digest that the registry holds. */
  build(request: BuildRequest, options: BuildOptions): Promise<PinnedImage>;
}

/** What the engine asks of a registry. */
export interface Registry {
  /** The digest of the manifest that a tag points at now, checked against the bytes. Undefined when the registry says that there is none. */
  resolve(repository: string, tag: string, options: { readonly signal: AbortSignal }): Promise<Digest | undefined>;
  /** Whether the registry holds the manifest. */
  has(image: PinnedImage, options: { readonly signal: AbortSignal }): Promise<boolean>;
}

/** An image of one platform (`os/architecture`, `os/architecture/variant`), as a registry holds it. */
export interface PlatformImage {
  readonly platform: string;
  readonly digest: Digest;
}

/** Knows what images are for, and makes one of those for several platforms. */
export interface ImageIndexes {
  /** What an image that is no index says that it is for; undefined where it says nothing. Throws ManifestMissing, NotAnImage and the registry's errors. */
  platformOf(image: PinnedImage, options: { readonly signal: AbortSignal }): Promise<Platform | undefined>;
  /**
   * Puts an index of images that the repository holds under a tag, in their order, and returns its digest: the same images have the same. Throws
   * PlatformMissing for an image that is for another platform than it is to be, ManifestMissing, NotAnImage and the registry's errors.
   */
  join(
    repository: string,
    tag: string,
    images: readonly PlatformImage[],
    options: { readonly signal: AbortSignal; readonly annotations: ImageLabels },
  ): Promise<Digest>;
}

/** Reads what an image says of itself. */
export interface ImageLabelReader {
  /** Of an index the first image speaks for all. Undefined where its registry has no such image. */
  labels(image: PinnedImage, options: { readonly signal: AbortSignal }): Promise<ImageLabels | undefined>;
  /** What each of an index's images says, in its order; of any other image what it says. Nothing where its registry has no such image. */
  labelsOfEach(image: PinnedImage, options: { readonly signal: AbortSignal }): Promise<readonly ImageLabels[]>;
}

/** Who we are to a registry. */
export type RegistryCredential =
  | { readonly username: string; readonly password: Secret }
  /** What some sign-ins leave instead of a password: exchanged for access tokens. */
  | { readonly identityToken: Secret };

/** The credential for a registry's address (`127.0.0.1:5000`, `docker.io`); undefined asks anonymously. */
export type RegistryCredentials = (registry: string) => Promise<RegistryCredential | undefined>;

/** The value of a secret that the installation gives an application's builds; undefined where it gives none of that id. */
export type BuildSecrets = (application: string, id: string) => Promise<Secret | undefined>;

/** A commit's files on their way. */
export interface SourceFiles {
  /** An uncompressed tar, with the commit in its global header. It fails where its source does, with SourceUnavailable. */
  readonly tar: NodeJS.ReadableStream;
  /** Whether all of it is below one folder that is none of the source's. */
  readonly isWrapped: boolean;
}

/** The applications' git repositories. Throws SourceUnavailable, UnknownCommit, UnknownPath or SourceNotConfigured. */
export interface SourceArchive {
  /** The commit (40 digits) that a branch, tag or commit names now. */
  resolve(application: string, ref: string, options: { readonly signal: AbortSignal }): Promise<string>;
  /** The commit's files. Nothing of them is checked yet: whoever unpacks them has to. */
  archive(application: string, commit: string, options: { readonly signal: AbortSignal }): Promise<SourceFiles>;
  /** A text file of the commit. */
  file(application: string, commit: string, path: string, options: { readonly signal: AbortSignal }): Promise<string>;
  /** Whether a branch or tag of the repository leads to a commit now. Where not all can be looked at, the default branch and those that are named are. */
  leadsTo(application: string, commit: string, refs: readonly string[], options: { readonly signal: AbortSignal }): Promise<boolean>;
  /** Whether the commit holds a file or folder at the path. */
  exists(application: string, commit: string, path: string, options: { readonly signal: AbortSignal }): Promise<boolean>;
}

interface ImageParts {
  readonly builder: ImageBuilder;
  readonly labels: ImageLabelReader;
}

export interface BuiltImage {
  readonly image: PinnedImage;
  /** What it was made from, as it says itself; absent where it says nothing. */
  readonly bases?: readonly BaseImage[];
}

/** Activities around images. A build can run twice: the builder adopts what an earlier attempt pushed. */
export function createImageActivities({ builder, labels }: ImageParts) {
  return {
    /** Builds and pushes one component; heartbeats with the build's last line. Throws what ImageBuilder throws; a source that GitHub does not hand out now is waited for. */
    buildComponent: async (request: BuildRequest): Promise<BuiltImage> =>
      withHeartbeat(async (options) => {
        const image = await waitingForSource(() => builder.build(request, options));
        // Of what is there and not of what was done: an earlier attempt may have built it.
        const bases = allBases(await labels.labelsOfEach(image, options));
        return { image, ...(bases.length > 0 && { bases }) };
      }),
  };
}

/** Those of all platforms, each once. */
function allBases(labels: readonly ImageLabels[]): readonly BaseImage[] {
  return [...new Map(labels.flatMap(basesIn).map((base) => [printBase(base), base])).values()];
}
