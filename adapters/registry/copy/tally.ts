import type { BlobState, CopiedImage, CopyProgress } from '../../../activities/registry/ports.ts';
import type { Digest } from '../../../domain/digest.ts';
import type { Descriptor } from '../../../domain/oci-manifest.ts';

type End = Exclude<BlobState, 'sending'>;

/** Counts what one order's copy does, and tells of it. */
export class Tally {
  readonly #blobs: Record<End, number> = { mounted: 0, sent: 0, present: 0, foreign: 0 };
  readonly #bytes: Record<End, number> = { mounted: 0, sent: 0, present: 0, foreign: 0 };
  readonly #manifests = { put: 0, present: 0 };
  readonly #referrers = { put: 0, present: 0 };
  readonly #tags: string[] = [];
  readonly #planned = new Map<Digest, number>();

  constructor(
    private readonly order: number,
    private readonly onProgress: (progress: CopyProgress) => void,
  ) {}

  planned(blobs: readonly Descriptor[]): void {
    for (const { digest, size } of blobs) this.#planned.set(digest, size);
    const bytes = [...this.#planned.values()].reduce((sum, size) => sum + size, 0);
    this.onProgress({ kind: 'planned', order: this.order, blobs: this.#planned.size, bytes });
  }

  /** `bytes` of it are over by now. */
  sending({ digest, size }: Descriptor, bytes: number): void {
    this.onProgress({ kind: 'blob', order: this.order, digest, size, state: 'sending', bytes: Math.min(bytes, size) });
  }

  blob({ digest, size }: Descriptor, state: End): void {
    this.#blobs[state] += 1;
    this.#bytes[state] += size;
    this.onProgress({ kind: 'blob', order: this.order, digest, size, state, bytes: size });
  }

  manifest(digest: Digest, state: 'put' | 'present'): void {
    this.#manifests[state] += 1;
    this.onProgress({ kind: 'manifest', order: this.order, digest, state });
  }

  referrer(digest: Digest, state: 'put' | 'present'): void {
    this.#referrers[state] += 1;
    this.onProgress({ kind: 'manifest', order: this.order, digest, state });
  }

  tag(tag: string): void {
    this.#tags.push(tag);
    this.onProgress({ kind: 'tag', order: this.order, tag });
  }

  result(repository: string, roots: readonly Digest[]): CopiedImage {
    const { mounted, sent, present } = this.#bytes;
    return {
      images: roots.map((digest) => ({ repository, digest })),
      manifests: { ...this.#manifests },
      referrers: { ...this.#referrers },
      blobs: { ...this.#blobs },
      bytes: { mounted, sent, present },
      tags: [...this.#tags],
    };
  }
}
