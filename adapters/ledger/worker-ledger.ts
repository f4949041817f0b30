import type { Ledger } from '../../activities/ledger.ts';
import type { RetentionLedger } from '../../activities/retention/ports.ts';
import type { Decisions } from '../../activities/standing.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { Opening } from './late-opening.ts';

/** The ledger as activities have it. Everything throws LedgerUnavailable while it is not open. */
export interface WorkerLedger extends Ledger, RetentionLedger {
  readonly decisions: Decisions;
  /** The newest release of a commit; undefined where there is none. */
  releaseOfCommit(application: string, commit: string): Promise<ReleaseRecord | undefined>;
  close(): void;
}

/** The ledger behind an opening, each call of which asks whether it is open by now. */
export function createWorkerLedger(opening: Opening): WorkerLedger {
  return {
    append: (entry) => opening.use((store) => store.append(entry)),
    seal: () => opening.use((store) => store.seal()),
    release: (application, number) => opening.use((store) => store.release(application, number)),
    releaseOfCommit: (application, commit) => opening.use((store) => store.releaseOfCommit(application, commit)),
    recordPass: (...pass) => opening.use((store) => store.recordPass(...pass)),
    takeBack: (...back) => opening.use((store) => store.takeBack(...back)),
    passes: (application, number) => opening.use((store) => store.passes(application, number)),
    promotions: (application, number) => opening.use((store) => store.promotions(application, number)),
    starters: (application, number) => opening.use((store) => store.starters(application, number)),
    registeredReleases: () => opening.use((store) => store.registeredReleases()),
    entriesUnder: (prefix) => opening.use((store) => store.entriesUnder(prefix)),
    decisions: decisionsOf(opening),
    close: () => opening.close(),
  };
}

function decisionsOf(opening: Opening): Decisions {
  return {
    standing: (application, environment) => opening.use(({ decisions }) => decisions.standing(application, environment)),
    all: () => opening.use(({ decisions }) => decisions.all()),
    find: (id) => opening.use(({ decisions }) => decisions.find(id)),
    keep: (...kept) => opening.use(({ decisions }) => decisions.keep(...kept)),
    hold: (...held) => opening.use(({ decisions }) => decisions.hold(...held)),
    end: (...ended) => opening.use(({ decisions }) => decisions.end(...ended)),
    ratify: (...ratified) => opening.use(({ decisions }) => decisions.ratify(...ratified)),
  };
}
