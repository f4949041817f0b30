import type { Guard, GuardStatus } from '../domain/guard/guard.ts';
import { permits } from '../domain/people/permits.ts';
import type { Person } from '../domain/people/person.ts';
import { mayKnowOf } from './authorise.ts';
import type { ServerParts } from './ports.ts';
import { NoSuchThing } from './problems.ts';
import type { Asking } from './standing.ts';

/** Runs of GitHub Actions that are held back, as far as the person may look at what for. */
export async function visibleGuards({ engine }: ServerParts, person: Person): Promise<readonly GuardStatus[]> {
  const all = await engine.guards();
  return all.filter(({ places }) => places.every((place) => permits(person, 'look', place)));
}

/** The guard of a run and an environment of GitHub. Throws NoSuchThing, also for who may neither end it nor look at it. */
export async function findGuard({ engine }: ServerParts, asked: Pick<Guard, 'run' | 'environment'>, person: Person): Promise<GuardStatus> {
  const name = asked.environment.toLowerCase();
  const found = (await engine.guards(asked)).find(({ run, environment }) => run === asked.run && environment.toLowerCase() === name);
  if (found !== undefined && mayKnowOf(person, 'cancel', found.places)) return found;
  throw new NoSuchThing(`No job of run ${asked.run} is held back from ${asked.environment}`, "'tidegate guards list' shows what is");
}

/** Has it turned away. Throws EndedAlready through the engine where it is being answered just now. */
export function endGuard(
  { engine }: ServerParts,
  guard: GuardStatus,
  reason: string,
  { person, known, changeId }: Asking,
): Promise<GuardStatus> {
  return engine.endGuard(guard, { person, known, reason }, changeId);
}
