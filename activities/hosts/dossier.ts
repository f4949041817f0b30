import type { Deployment } from '../../domain/deployment.ts';
import { boundedDossier, CONTAINERS_KEPT, type ContainerDossier, dossierId, type LastResponse } from '../../domain/dossier.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import { isTcp } from '../../domain/publication.ts';
import { type HostWork, routeOf, type Sight } from './host-work.ts';

const LOG_LINES = 200;
/** The way back waits for this answer, if at all, no longer. */
const PROBE_MS = 1_000;

/**
 * Keeps what is known of the containers that a deployment started on a host, before they are removed, and returns where; undefined
 * when it started none. What was kept by an earlier attempt stands, as it saw them before they were stopped. A part that cannot be
 * had is named in the dossier, and a dossier that cannot be kept is told in `notes`: neither holds up the way back.
 */
export async function keepDossier(
  work: HostWork,
  deployment: Deployment,
  { observed }: Pick<Sight, 'observed'>,
  notes: string[],
): Promise<string | undefined> {
  const own = observed.filter((container) => container.generation === deployment.generation);
  const missing: string[] = [];
  const containers: ContainerDossier[] = [];
  for (const container of own.slice(0, CONTAINERS_KEPT)) {
    const dossier = await orMissing(missing, container.name, () => examine(work, deployment, container, missing), work);
    if (dossier !== undefined) containers.push(dossier);
  }
  if (containers.length === 0 && missing.length === 0) return keptBefore(work, dossierId(deployment, work.host.name));
  if (own.length > CONTAINERS_KEPT) missing.push(`${own.length - CONTAINERS_KEPT} further containers`);
  return keep(work, deployment, containers, missing, notes);
}

/** An attempt that was killed may have kept one and removed the containers. */
async function keptBefore(work: HostWork, id: string): Promise<string | undefined> {
  const isKept = await work.dossiers.holds(id).catch(() => false);
  return isKept ? id : undefined;
}

async function keep(
  work: HostWork,
  deployment: Deployment,
  containers: readonly ContainerDossier[],
  missing: readonly string[],
  notes: string[],
): Promise<string | undefined> {
  const { application, environment, release } = deployment;
  const host = work.host.name;
  const id = dossierId(deployment, host);
  const takenAt = new Date(work.clock.now()).toISOString();
  try {
    await work.dossiers.keep({
      id,
      application,
      environment,
      host,
      release: release.number,
      deployment: deployment.id,
      takenAt,
      containers,
      missing,
    });
    return id;
  } catch (error) {
    work.signal.throwIfAborted();
    notes.push(`its dossier could not be kept: ${messageOf(error)}`);
    return undefined;
  }
}

/** Undefined for a container that never started: there is nothing to know of it. */
async function examine(
  work: HostWork,
  deployment: Deployment,
  { name, component }: ObservedContainer,
  missing: string[],
): Promise<ContainerDossier | undefined> {
  const examined = await work.host.engine.examine(name, LOG_LINES, { signal: work.signal });
  if (examined === undefined || examined.status === 'created') return undefined;
  const response = await orMissing(missing, `the last response of ${name}`, () => lastResponse(work, deployment, component, name), work);
  return boundedDossier({ ...examined, component, ...(response !== undefined && { response }) });
}

/** Asks as a health check or a proof of identity would, with the requests of users elsewhere by now. */
async function lastResponse(work: HostWork, { release }: Deployment, component: string, name: string): Promise<LastResponse | undefined> {
  const run = release.components.find((candidate) => candidate.name === component)?.run;
  if (run?.publish === undefined || isTcp(run.publish)) return undefined;
  const path = run.health.kind === 'http' ? run.health.path : run.publish.identityPath;
  const { signal } = work;
  const answer = await work.host.router.probe(routeOf(work.place, component, run.publish), path, name, PROBE_MS, { signal });
  return { path, status: answer.status, body: await work.host.engine.withoutSecrets(name, answer.body, { signal }) };
}

async function orMissing<Part>(missing: string[], what: string, get: () => Promise<Part>, { signal }: HostWork): Promise<Part | undefined> {
  try {
    return await get();
  } catch (error) {
    signal.throwIfAborted();
    missing.push(`${what}: ${messageOf(error)}`);
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}
