import { createHash } from 'node:crypto';
import type { KeptDecision } from '../activities/standing.ts';
import type { KnownBy } from '../domain/people/known-by.ts';
import type { Person } from '../domain/people/person.ts';
import { type Delegation, type Freeze, type Hold, type StandingDecision, scopeOf } from '../domain/standing.ts';
import { endedEntry, keptEntry } from '../domain/standing-record.ts';
import { mayKnowOf } from './authorise.ts';
import { requireApplication, requireEnvironment } from './catalogue.ts';
import { findRelease } from './find-release.ts';
import type { ServerParts } from './ports.ts';
import { EndedAlready, HeldAlready, NoSuchThing, UnfitRequest } from './problems.ts';

/** Who decides, and what makes a repeated request find the first. */
export interface Asking {
  readonly person: string;
  readonly changeId: string;
  readonly known: KnownBy;
}

type Wish<Decision> = Omit<Decision, 'kind' | 'id' | 'by' | 'at'>;

/** Which permission ends a decision of a kind. */
const ENDED_BY = { freeze: 'freeze', block: 'block', hold: 'hold', delegation: 'vote' } as const;

const A_YEAR_MS = 366 * 86_400_000;

/** Throws UnfitRequest for a freeze that is over, ends before it begins, or hardly ever ends. */
export async function beginFreeze(
  parts: ServerParts,
  wish: Pick<Freeze, 'scope' | 'reason' | 'until'> & Partial<Pick<Freeze, 'owner' | 'from'>>,
  asking: Asking,
): Promise<Freeze> {
  requireScope(parts, wish.scope);
  const decided = decisionOf('freeze', asking);
  const from = wish.from ?? decided.at;
  const begins = Math.max(Date.parse(from), Date.parse(decided.at));
  if (Date.parse(wish.until) <= begins) throw new UnfitRequest('until', `The freeze would be over at ${wish.until}`, 'name a later end');
  if (Date.parse(wish.until) - begins > A_YEAR_MS)
    throw new UnfitRequest('until', 'A freeze lasts a year at most', "name an earlier end, or hold the environment with 'tidegate hold'");
  return keep(parts, { ...decided, ...wish, owner: wish.owner ?? asking.person, from }, asking);
}

/** Lets somebody vote in the place of who asks. Throws UnfitRequest for one that is over, hardly ever ends, or is to oneself. */
export async function delegate(
  parts: ServerParts,
  wish: Pick<Delegation, 'to' | 'reason' | 'until'>,
  groups: readonly string[],
  asking: Asking,
): Promise<Delegation> {
  const decided = decisionOf('delegation', asking);
  if (wish.to === asking.person) throw new UnfitRequest('to', 'You vote in your own place already', 'name somebody else');
  if (wish.until <= decided.at) throw new UnfitRequest('until', `The delegation would be over at ${wish.until}`, 'name a later end');
  if (Date.parse(wish.until) - Date.parse(decided.at) > A_YEAR_MS)
    throw new UnfitRequest('until', 'A delegation lasts a year at most', 'name an earlier end');
  return keep(parts, { ...decided, ...wish, groups }, asking);
}

/** Throws NoSuchThing for a release that is not there. */
export async function block(
  parts: ServerParts,
  wish: Wish<Extract<StandingDecision, { kind: 'block' }>>,
  asking: Asking,
): Promise<StandingDecision> {
  if (wish.application !== undefined) requireApplication(parts, wish.application);
  if (wish.application !== undefined && wish.release !== undefined) await findRelease(parts, wish.application, wish.release);
  return keep(parts, { ...decisionOf('block', asking), ...wish }, asking);
}

