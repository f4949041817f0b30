/** Whether the ledger's database could not be asked: its error is a class of the adapters, which are strangers here. */
export function isOutage(error: unknown): error is Error {
  return error instanceof Error && error.name === 'LedgerUnavailable';
}
