import type { Pipeline, Stage } from '../domain/pipeline.ts';
import { NoSuchThing, UnfitRequest } from './problems.ts';

/** The pipeline of an application. Throws NoSuchThing, naming the applications that there are. */
export function findPipeline(pipelines: readonly Pipeline[], application: string): Pipeline {
  const found = pipelines.find((pipeline) => pipeline.application === application);
  if (found) return found;
  const names = list(pipelines.map((pipeline) => pipeline.application));
  throw new NoSuchThing(`There is no application ${quote(application)}`, `the installation has ${names}`);
}

/** A stage named in a request's body. Throws UnfitRequest, naming the stages that there are. */
export function findStage(pipeline: Pipeline, stage: string): Stage {
  const found = pipeline.stages.find((candidate) => candidate.name === stage);
  if (found) return found;
  const names = list(pipeline.stages.map((candidate) => candidate.name));
  throw new UnfitRequest('stage', `${pipeline.application} has no stage ${quote(stage)}`, `its stages are ${names}`);
}

/** The environments that an application's pipeline deploys to, in the pipeline's order. */
export function environmentsOf(pipeline: Pipeline): readonly string[] {
  return [...new Set(pipeline.stages.flatMap((stage) => (stage.kind === 'deploy' ? [stage.environment] : [])))];
}

/** Throws NoSuchThing, naming the environments that there are, unless the application has this one. */
export function requireEnvironment(pipeline: Pipeline, environment: string): void {
  const known = environmentsOf(pipeline);
  if (known.includes(environment)) return;
  throw new NoSuchThing(`${pipeline.application} has no environment ${quote(environment)}`, `its environments are ${list(known)}`);
}

/** Names for a sentence: `build, test and production`. */
export function list(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  if (names.length === 1) return names[0] ?? 'none';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** A name as somebody gave it: quoted, and short. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name);
}
