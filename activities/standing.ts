import type { LedgerEntry } from '../domain/ledger.ts';
import type { Hold, Ratification, Standing, StandingDecision } from '../domain/standing.ts';

/** Where what people decided beforehand is read. */
export interface StandingReader {
  /** All that concerns an application in an environment and has not ended. */
  standing(application: string, environment: string): Promise<Standing>;
}

export interface EndedBy {
  readonly by: string;
  readonly at: string;
  readonly reason: string;
}

/** A decision, and who ended it before its time. */
export interface KeptDecision {
  readonly decision: StandingDecision;
  readonly ended?: EndedBy;
}

/** Where it is kept: with the ledger. Each change is written together with its record, and of one done twice the first stands. */
export interface Decisions extends StandingReader {
  /** Everything that has not ended, of all applications and environments, in the order of its taking. */
  all(): Promise<readonly StandingDecision[]>;
  /** Also one that has ended. */
  find(id: string): Promise<KeptDecision | undefined>;
  keep(decision: StandingDecision, entry: LedgerEntry): Promise<void>;
  /** Keeps a hold unless the environment is held at another release, which is told then: of two at once one stands. */
  hold(hold: Hold, entry: LedgerEntry): Promise<Hold | undefined>;
  end(id: string, ended: EndedBy, entry: LedgerEntry): Promise<void>;
  ratify(id: string, ratified: Ratification, entry: LedgerEntry): Promise<void>;
}

/** What releases and environments ask before anything goes forward, and what a broken glass has written down. */
export function createStandingActivities(decisions: Decisions) {
  return {
    readStanding: ({ application, environment }: { readonly application: string; readonly environment: string }): Promise<Standing> =>
      decisions.standing(application, environment),

    async keepDecision({ decision, entry }: { readonly decision: StandingDecision; readonly entry: LedgerEntry }): Promise<void> {
      await decisions.keep(decision, entry);
    },

    async ratifyDecision({ id, ratified, entry }: Change & { readonly ratified: Ratification }): Promise<void> {
      await decisions.ratify(id, ratified, entry);
    },

    async endDecision({ id, ended, entry }: Change & { readonly ended: EndedBy }): Promise<void> {
      await decisions.end(id, ended, entry);
    },
  };
}

interface Change {
  readonly id: string;
  readonly entry: LedgerEntry;
}
