/** A workflow or the thing it stands for does not exist. The message says which, and how to list what there is. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** The engine understood and said no; the message says why and what would be accepted. */
export class Refused extends Error {
  override readonly name = 'Refused';

  /** `isOfPerson`: nothing but who asked is the matter. */
  constructor(
    message: string,
    options?: ErrorOptions,
    readonly isOfPerson = false,
  ) {
    super(message, options);
  }
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

/** Temporal answers, but nothing works for it: a question to a workflow stays unanswered. */
export class WorkerUnavailable extends Error {
  override readonly name = 'WorkerUnavailable';

  constructor(what: string, options?: ErrorOptions) {
    super(
      `No worker answered for ${what}. Start one with 'tidegate worker' (or 'tidegate up'), then ask again; nothing is lost meanwhile`,
      options,
    );
  }
}

/** Workers take the workflow's next step again and again, and none gets through. */
export class WorkflowStuck extends Error {
  override readonly name = 'WorkflowStuck';

  constructor(what: string, options?: ErrorOptions) {
    super(
      `No worker gets ${what} through its next step: it is too busy, or of another version than the one before. Ask again in a moment; if it stays so, Temporal's console says why`,
      options,
    );
  }
}

/** So many ask one workflow at once that a turn did not come in time, or Temporal let nobody else in. */
export class WorkflowBusy extends Error {
  override readonly name = 'WorkflowBusy';

  constructor(what: string, options?: ErrorOptions) {
    super(
      `Too many ask ${what} at once, or no worker takes what they ask. Ask again in a moment, with the same Idempotency-Key: it counts once`,
      options,
    );
  }
}
