/** What becomes of releases that wait for the same environment. */
export type QueuePolicy =
  /** Each has its turn, in the order of their arrival. */
  | { readonly kind: 'queue' }
  /** A newer one takes the place of an older one, unless people have voted on that; `supersedeVoted` lets it even then. */
  | { readonly kind: 'supersede'; readonly supersedeVoted: boolean }
  /** They gather, and the newest leaves for all of them: at set moments (`domain/departures.ts`), or, without any, when nothing is being deployed. */
  | { readonly kind: 'train'; readonly leaves: readonly string[] };

/** A release on its way into an environment: at its gates, or through them and in the queue. */
export interface Waiting {
  readonly requestId: string;
  readonly release: number;
  readonly place: 'gates' | 'queue';
  /** People have voted on it, or asked for it by hand. */
  readonly decided: boolean;
}

/** One that gives way, and the release that takes its place. */
export interface Replaced {
  readonly requestId: string;
  readonly by: number;
}

/** Who gives way when a release arrives among those that wait; the arriving one itself, where a newer one has come as far. */
export function replacedByArrival(arriving: Waiting, others: readonly Waiting[], policy: QueuePolicy): readonly Replaced[] {
  if (policy.kind !== 'supersede') return [];
  const replaced = others.filter((other) => mayReplace(arriving, other, policy)).map(by(arriving));
  const [newer] = others.filter((other) => mayReplace(other, arriving, policy)).sort((left, right) => right.release - left.release);
  return newer === undefined ? replaced : [...replaced, by(newer)(arriving)];
}

/** Who stays behind for good when a train leaves with a release: every older one in the queue, and at the gates those that nobody voted on. */
export function replacedByDeparture(leaving: Waiting, others: readonly Waiting[]): readonly Replaced[] {
  const older = others.filter(({ release }) => release < leaving.release);
  return older.filter(({ place, decided }) => place === 'queue' || !decided).map(by(leaving));
}

function mayReplace(newer: Waiting, older: Waiting, { supersedeVoted }: { readonly supersedeVoted: boolean }): boolean {
  const asFar = newer.place === 'queue' || older.place === 'gates';
  return newer.release > older.release && asFar && (supersedeVoted || !older.decided);
}

const by =
  (newer: Waiting) =>
  ({ requestId }: Waiting): Replaced => ({ requestId, by: newer.release });
