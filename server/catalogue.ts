import { permits, permitsSomewhere } from '../domain/people/permits.ts';
import type { Person } from '../domain/people/person.ts';
import type { ReleaseStatus, StageStatus } from '../domain/release.ts';
import type { ServerParts } from './ports.ts';
import { NoSuchThing, UnfitRequest } from './problems.ts';

type Names = Pick<ServerParts, 'applications' | 'environments'>;

/** The applications that a person may see something of, each with the environments that they may look at. */
export function visibleApplications(names: Names, person: Person): { name: string; environments: string[] }[] {
  return names.applications
    .filter((application) => permitsSomewhere(person, 'look', { application }))
    .map((name) => ({
      name,
      environments: names.environments.filter((environment) => permits(person, 'look', { application: name, environment })),
    }));
}

/** Throws NoSuchThing, naming the applications that there are, unless the installation has this one. */
export function requireApplication({ applications }: Names, application: string): void {
  if (applications.includes(application)) return;
  throw new NoSuchThing(`There is no application ${quote(application)}`, `the installation has ${list(applications)}`);
}

/** Throws NoSuchThing, naming the environments that there are, unless the installation has both. */
export function requireEnvironment(names: Names, application: string, environment: string): void {
  requireApplication(names, application);
  if (names.environments.includes(environment)) return;
  throw new NoSuchThing(`There is no environment ${quote(environment)}`, `the installation has ${list(names.environments)}`);
}

/** The release's stage of this name. Throws UnfitRequest, naming the stages that there are. */
export function requireStage(status: ReleaseStatus, stage: string): StageStatus {
  const found = status.stages.find((candidate) => candidate.name === stage);
  if (found !== undefined) return found;
  const names = status.stages.map((candidate) => candidate.name);
  const { application, number } = status.release;
  if (names.length > 0) {
    throw new UnfitRequest('stage', `Release ${number} of ${application} has no stage ${quote(stage)}`, `its stages are ${list(names)}`);
  }
  const seen = status.fault ?? 'its pipeline has not been read yet';
  throw new UnfitRequest('stage', `Release ${number} of ${application} has no stages: ${seen}`, 'look again in a moment');
}

/** Names for a sentence: `build, test and production`. */
export function list(names: readonly string[]): string {
  const last = names.at(-1) ?? 'none';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** A name as somebody gave it: quoted, and short. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name);
}
