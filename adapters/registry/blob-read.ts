import { createHash, type Hash } from 'node:crypto';
import { ContentTruncated } from '../../activities/registry/content-errors.ts';
import { RegistryUnavailable } from '../../activities/registry/errors.ts';
import type { Descriptor } from '../../domain/oci-manifest.ts';
import { answerFrom } from './blob-answer.ts';
import { type BlobPlace, imageOf, mismatch } from './blob-place.ts';
import type { BlobRead } from './contents.ts';
import type { Origin, Origins } from './mirrors.ts';
import type { Repository } from './reference.ts';
import { pause } from './waiting.ts';

interface Read extends Required<BlobRead> {
  readonly origins: Origins;
  readonly repository: Repository;
  readonly blob: Descriptor;
}

/** Bytes after which a cut counts as the first again. */
const PROGRESS = 1024 * 1024;

const FIRST_PAUSE_MS = 100;

/**
 * A blob's bytes from an offset on. The last of them are handed over only when all have the blob's digest (from 0 on) and size, so
 * that nobody takes a corrupt blob for whole. What breaks off is asked for again from there. Throws the registry's errors.
 */
export async function* readBlob({ origins, repository, blob, offset, lends, signal }: Read): AsyncGenerator<Buffer> {
  const check = new BlobCheck(blob, offset);
  for (let cuts = 0, reached = offset; !check.isWhole; ) {
    const [origin] = origins.of(repository);
    const place: BlobPlace = { ...origin, blob };
    try {
      for await (const chunk of answerFrom(place, check.position, { lends, signal })) {
        check.count(place, chunk);
        yield chunk;
      }
      check.end(place);
    } catch (error) {
      signal.throwIfAborted();
      origins.rest(origin);
      // The last byte was there.
      if (check.isWhole) return;
      if (check.position - reached >= PROGRESS) cuts = 0;
      reached = check.position;
      if (!origin.isMirror) cuts += 1;
      if (!isWorthAsking(error, origin, check, cuts)) throw named(place, check, error);
      if (!origin.isMirror) await pause(FIRST_PAUSE_MS * 2 ** (cuts - 1), signal);
    }
  }
}

/** What a mirror fails at is asked of the registry; what a registry broke off in the middle is asked of it again. */
function isWorthAsking(error: unknown, { isMirror, connection }: Origin, check: BlobCheck, cuts: number): boolean {
  if (isMirror) return !check.isSpoilt;
  const isCut = error instanceof ContentTruncated || error instanceof RegistryUnavailable;
  return isCut && check.position > 0 && cuts <= connection.limits.repetitions;
}

function named(place: BlobPlace, { position }: BlobCheck, error: unknown): unknown {
  if (!(error instanceof RegistryUnavailable || error instanceof ContentTruncated) || position === 0) return error;
  const seen = `${position} of ${place.blob.size} bytes came, and then no more`;
  return new ContentTruncated({ ...place.connection.place(imageOf(place)), seen }, { cause: error });
}

/** What has come of a blob, and whether it can be the blob. */
class BlobCheck {
  /** A part has no digest of its own. */
  readonly #hash: Hash | undefined;
  #position: number;
  #state: 'coming' | 'whole' | 'spoilt';

  constructor(
    private readonly blob: Descriptor,
    offset: number,
  ) {
    this.#hash = offset === 0 ? createHash('sha256') : undefined;
    this.#position = offset;
    this.#state = offset > 0 && offset >= blob.size ? 'whole' : 'coming';
  }

  get position(): number {
    return this.#position;
  }

  get isWhole(): boolean {
    return this.#state === 'whole';
  }

  /** Whether bytes came that cannot be the blob's. */
  get isSpoilt(): boolean {
    return this.#state === 'spoilt';
  }

  /** Throws DigestMismatch at the last byte when all are not the blob, and at the first that is too many. */
  count(place: BlobPlace, chunk: Buffer): void {
    this.#hash?.update(chunk);
    this.#position += chunk.length;
    if (this.#position > this.blob.size) throw this.#spoilt(place, `more than its ${this.blob.size} bytes`);
    if (this.#position === this.blob.size) this.#requireDigest(place);
  }

  /** A blob of no bytes is whole as soon as nothing came. */
  end(place: BlobPlace): void {
    if (this.#state === 'coming' && this.#position === this.blob.size) this.#requireDigest(place);
  }

  #requireDigest(place: BlobPlace): void {
    const seen = this.#hash && `sha256:${this.#hash.digest('hex')}`;
    if (seen !== undefined && seen !== this.blob.digest) throw this.#spoilt(place, seen);
    this.#state = 'whole';
  }

  #spoilt(place: BlobPlace, seen: string): Error {
    this.#state = 'spoilt';
    return mismatch(place, seen);
  }
}
