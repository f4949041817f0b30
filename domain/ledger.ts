/** One decision or change. Written before anyone is told of it, exactly once for its `key`. */
export interface LedgerEntry {
  /** Names the event so that a repeated write finds the first: `release/shop/2/production/passed/1`. */
  readonly key: string;
  readonly action: LedgerAction;
  /** The person, or `tidegate` where the engine acts by itself. */
  readonly actor: string;
  /** How the person was known: the kind of credential and its id, never the credential. Absent where the engine acts by itself. */
  readonly authentication?: string;
  /** The request that the decision came with, as the API's answer and its log name it. */
  readonly requestId?: string;
  /** Absent where it is about no application, as the image of a library is. */
  readonly application?: string;
  readonly release?: number;
  readonly stage?: string;
  readonly environment?: string;
  readonly planHash?: string;
  /** `repository@sha256:…`, or `repository:tag` for a tag alone. */
  readonly image?: string;
  /** The names that the image had. */
  readonly tags?: readonly string[];
  /** Digests of what goes with the image, each with an entry of its own. */
  readonly parts?: readonly string[];
  /** What was confirmed, or is to be deleted, by the names of `namesOf` (retention.ts). */
  readonly names?: readonly string[];
  /** The hash of what is kept beside the record, as a decision or a token: an edit there has no record that vouches for it. */
  readonly content?: string;
  readonly reason: string;
  readonly at: string;
}

/** The key of a request to promote a release: a repeated one is known by it for as long as the ledger, whichever run of the release took the first. */
export function promotionKey(application: string, release: number, requestId: string): string {
  return `release/${application}/${release}/promotion/${requestId}`;
}

export type LedgerAction =
  | 'release-created'
  /** Somebody else set off the same, when it was there already. */
  | 'release-started-too'
  | 'stage-passed'
  | 'stage-incomplete'
  | 'stage-failed'
  /** It had passed, and its environment went back from it while it baked: the pass counts no more. */
  | 'stage-taken-back'
  | 'vote'
  | 'gate-expired'
  /** What an external check said. */
  | 'check-answered'
  | 'release-cancelled'
  | 'promotion-requested'
  | 'deployment-started'
  | 'deployment-succeeded'
  | 'deployment-incomplete'
  | 'deployment-failed'
  | 'deployment-rolled-back'
  | 'rollback-requested'
  /** Something that watches over a release in its bake time saw what it must not. */
  | 'alarm-raised'
  | 'decision-asked'
  | 'decision-taken'
  /** A canary was judged at a step. */
  | 'canary-judged'
  /** Takes one back that was not carried out, as the deployment went back meanwhile. */
  | 'decision-overruled'
  /** What a person saw and confirmed: no run that it was given for deletes more. */
  | 'retention-confirmed'
  | 'job-done'
  | 'job-failed'
  | 'job-undone'
  | 'token-created'
  | 'token-revoked'
  /** A subject of a provider has taken a name here. */
  | 'person-bound'
  /** Written before the registry is asked to delete. */
  | 'image-deletion'
  | 'tag-deletion'
  /** Takes back one of these two: it was not carried out. */
  | 'deletion-not-done'
  | 'vote-delegated'
  | 'delegation-ended'
  | 'freeze-begun'
  | 'freeze-lifted'
  | 'release-blocked'
  | 'block-lifted'
  | 'environment-held'
  | 'hold-released'
  /** A release may go past the gates that the reason names. */
  | 'glass-broken'
  | 'glass-ratified'
  /** Nobody ratified it in time, and its consequence was carried out. */
  | 'glass-consequence'
  /** What a run of GitHub Actions that waits for an environment is told. */
  | 'run-let-through'
  | 'run-turned-away'
  /** Takes one of the two back: GitHub was not told. */
  | 'run-answer-untold'
  /** Whether GitHub took one of the two is not known: it did not say so, and nothing asks any more. */
  | 'run-answer-unsure'
  /** A newer release took its place. */
  | 'stage-superseded'
  /** A repository has been gone through to its end. */
  | 'retention-ended'
  /** Who and why of earlier records, which `names` tells by their numbers, is no longer there. */
  | 'personal-data-erased';

/** Proof that a release passed a stage of a pipeline revision, kept for as long as the release. */
export interface StagePass {
  readonly stage: string;
  readonly pipelineRevision: string;
  /** Component to `repository@sha256:…`. */
  readonly images: Readonly<Record<string, string>>;
  readonly at: string;
  /** Why it counts no more; absent while it does. */
  readonly takenBack?: TakenBack;
}

export interface TakenBack {
  /** The release that served again. */
  readonly to: number;
  readonly reason: string;
  readonly at: string;
}
