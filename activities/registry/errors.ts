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
