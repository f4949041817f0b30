import type { Client } from '@temporalio/client';
import type { RunningRelease } from '../domain/deployment.ts';
import type { EnvironmentStatus } from '../domain/environment-status.ts';
import { environmentOfWorkflow } from '../domain/workflow-ids.ts';
import type { ReleaseEngine } from './engine.ts';

/** What every environment that answers runs now; one that does not is asked again next time. */
export async function runningReleases(client: Client, engine: Pick<ReleaseEngine, 'environmentStatus'>): Promise<RunningRelease[]> {
  const running: RunningRelease[] = [];
  for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'environment' AND ExecutionStatus = 'Running'" })) {
    const place = environmentOfWorkflow(workflowId);
    if (place === undefined) continue;
    const status = await engine.environmentStatus(place.application, place.environment).catch(() => undefined);
    if (status?.current) running.push({ ...place, release: status.current.release, ...exceptions(status) });
  }
  return running;
}

/** Hosts that were left out run what they ran before, as far as that is known. While a deployment is at work, what runs is its own to say. */
function exceptions({ running, behind, history }: EnvironmentStatus): Pick<RunningRelease, 'isChanging' | 'behind'> {
  const runs = behind.map(({ host, outcome, runs: number }) => {
    const known = outcome === 'skipped' ? history.find(({ release }) => release.number === number)?.release : undefined;
    return [host, known ?? null] as const;
  });
  return { isChanging: running !== null, behind: Object.fromEntries(runs) };
}
