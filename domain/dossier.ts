/** What is known of a container that is about to be removed. All text is without the container's secrets, and cut. */
export interface ContainerDossier {
  readonly container: string;
  readonly component: string;
  readonly digest: string;
  readonly status: string;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  readonly restarts: number;
  readonly startedAt: string;
  /** As the engine says it: the year 1 for one that has not ended. */
  readonly finishedAt: string;
  /** The engine's own words where it could not run the container; empty otherwise. */
  readonly error: string;
  /** The image's own HEALTHCHECK; the newest answers last. */
  readonly health: { readonly status: string; readonly log: readonly HealthAnswer[] };
  /** The last lines of both streams. */
  readonly log: string;
  /** What it answered through the router when it was last asked; absent for a component without a publication. */
  readonly response?: LastResponse;
}

export interface HealthAnswer {
  readonly at: string;
  readonly exitCode: number;
  readonly output: string;
}

export interface LastResponse {
  readonly path: string;
  readonly status: number;
  readonly body: string;
}

/** What a deployment that failed left to know of one host. */
export interface HostDossier {
  /** Where it is kept: `dossierId`. */
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  readonly host: string;
  readonly release: number;
  readonly deployment: string;
  readonly takenAt: string;
  readonly containers: readonly ContainerDossier[];
  /** Containers beyond the tenth, and parts that could not be had, with why. */
  readonly missing: readonly string[];
}

/** Containers of one host whose dossiers are kept: of a hundred replicas the first ten tell the same. */
export const CONTAINERS_KEPT = 10;
const LOG_CHARACTERS = 16_000;
const HEALTH_ANSWERS = 5;
const HEALTH_CHARACTERS = 1_000;
const BODY_CHARACTERS = 4_000;
const ERROR_CHARACTERS = 1_000;

/** A dossier's id says what it is of. */
export function dossierId(
  of: { readonly application: string; readonly environment: string; readonly generation: number },
  host: string,
): string {
  return `${of.application}/${of.environment}/${of.generation}/${host}`;
}

/** The same, cut to what is kept: the end of a log and the newest health answers tell most. */
export function boundedDossier(dossier: ContainerDossier): ContainerDossier {
  const { response, health } = dossier;
  const answers = health.log.slice(-HEALTH_ANSWERS);
  return {
    ...dossier,
    error: dossier.error.slice(0, ERROR_CHARACTERS),
    health: { ...health, log: answers.map((answer) => ({ ...answer, output: answer.output.slice(0, HEALTH_CHARACTERS) })) },
    log: dossier.log.slice(-LOG_CHARACTERS),
    ...(response !== undefined && { response: { ...response, body: response.body.slice(0, BODY_CHARACTERS) } }),
  };
}
