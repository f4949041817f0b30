/** So many people of a group must say yes. */
export interface GroupQuorum {
  readonly group: string;
  readonly count: number;
}

/** A JSON schema of what an approval must tell beside its yes. */
export type Form = Readonly<Record<string, unknown>>;

/** Who must say yes. A pipeline's rule adds to the environment's and never replaces it. */
export interface ApprovalRule {
  /** Absent where there is one rule. */
  readonly name?: string;
  readonly approvers: readonly string[];
  /** So many of `approvers`. */
  readonly count: number;
  /** Each of them is required besides; a person counts for one of all these. */
  readonly groups?: readonly GroupQuorum[];
  readonly excludeInitiator: boolean;
  /** Whether who wrote what is new in the release may not approve it. */
  readonly excludeAuthors?: boolean;
  readonly deadlineMs: number;
  /** What becomes of the stage after the deadline; it expires where nothing is said. */
  readonly afterDeadline?: 'expire' | 'reject';
  readonly form?: Form;
}

/** The release must have run in an earlier environment for so long. */
export interface SoakRule {
  readonly environment: string;
  readonly forMs: number;
  /** Whether what a newer release has replaced there since still counts; what was taken back never does. */
  readonly mayBeReplaced: boolean;
}

/** How long a window is open: whole days of the calendar, or exact time (RFC 5545, 3.3.6). */
export type WindowLength = { readonly days: number } | { readonly milliseconds: number };

/** When deployments may begin, or may not. A denial wins. */
export interface WindowRule {
  readonly name: string;
  readonly kind: 'allow' | 'deny';
  /** Local date and time of the first one, `2026-01-05T09:00:00`. */
  readonly starts: string;
  /** An IANA time zone. */
  readonly zone: string;
  /** An RRULE of RFC 5545; once where there is none. */
  readonly recurrence?: string;
  readonly length: WindowLength;
}

/** What is measured, and by whom. */
export type MetricSource = PrometheusSource | RouterSource;

export interface PrometheusSource {
  readonly kind: 'prometheus';
  readonly url: string;
  readonly query: string;
}

/** Shares are of all requests, from 0 to 1: answers of 500 and above and no whole answer, and answers of 400 to 499. */
export const ROUTER_FIGURES = ['failedShare', 'refusedShare', 'meanMilliseconds', 'requests'] as const;
export type RouterFigure = (typeof ROUTER_FIGURES)[number];

/** What the routers of an environment's hosts have counted for the release's own application. */
export interface RouterSource {
  readonly kind: 'router';
  readonly environment: string;
  /** Without it, all that the application publishes there together. */
  readonly component?: string;
  readonly figure: RouterFigure;
  /** At least so long a time is counted. */
  readonly overMs: number;
  /** Of fewer nobody can say anything; the number of requests itself is told of any. */
  readonly minRequests: number;
}

/** A figure must lie between two limits. */
export interface MetricRule {
  readonly name: string;
  readonly source: MetricSource;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** A figure that is older says nothing, and is asked for again. */
  readonly freshMs: number;
}

/** Somebody else's system must say yes. Where it is and by which secret it is known, the installation says. */
export interface CheckRule {
  readonly name: string;
  readonly deadlineMs: number;
}

/** Another application's release must be in place. */
export interface ApplicationRule {
  readonly application: string;
  readonly environment: string;
  readonly atLeast?: number;
  /** Whether it must be of the release's own commit. */
  readonly sameCommit?: true;
}

/** What must hold before a stage starts, as one of the two files says it; what is left out asks for nothing. */
export interface GateRules {
  readonly approvals?: readonly ApprovalRule[];
  readonly soaks?: readonly SoakRule[];
  readonly windows?: readonly WindowRule[];
  readonly metrics?: readonly MetricRule[];
  readonly checks?: readonly CheckRule[];
  readonly applications?: readonly ApplicationRule[];
  /** The trust policy that every image must meet. */
  readonly trust?: string;
  /** Whether somebody has to promote each release; the other way round it is taken on by itself. */
  readonly promotion?: 'automatic' | 'manual';
}

/** Whose rules they are. Each file's must be met by themselves, so that a pipeline can only add. */
export interface OwnedRules extends GateRules {
  readonly origin: 'environment' | 'pipeline';
}
