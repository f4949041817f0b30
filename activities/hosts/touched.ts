import type { Deployment } from '../../domain/deployment.ts';
import type { ComponentChoice } from '../../domain/switch.ts';
import type { HostWork, Sight } from './host-work.ts';
import { endingOf } from './let-end.ts';

/** Whether a deployment started anything on a host, or what ran before it no longer serves there. */
export async function isTouched(
  work: HostWork,
  deployment: Deployment,
  choices: readonly ComponentChoice[],
  sight: Sight,
): Promise<boolean> {
  if (choices.some((choice) => !serves(choice, sight)) || (await hasStarted(work, deployment, sight))) return true;
  const draining = choices.filter(({ component }) => component.run.drain !== undefined).flatMap(({ runners }) => runners);
  return (await endingOf(work, draining)).length > 0;
}

function serves({ component, runners }: ComponentChoice, { observed, routed }: Sight): boolean {
  const names = runners.map(({ name }) => name);
  const served = routed.get(component.name) ?? [];
  const isUp = names.every((name) => observed.some((container) => container.name === name && container.running));
  // Another beside them has a share of what was theirs.
  return isUp && (component.run.publish === undefined || (names.length === served.length && names.every((name) => served.includes(name))));
}

/** One that ended at once was started all the same. */
async function hasStarted({ host, signal }: HostWork, { generation }: Deployment, { observed }: Sight): Promise<boolean> {
  for (const container of observed.filter((one) => one.generation === generation)) {
    const state = await host.engine.inspect(container.name, { signal });
    if (state !== undefined && state.status !== 'created') return true;
  }
  return false;
}
