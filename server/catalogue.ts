import type { ReleaseStatus } from '../domain/release.ts';
import type { ServerParts } from './ports.ts';
import { NoSuchThing, UnfitRequest } from './problems.ts';

type Names = Pick<ServerParts, 'applications' | 'environments'>;

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

/** Throws UnfitRequest, naming the stages that there are, unless the release has this one. */
export function requireStage(status: ReleaseStatus, stage: string): void {
  const names = status.stages.map((candidate) => candidate.name);
  if (names.includes(stage)) return;
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
