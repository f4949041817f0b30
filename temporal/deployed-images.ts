import type { Client } from '@temporalio/client';
import type { EnvironmentStatus } from '../domain/environment-status.ts';
import type { Place, ReleaseName } from '../domain/retention-protection.ts';
import { environmentOfWorkflow, releaseOfWorkflow } from '../domain/workflow-ids.ts';
import type { ReleaseEngine } from './engine.ts';

/** Environments that are asked at once. */
const AT_ONCE = 8;

/** What the engine's workflows say of where images are needed. Throws what the engine throws when one of them cannot be asked. */
export function createDeployedImages(client: Client, engine: Pick<ReleaseEngine, 'environmentStatus'>) {
  return {
    /** The environments of these places, every other that has a workflow, and the releases that have not ended. */
    async read(
      places: readonly Place[],
    ): Promise<{ readonly statuses: readonly EnvironmentStatus[]; readonly underWay: readonly ReleaseName[] }> {
      // In this order: a release that ends in between has left its images with an environment that is asked afterwards.
      const underWay = await releasesUnderWay(client);
      const known = await environmentsWithWorkflow(client);
      const all = new Map([...places, ...known].map((place) => [`${place.application}/${place.environment}`, place]));
      return { statuses: await statusesOf(engine, [...all.values()]), underWay };
    },
  };
}

async function statusesOf(engine: Pick<ReleaseEngine, 'environmentStatus'>, places: readonly Place[]): Promise<EnvironmentStatus[]> {
  const statuses: EnvironmentStatus[] = [];
  for (let at = 0; at < places.length; at += AT_ONCE) {
    const some = places.slice(at, at + AT_ONCE);
    statuses.push(...(await Promise.all(some.map((place) => engine.environmentStatus(place.application, place.environment)))));
  }
  return statuses;
}

/** From visibility, so the latest second may be missing: who decides by it takes young releases for running ones. */
async function releasesUnderWay(client: Client): Promise<ReleaseName[]> {
  return (await runningIds(client, 'release')).flatMap((id) => releaseOfWorkflow(id) ?? []);
}

async function environmentsWithWorkflow(client: Client): Promise<Place[]> {
  return (await runningIds(client, 'environment')).flatMap((id) => environmentOfWorkflow(id) ?? []);
}

async function runningIds(client: Client, workflowType: string): Promise<string[]> {
  const ids: string[] = [];
  const query = `WorkflowType = '${workflowType}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}
