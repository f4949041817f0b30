import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { DeployableRelease } from '../domain/deployment.ts';
import { withoutJobs } from '../domain/host-deployment.ts';
import type { HostPreview } from '../domain/plan-preview.ts';
import { failureText } from './failure-text.ts';
import { planOn } from './plan.ts';
import { installation } from './proxies/main.ts';

export interface PlanHostInput {
  readonly application: string;
  readonly environment: string;
  readonly host: string;
  /** What the environment runs. */
  readonly release: DeployableRelease;
}

/** Somebody waits for the answer. */
const PATIENCE_MS = 30_000;

/** What bringing one host to what its environment runs would do now. Changes nothing, and every end is a result. */
export async function planHost(input: PlanHostInput): Promise<HostPreview> {
  try {
    return await CancellationScope.withTimeout(PATIENCE_MS, () => preview(input));
  } catch (error) {
    const reason = isCancellation(error) ? `the host could not be looked at within ${PATIENCE_MS / 1_000} s` : failureText(error);
    return { kind: 'failed', reason };
  }
}

async function preview({ application, environment, host: name, release }: PlanHostInput): Promise<HostPreview> {
  const { hosts } = await installation.readEnvironment({ application, environment });
  const host = hosts.find((candidate) => candidate.name === name);
  if (host === undefined) return { kind: 'unknown-host', hosts: hosts.map((known) => known.name) };
  const plan = await planOn({
    application,
    environment,
    hosts: [host],
    release: withoutJobs(release),
    strategy: { kind: 'rolling', batch: 1 },
  });
  return { kind: 'planned', release: release.number, plan };
}
