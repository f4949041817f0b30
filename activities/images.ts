import type { Digest } from '../domain/digest.ts';
import type { PinnedImage } from '../domain/image.ts';
import type { ImageSource } from '../domain/pipeline.ts';

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
