import { type PinnedImage, printImage } from '../../domain/image.ts';

/** Names of a failed exchange with a registry; `by` is who asked, `host hamburg` or `tidegate`. */
export interface RegistryExchange {
  readonly registry: string;
  /** With repository and tag or digest: `127.0.0.1:5000/shop/web@sha256:…`. */
  readonly image: string;
  readonly by: string;
  readonly seen: string;
}

/** The registry does not answer, breaks off, or says that it cannot now. Retryable. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';

  constructor(exchange: RegistryExchange, options?: ErrorOptions) {
    super(
      `Registry ${exchange.registry} did not serve ${exchange.image} to ${exchange.by}: ${exchange.seen}. Check that it runs and can be reached from there`,
      options,
    );
  }
}

/** The registry wants to be asked less often, or later. Retryable, not before `retryAfterMs`. */
export class RegistryBusy extends Error {
  override readonly name = 'RegistryBusy';

  /** `retryAfterMs` is what the registry said in Retry-After; undefined when it said nothing. */
  constructor(
    exchange: RegistryExchange,
    readonly retryAfterMs: number | undefined,
  ) {
    const later = retryAfterMs === undefined ? 'later' : `in ${Math.ceil(retryAfterMs / 1000)} s`;
    super(
      `Registry ${exchange.registry} puts off ${exchange.image} for ${exchange.by}: ${exchange.seen}. Ask again ${later}; with credentials most registries allow more`,
    );
  }
}

/** The registry refuses us. Terminal. */
export class RegistryRefused extends Error {
  override readonly name = 'RegistryRefused';

  constructor(exchange: RegistryExchange, options?: ErrorOptions) {
    super(
      `Registry ${exchange.registry} refuses ${exchange.image} to ${exchange.by}: ${exchange.seen}. Check the credentials given for it and what they may do`,
      options,
    );
  }
}

/** The certificate that answers at the registry's address is not trusted. Terminal. */
export class RegistryUntrusted extends Error {
  override readonly name = 'RegistryUntrusted';

  constructor(exchange: RegistryExchange, options?: ErrorOptions) {
    super(
      `Expected registry ${exchange.registry} to prove who it is before ${exchange.image} is asked for: ${exchange.seen}. If the certificate is right, name its authority as ca of this registry in tidegate.yaml`,
      options,
    );
  }
}

/** The registry understood the request and does not take it. Terminal. */
export class RegistryRejected extends Error {
  override readonly name = 'RegistryRejected';

  constructor(exchange: RegistryExchange) {
    super(
      `Registry ${exchange.registry} does not take what ${exchange.by} asks of ${exchange.image}: ${exchange.seen}. A repetition will not help; see the registry's log for its reason`,
    );
  }
}

/** What answers is no registry, or breaks the distribution specification. Terminal. */
export class AnswerMalformed extends Error {
  override readonly name = 'AnswerMalformed';

  constructor(exchange: RegistryExchange, options?: ErrorOptions) {
    super(
      `Expected registry ${exchange.registry} to answer for ${exchange.image} as the OCI distribution specification says, and ${exchange.seen}. Check the address, and what stands between it and ${exchange.by}`,
      options,
    );
  }
}

/** An answer is larger than anything of its kind may be. Terminal. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';

  constructor(exchange: RegistryExchange, limit: number) {
    super(
      `Expected at most ${limit} bytes from registry ${exchange.registry} for ${exchange.image}, and ${exchange.seen}. Nothing of it was used; look at what is stored there`,
    );
  }
}

/** The registry sends us where we do not go. Terminal. */
export class RedirectRefused extends Error {
  override readonly name = 'RedirectRefused';

  constructor(exchange: RegistryExchange) {
    super(
      `Expected registry ${exchange.registry} to serve ${exchange.image}, and it redirects ${exchange.by}: ${exchange.seen}. Correct the registry's redirects, or what stands before it`,
    );
  }
}

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

/** The source does not hold a manifest that is to be copied. Terminal. */
export class ManifestMissing extends Error {
  override readonly name = 'ManifestMissing';

  /** `namedBy` is the index or the subject through which it was found. */
  constructor(image: string, namedBy?: string) {
    const why = namedBy === undefined ? '' : `, which belongs to ${namedBy},`;
    super(
      `Expected ${image}${why} at its registry, and it is not there. Nothing was tagged at the target; push it again${namedBy === undefined ? '' : ', or take what it belongs to without it'}`,
    );
  }
}

/** What is to be copied runs on other platforms than those that were asked for. Terminal. */
export class PlatformMissing extends Error {
  override readonly name = 'PlatformMissing';

  constructor(
    image: string,
    missing: readonly string[],
    readonly offered: readonly string[],
  ) {
    super(
      `Expected ${image} to run on ${missing.join(', ')}, and it runs on ${offered.join(', ') || 'no platform that it names'}. Choose among these`,
    );
  }
}

/** One tag cannot name several manifests. Terminal. */
export class TagAmbiguous extends Error {
  override readonly name = 'TagAmbiguous';

  constructor(image: string, tags: readonly string[], manifests: number) {
    super(
      `Expected one manifest of ${image} to be tagged ${tags.join(', ')}, and the chosen platforms are ${manifests}. Choose one platform, copy the index whole, or give no tag`,
    );
  }
}

/** There is more to be copied than anybody pushes. Terminal. */
export class CopyTooLarge extends Error {
  override readonly name = 'CopyTooLarge';

  constructor(image: string, seen: string) {
    super(
      `Expected ${image} to be of a size that images have, and there are ${seen}. Nothing was copied of it; look at what was pushed there`,
    );
  }
}

/** A repository has no such tag. Terminal. */
export class TagMissing extends Error {
  override readonly name = 'TagMissing';

  constructor(repository: string, tag: string) {
    super(`Expected a tag ${tag} in ${repository}, and there is none. Push it first, or name another`);
  }
}
