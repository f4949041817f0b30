import { type PinnedImage, printImage } from '../../domain/image.ts';
import type { RegistryExchange } from './errors.ts';

/** What arrived does not have the digest or the size that was asked for. Terminal. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch';

  constructor(image: PinnedImage, from: string, seen: string) {
    super(`Expected ${printImage(image)} from ${from} and saw ${seen}. Nothing was done with it; find out who changed it before you go on`);
  }
}

/** A blob's bytes ended too early, again after every repetition that is allowed. Retryable. */
export class ContentTruncated extends Error {
  override readonly name = 'ContentTruncated';

  constructor(exchange: RegistryExchange, options?: ErrorOptions) {
    super(
      `Registry ${exchange.registry} breaks off ${exchange.image} before its end: ${exchange.seen}. Check the network and what limits answers on the way to ${exchange.by}`,
      options,
    );
  }
}

/** The registry is there and does not hold the blob that a manifest names. Terminal. */
export class BlobMissing extends Error {
  override readonly name = 'BlobMissing';

  constructor(exchange: RegistryExchange) {
    super(
      `Expected registry ${exchange.registry} to hold ${exchange.image}, and ${exchange.seen}. The image is not whole there; push it again`,
    );
  }
}

/** The registry does not create the repository by itself. Terminal. */
export class RepositoryMissing extends Error {
  override readonly name = 'RepositoryMissing';

  constructor(exchange: RegistryExchange) {
    super(
      `Expected a repository for ${exchange.image} at registry ${exchange.registry}, and there is none: ${exchange.seen}. Create it there first, or correct its name`,
    );
  }
}

/** A manifest was put before what it names: the registry does not hold all of it. Terminal. */
export class ManifestIncomplete extends Error {
  override readonly name = 'ManifestIncomplete';

  constructor(exchange: RegistryExchange) {
    super(
      `Registry ${exchange.registry} does not take ${exchange.image} as it lacks something that the manifest names: ${exchange.seen}. Copy it again, whole; a layer that lies elsewhere (urls) must be allowed at the registry`,
    );
  }
}

/** The registry does not delete: neither this kind of thing, or nothing at all. Terminal. */
export class DeletionUnsupported extends Error {
  override readonly name = 'DeletionUnsupported';

  constructor(exchange: RegistryExchange) {
    super(
      `Registry ${exchange.registry} does not delete ${exchange.image}: ${exchange.seen}. Allow it there (distribution: storage.delete.enabled), or delete by digest`,
    );
  }
}

/** The registry has no room left. Terminal: room is made by a person. */
export class RegistryFull extends Error {
  override readonly name = 'RegistryFull';

  constructor(exchange: RegistryExchange) {
    super(
      `Registry ${exchange.registry} has no room left for ${exchange.image}: ${exchange.seen}. Free some there (tidegate registry retention, then its garbage collection)`,
    );
  }
}

/** The registry forgot an upload, each time that it was begun. Retryable. */
export class UploadLost extends Error {
  override readonly name = 'UploadLost';

  constructor(exchange: RegistryExchange, options?: ErrorOptions) {
    super(
      `Registry ${exchange.registry} forgot the upload of ${exchange.image} each time it was begun: ${exchange.seen}. If there are several registries behind one address, they must share storage and http.secret`,
      options,
    );
  }
}

/** More referrers name one subject than anybody reads. Terminal. */
export class TooManyReferrers extends Error {
  override readonly name = 'TooManyReferrers';

  constructor(exchange: RegistryExchange, limit: number) {
    super(
      `Expected at most ${limit} referrers of ${exchange.image} at registry ${exchange.registry}, and ${exchange.seen}. Delete those that nobody needs`,
    );
  }
}

/** Other writers changed a subject's fallback index each time that we had written it. Retryable. */
export class ReferrersContended extends Error {
  override readonly name = 'ReferrersContended';

  constructor(exchange: RegistryExchange) {
    super(
      `Expected the referrers of ${exchange.image} at registry ${exchange.registry} to keep what ${exchange.by} listed, and ${exchange.seen}. Let one writer at a time change them`,
    );
  }
}
