/** GitHub did not take something now and may take it later. Retryable. */
export class GitHubUnavailable extends Error {
  override readonly name = 'GitHubUnavailable';
  /** How long GitHub asked to be left alone, in milliseconds; undefined where it asked for nothing. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** GitHub said no, and says so again until a person changes something. Terminal. */
export class GitHubRefused extends Error {
  override readonly name = 'GitHubRefused';
}
