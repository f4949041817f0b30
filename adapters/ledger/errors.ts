/** The ledger cannot be read or written now. Retryable: nothing was acknowledged. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';

  constructor(
    readonly file: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`The ledger ${file} cannot be used: ${reason}`, options);
  }
}

/** The file was written by a later version of Tidegate, which keeps things there that this one does not know. */
export class LedgerTooNew extends Error {
  override readonly name = 'LedgerTooNew';

  constructor(
    readonly file: string,
    found: number,
    known: number,
  ) {
    super(
      `The ledger ${file} has version ${found}, and this Tidegate knows ${known}. Run the version of Tidegate that wrote it, or a later one`,
    );
  }
}
