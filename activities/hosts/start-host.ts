import type { Deployment } from '../../domain/deployment.ts';
import { type HostWork, look, refuseOvertaken } from './host-work.ts';
import { choices } from './prepare-host.ts';
import { proveBeside } from './switch-component.ts';
import { isStopFirst } from './switch-host.ts';

/**
 * Starts and proves everything of a prepared release that is behind the router, beside what serves: requests stay where they are.
 * Components without a publication and stateful ones wait for the switch, as two versions of them would do the same work twice.
 * Throws as `switchHost`.
 */
export async function startHost(work: HostWork, deployment: Deployment): Promise<void> {
  const { generation, release } = deployment;
  const sight = await look(
    work,
    release.components.map(({ name }) => name),
  );
  refuseOvertaken(work, generation, sight);
  for (const choice of await choices(work, deployment, sight)) {
    const { publish } = choice.component.run;
    if (publish !== undefined && !isStopFirst(deployment, choice.component) && choice.kind !== 'keep')
      await proveBeside(work, choice, publish);
  }
}
