/** A workflow or the thing it stands for does not exist. The message says which, and how to list what there is. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** The engine understood and said no; the message says why and what would be accepted. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Temporal did not answer in time. */
export class TemporalUnavailable extends Error {
  override readonly name = 'TemporalUnavailable';

  constructor(address: string, options?: ErrorOptions) {
    super(
      `Temporal at ${address} does not answer. Start it with 'tidegate up' or 'temporal server start-dev', or set TEMPORAL_ADDRESS`,
      options,
    );
  }
}
