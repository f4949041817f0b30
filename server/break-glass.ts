import { objectionToRatifier } from '../domain/break-glass.ts';
import type { Digest } from '../domain/digest.ts';
import type { Person } from '../domain/people/person.ts';
import type { ReleaseStatus } from '../domain/release.ts';
import { type BreakGlass, scopeOf } from '../domain/standing.ts';
import { mayKnowOf } from './authorise.ts';
import { askWorkflow, findRelease } from './find-release.ts';
import { requireGates } from './gate-names.ts';
import type { ServerParts } from './ports.ts';
import { EndedAlready, NoSuchThing, NotAllowed, UnfitRequest } from './problems.ts';
import { type Asking, decisionId } from './standing.ts';

export interface GlassRequest {
  readonly release: number;
  /** Names of gates. */
  readonly skips: readonly string[];
  readonly incident: string;
  readonly reason: string;
}

/**
 * Lets one release past the gates that are named. Throws NoSuchThing for one that is not there, and UnfitRequest for one that is not built yet, and
 * for a name that none of its gates has. A repeated wish finds the first, whatever has become of the gates since.
 */
export async function breakGlass(
  parts: ServerParts,
  place: { readonly application: string; readonly environment: string },
  request: GlassRequest,
  { person, changeId, known }: Asking,
): Promise<BreakGlass> {
  const record = await findRelease(parts, place.application, request.release);
  const status = await askWorkflow(record, () => parts.engine.releaseStatus(place.application, record.number));
  const digests = digestsOf(status);
  const skips = [...new Set(request.skips)];
  const id = decisionId('break-glass', changeId);
  if ((await parts.decisions.find(id)) === undefined) await requireGates(parts, status, place.environment, skips);
  const wish = {
    id,
    ...place,
    ...request,
    skips,
    digests,
    by: person,
    at: new Date().toISOString(),
    known,
  };
  return parts.engine.breakGlass(wish);
}

/** What the release consists of: with anything else it is not what the glass was broken for. */
function digestsOf({ release: { application, number }, stages, images }: ReleaseStatus): readonly Digest[] {
  const unbuilt = stages.some(({ stageKind, state }) => stageKind === 'build' && state.kind !== 'passed');
  const digests = Object.values(images).map(({ digest }) => digest);
  if (!unbuilt && digests.length > 0) return digests;
  throw new UnfitRequest(
    'release',
    `Release ${number} of ${application} is not built yet`,
    'wait for its build: only what is known can be let past',
  );
}

/** Stands by somebody else's breaking of the glass. Throws NotAllowed for who broke it, and EndedAlready when it is too late or done. */
export async function ratifyGlass(
  parts: ServerParts,
  glass: BreakGlass,
  reason: string,
  { person, changeId, known }: Asking,
): Promise<BreakGlass> {
  if (glass.ratified?.by === person) return glass;
  if (glass.ratified !== undefined)
    throw new EndedAlready(`${glass.ratified.by} ratified ${glass.id} at ${glass.ratified.at}`, "'tidegate standing' lists what stands");
  if (person === glass.by) throw new NotAllowed(objectionToRatifier(person, glass, 0) ?? '', 'ask somebody else who may ratify');
  return parts.engine.ratifyGlass(glass.id, { person, reason, known }, changeId);
}

/** The glass by its id. Throws NoSuchThing, also for who may not know of it, and EndedAlready where its consequence was carried out. */
export async function findGlass({ decisions }: ServerParts, id: string, person: Person): Promise<BreakGlass> {
  const kept = await decisions.find(id);
  if (kept?.decision.kind !== 'break-glass' || !mayKnowOf(person, 'ratify', [scopeOf(kept.decision)]))
    throw new NoSuchThing(`There is no broken glass ${id}`, "'tidegate standing' lists what stands");
  if (kept.ended !== undefined) throw new EndedAlready(`${id} was ${kept.ended.reason}`, "'tidegate audit log' tells of it");
  return kept.decision;
}
