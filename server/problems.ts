/** A request that is answered with a problem document: what was expected and seen, and the way out. */
export abstract class RequestProblem extends Error {
  abstract readonly status: number;
  abstract readonly title: string;

  constructor(
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** No token, or one that is nobody's. */
export class Unauthenticated extends RequestProblem {
  override readonly name = 'Unauthenticated';
  readonly status = 401;
  readonly title = 'Not signed in';
}

/** The person is known and may not do this. */
export class NotAllowed extends RequestProblem {
  override readonly name = 'NotAllowed';
  readonly status = 403;
  readonly title = 'Not allowed';
}

/** The path names something that does not exist. */
export class NoSuchThing extends RequestProblem {
  override readonly name = 'NoSuchThing';
  readonly status = 404;
  readonly title = 'Not found';
}

/** The body names something that does not exist or does not fit; `member` says which member. */
export class UnfitRequest extends RequestProblem {
  override readonly name = 'UnfitRequest';
  readonly status = 422;
  readonly title = 'The request does not fit';

  constructor(
    readonly member: string,
    message: string,
    hint: string,
    options?: ErrorOptions,
  ) {
    super(message, hint, options);
  }
}

/** A registry or a source repository gave no answer that can be trusted: nothing was changed. */
export class OutsideUnavailable extends RequestProblem {
  override readonly name = 'OutsideUnavailable';
  readonly status = 503;
  readonly title = 'Another system does not answer';
}

/** The decision has ended: there is nothing to take back or to confirm. */
export class EndedAlready extends RequestProblem {
  override readonly name = 'EndedAlready';
  readonly status = 409;
  readonly title = 'Ended already';
}

/** The environment is held at another release: held at two it could run neither. */
export class HeldAlready extends RequestProblem {
  override readonly name = 'HeldAlready';
  readonly status = 409;
  readonly title = 'Held already';
}

/** Something in force is checked by it. */
export class StillNeeded extends RequestProblem {
  override readonly name = 'StillNeeded';
  readonly status = 409;
  readonly title = 'Still needed';
}

/** A webhook's message is none that tells of an alarm. */
export class NoAlarmDocument extends RequestProblem {
  override readonly name = 'NoAlarmDocument';
  readonly status = 400;
  readonly title = 'Bad Request';

  constructor() {
    super(
      'Expected a JSON object, with a whole number where it has a release',
      'send what Alertmanager or Grafana send, or {"reason": "…"}',
    );
  }
}

/** An answer of an external check is none. */
export class NoCheckAnswer extends RequestProblem {
  override readonly name = 'NoCheckAnswer';
  readonly status = 400;
  readonly title = 'Bad Request';

  constructor() {
    super(
      'Expected a JSON object with question, the id that the check was asked under, and verdict, yes or no',
      'send {"question": "…", "verdict": "yes", "reason": "…"}; release, planHash and policyRevision are compared where they are there',
    );
  }
}

/** A webhook's delivery is signed and is none all the same. */
export class MalformedDelivery extends RequestProblem {
  override readonly name = 'MalformedDelivery';
  readonly status = 400;
  readonly title = 'Bad Request';

  constructor(message: string) {
    super(message, 'send what GitHub or the registry sends, unchanged');
  }
}

/** What proves a sender cannot be read: nobody knows whether it is the one. */
export class SenderUnreadable extends RequestProblem {
  override readonly name = 'SenderUnreadable';
  readonly status = 503;
  readonly title = 'The secret cannot be read';

  constructor(options?: ErrorOptions) {
    super(
      'What this sender is known by cannot be read now, and nothing was taken in',
      "send it again later; the server's log says what is missing",
      options,
    );
  }
}

/** So much of other deliveries is being taken in that there is no room for this one. */
export class TooMuchAtOnce extends RequestProblem {
  override readonly name = 'TooMuchAtOnce';
  readonly status = 503;
  readonly title = 'Too much at once';

  constructor() {
    super('So much is being taken in at once that this delivery was not', 'send it again in a moment');
  }
}