/** Throws HeldAlready where the environment is held at another release, and UnfitRequest where there is none to hold it at. */
export async function hold(
  parts: ServerParts,
  place: { readonly application: string; readonly environment: string },
  wish: Pick<Hold, 'reason'> & Partial<Pick<Hold, 'release' | 'until'>>,
  asking: Asking,
): Promise<Hold> {
  requireEnvironment(parts, place.application, place.environment);
  const release = await releaseToHold(parts, place, wish.release);
  const decided = decisionOf('hold', asking);
  if (wish.until !== undefined && wish.until <= decided.at)
    throw new UnfitRequest('until', `The hold would be over at ${wish.until}`, 'name a later end');
  const wanted: Hold = { ...decided, ...place, ...wish, release };
  const other = await parts.decisions.hold(wanted, { ...keptEntry(wanted), ...asking.known });
  if (other !== undefined)
    throw new HeldAlready(
      `${other.by} holds ${place.environment} at release ${other.release}: ${other.reason}`,
      `end that first: 'tidegate unhold ${other.id}'`,
    );
  return keptAndTold(parts, wanted);
}

async function releaseToHold(
  parts: ServerParts,
  { application, environment }: { readonly application: string; readonly environment: string },
  named: number | undefined,
): Promise<number> {
  if (named !== undefined) return (await findRelease(parts, application, named)).number;
  const { current } = await parts.engine.environmentStatus(application, environment);
  if (current !== null) return current.release.number;
  throw new UnfitRequest('release', `${application} in ${environment} runs no release yet`, 'name the release to hold it at');
}

/** Throws NoSuchThing unless there is one of this kind, ended or not, that the person may know of. */
export async function findDecision<Kind extends keyof typeof ENDED_BY>(
  parts: ServerParts,
  kind: Kind,
  id: string,
  person: Person,
): Promise<KeptDecision> {
  const kept = await parts.decisions.find(id);
  if (kept?.decision.kind === kind && mayKnowOf(person, ENDED_BY[kind], [scopeOf(kept.decision)])) return kept;
  throw new NoSuchThing(`There is no ${kind} ${id}`, "'tidegate standing' lists them");
}

/** Ends a freeze, block or hold before its time; one that this very person ended is ended. Throws EndedAlready. */
export async function endDecision(
  parts: ServerParts,
  { decision, ended }: KeptDecision,
  reason: string,
  { person, known }: Asking,
): Promise<StandingDecision> {
  const { id } = decision;
  if (decision.kind === 'break-glass') throw new NoSuchThing(`${id} ends by itself`, "'tidegate standing' says when");
  if (ended !== undefined && ended.by !== person)
    throw new EndedAlready(`${ended.by} ended ${id} at ${ended.at}`, "'tidegate standing' lists what stands");
  const end = { by: person, at: now(), reason };
  await parts.decisions.end(id, end, { ...endedEntry(decision, end), ...known });
  await tell(parts, decision);
  return decision;
}

/** Writes it down with its record, and then tells whom it concerns. What a repeated request finds is what the first one wrote. */
async function keep<Decision extends StandingDecision>(parts: ServerParts, decision: Decision, asking: Asking): Promise<Decision> {
  await parts.decisions.keep(decision, { ...keptEntry(decision), ...asking.known });
  return keptAndTold(parts, decision);
}

async function keptAndTold<Decision extends StandingDecision>(parts: ServerParts, decision: Decision): Promise<Decision> {
  const kept = await parts.decisions.find(decision.id);
  await tell(parts, decision);
  return (kept?.decision ?? decision) as Decision;
}

/** As well as it can be done: whom it does not reach looks again by itself. */
async function tell({ engine, log }: ServerParts, decision: StandingDecision): Promise<void> {
  try {
    await engine.tellStandingChanged(scopeOf(decision));
  } catch (error) {
    log.error({ err: error, decision: decision.id }, 'Releases and environments were not told; they look again by themselves');
  }
}

function decisionOf<Kind extends StandingDecision['kind']>(kind: Kind, { person, changeId }: Asking) {
  return { kind, id: decisionId(kind, changeId), by: person, at: now() };
}

/** Short enough to be typed, and the same for a repeated request. */
export function decisionId(kind: StandingDecision['kind'], changeId: string): string {
  return `${kind}-${createHash('sha256').update(changeId).digest('hex').slice(0, 10)}`;
}

function requireScope(parts: ServerParts, { application, environment }: Freeze['scope']): void {
  if (application !== undefined) requireApplication(parts, application);
  const [some] = parts.applications;
  if (environment !== undefined) requireEnvironment(parts, application ?? some ?? '', environment);
}

function now(): string {
  return new Date().toISOString();
}
