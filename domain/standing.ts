import type { Digest } from './digest.ts';
import { type GateIdentity, isSkipped } from './skippable-gate.ts';

/**
 * What people decided beforehand and what stands until it ends. It lives in the ledger's database, written together with its record, and
 * is read by releases and environments alike. Times are ISO 8601 in UTC. None of it ever keeps a rollback from happening.
 */
interface Decided {
  readonly id: string;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

/** Nothing goes forward in its scope meanwhile; an empty scope is the whole installation. */
export interface Freeze extends Decided {
  readonly kind: 'freeze';
  readonly scope: Scope;
  /** Whom to ask about it. */
  readonly owner: string;
  readonly from: string;
  readonly until: string;
}

/** Neither person nor automation promotes it: a release of an application, or whatever has an image with the digest. */
export interface Block extends Decided {
  readonly kind: 'block';
  readonly application?: string;
  readonly release?: number;
  readonly digest?: Digest;
}

/** The environment stays at that release. */
export interface Hold extends Decided {
  readonly kind: 'hold';
  readonly application: string;
  readonly environment: string;
  readonly release: number;
  readonly until?: string;
}

export interface Ratification {
  readonly by: string;
  readonly at: string;
}

/** One release goes past the gates that it names, into one environment, until it expires. */
export interface BreakGlass extends Decided {
  readonly kind: 'break-glass';
  readonly application: string;
  readonly environment: string;
  readonly release: number;
  /** All that the release consists of: with another image it is not what the glass was broken for. */
  readonly digests: readonly Digest[];
  /** Names of gates; kinds of them in what was decided before gates had names. */
  readonly skips: readonly string[];
  readonly incident: string;
  readonly expiresAt: string;
  /** Until then a second person has ratified it, or the consequence is carried out. */
  readonly ratifyBy: string;
  readonly ratified?: Ratification;
  readonly consequence: 'freeze' | 'rollback';
}

/** A person lets another one vote in their place. What the other one was lent cannot be lent on. */
export interface Delegation extends Decided {
  readonly kind: 'delegation';
  readonly to: string;
  /** The groups of who lends, at that moment. */
  readonly groups: readonly string[];
  readonly until: string;
}

export type StandingDecision = Freeze | Block | Hold | BreakGlass | Delegation;

/** All that concerns one application in one environment, what is yet to begin included, and nothing that has ended. */
export interface Standing {
  readonly freezes: readonly Freeze[];
  readonly blocks: readonly Block[];
  readonly holds: readonly Hold[];
  readonly breakGlass: readonly BreakGlass[];
  /** Absent where there are none. */
  readonly delegations?: readonly Delegation[];
}

export const NOTHING_STANDS: Standing = { freezes: [], blocks: [], holds: [], breakGlass: [] };

/** Decisions by their kind, each in the order in which it was taken. */
export function standingOf(decisions: readonly StandingDecision[]): Standing {
  const delegations = decisions.filter((one) => one.kind === 'delegation');
  return {
    freezes: decisions.filter((one) => one.kind === 'freeze'),
    blocks: decisions.filter((one) => one.kind === 'block'),
    holds: decisions.filter((one) => one.kind === 'hold'),
    breakGlass: decisions.filter((one) => one.kind === 'break-glass'),
    ...(delegations.length > 0 && { delegations }),
  };
}

/** When a decision is of no concern any more by itself; undefined where only a person ends it. */
export function endOf(decision: StandingDecision): string | undefined {
  if (decision.kind === 'block') return undefined;
  if (decision.kind !== 'break-glass') return decision.until;
  return decision.expiresAt > decision.ratifyBy ? decision.expiresAt : decision.ratifyBy;
}

/** What a decision concerns; what is left out concerns all of them. */
export interface Scope {
  readonly application?: string;
  readonly environment?: string;
}

export function scopeOf(decision: StandingDecision): Scope {
  if (decision.kind === 'freeze') return decision.scope;
  if (decision.kind === 'delegation') return {};
  if (decision.kind === 'block') return decision.application === undefined ? {} : { application: decision.application };
  return { application: decision.application, environment: decision.environment };
}

/** A release on its way into an environment. */
export interface Forward {
  readonly application: string;
  readonly environment: string;
  readonly release: number;
  readonly digests: readonly Digest[];
}

/** What stands in the way of a release. */
export interface Obstacle {
  readonly kind: 'freeze' | 'block' | 'hold';
  readonly id: string;
  /** A sentence. */
  readonly reason: string;
  readonly since: string;
  /** When it ends by itself; absent where only a person ends it. */
  readonly until?: string;
  /** Whom to ask. */
  readonly owner: string;
}

/** All that keeps the release from going forward at a moment (milliseconds since the epoch), whether or not break-glass skips it. */
export function obstaclesTo(forward: Forward, standing: Standing, now: number): readonly Obstacle[] {
  return [
    ...standing.freezes.filter((freeze) => freezes(freeze, forward, now)).map(fromFreeze),
    ...standing.blocks.filter((block) => blocks(block, forward)).map(fromBlock),
    ...standing.holds.filter((hold) => holds(hold, forward, now)).map(fromHold),
  ];
}

/** The same without what the release's break-glass skips. */
export function remainingObstacles(forward: Forward, standing: Standing, now: number): readonly Obstacle[] {
  return obstaclesTo(forward, standing, now).filter((obstacle) => glassPast(obstacle, forward, standing, now) === undefined);
}

/** The break-glass that lets exactly this release past gates of this environment now. */
export function breakGlassFor(forward: Forward, standing: Standing, now: number): readonly BreakGlass[] {
  return standing.breakGlass.filter((glass) => letsPast(glass, forward, now));
}

/** The first of them that names this gate; undefined where it has to be passed. */
export function glassPast(gate: GateIdentity, forward: Forward, standing: Standing, now: number): BreakGlass | undefined {
  return breakGlassFor(forward, standing, now).find(({ skips }) => isSkipped(gate, skips));
}

/** The next moment at which any of it begins or ends by itself, in milliseconds since the epoch; undefined where nothing does. */
export function nextChange({ freezes, holds, breakGlass }: Standing, now: number): number | undefined {
  const moments = [
    ...freezes.flatMap(({ from, until }) => [from, until]),
    ...holds.flatMap(({ until }) => (until === undefined ? [] : [until])),
    ...breakGlass.map(({ expiresAt }) => expiresAt),
  ].map(Date.parse);
  const later = moments.filter((moment) => moment > now);
  return later.length === 0 ? undefined : Math.min(...later);
}

/** The block that forbids a release, if any does: also when somebody wants to return to it. */
export function blockOn(forward: Pick<Forward, 'application' | 'release' | 'digests'>, all: readonly Block[]): Block | undefined {
  return all.find((block) => blocks(block, forward));
}

function freezes({ scope, from, until }: Freeze, { application, environment }: Forward, now: number): boolean {
  const concerns = (scope.application ?? application) === application && (scope.environment ?? environment) === environment;
  return concerns && Date.parse(from) <= now && now < Date.parse(until);
}

function blocks({ application, release, digest }: Block, forward: Pick<Forward, 'application' | 'release' | 'digests'>): boolean {
  if (digest !== undefined) return forward.digests.includes(digest) && (application ?? forward.application) === forward.application;
  return application === forward.application && release === forward.release;
}

function holds(hold: Hold, forward: Forward, now: number): boolean {
  const here = hold.application === forward.application && hold.environment === forward.environment;
  return here && hold.release !== forward.release && (hold.until === undefined || now < Date.parse(hold.until));
}

function letsPast(glass: BreakGlass, forward: Forward, now: number): boolean {
  const same = glass.application === forward.application && glass.environment === forward.environment && glass.release === forward.release;
  const known = forward.digests.length > 0 && forward.digests.every((digest) => glass.digests.includes(digest));
  return same && known && Date.parse(glass.at) <= now && now < Date.parse(glass.expiresAt);
}

function fromFreeze({ id, scope, reason, owner, by, from, until }: Freeze): Obstacle {
  const where = [scope.application, scope.environment].filter((name) => name !== undefined).join(' in ') || 'everything';
  return {
    kind: 'freeze',
    id,
    reason: `${by} has frozen ${where} until ${until}${owner === by ? '' : ` for ${owner}`}: ${reason}`,
    since: from,
    until,
    owner,
  };
}

function fromBlock({ id, release, digest, reason, by, at }: Block): Obstacle {
  const what = digest === undefined ? `release ${release}` : `the image ${digest}`;
  return { kind: 'block', id, reason: `${by} has blocked ${what}: ${reason}`, since: at, owner: by };
}

function fromHold({ id, environment, release, reason, by, at, until }: Hold): Obstacle {
  const ends = until === undefined ? '' : ` until ${until}`;
  const sentence = `${by} holds ${environment} at release ${release}${ends}: ${reason}`;
  return { kind: 'hold', id, reason: sentence, since: at, ...(until !== undefined && { until }), owner: by };
}
