import type { DeployableRelease } from '../../domain/deployment.ts';
import type { HostPlan, PlannedComponent } from '../../domain/plan.ts';
import { type HostWork, routeOf } from './host-work.ts';

/** The plan, telling of host names that no certificate is for, where the environment has certificates: users cannot come there over TLS. */
export async function tellUncertified(work: HostWork, { components }: DeployableRelease, plan: HostPlan): Promise<HostPlan> {
  const told = plan.components.map(async (planned): Promise<PlannedComponent> => {
    const publish = components.find(({ name }) => name === planned.component)?.run.publish;
    if (publish === undefined || planned.action === 'keep') return planned;
    const route = routeOf(work.place, planned.component, publish);
    if (!(await work.host.router.uncertified(route))) return planned;
    return { ...planned, changes: [...planned.changes, { what: `no certificate for ${route.host}` }] };
  });
  return { ...plan, components: await Promise.all(told) };
}
