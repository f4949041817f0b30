import type { HostRevival } from '../../../activities/hosts/revive-host.ts';
import type { JobRun } from '../../../activities/hosts/run-job.ts';
import type { Charge } from '../../../activities/upkeep.ts';
import { withHeartbeat } from '../../../activities/with-heartbeat.ts';
import type { HostReading, ServerReading } from '../../../domain/canary-figures.ts';
import type { Deployment, HostReport } from '../../../domain/deployment.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { releaseOn } from '../../../domain/host-selection.ts';
import type { JobReport, PlannedJob } from '../../../domain/job.ts';
import { planHost, sealPlan } from '../../../domain/plan.ts';
import { untilStopped, type WorldState } from './world-state.ts';

/** Hosts, their routers, and the jobs that run there. */
export function hostsOf(world: WorldState) {
  return {
    planSite: async ({
      hosts,
      release,
      strategy,
      jobs,
      alarms,
    }: Pick<Deployment, 'hosts' | 'release' | 'strategy' | 'alarms'> & { jobs?: readonly PlannedJob[] }) => {
      await world.meet('planSite');
      // Its hosts have no labels.
      const own = releaseOn(release, {});
      const plans = hosts.map((host) => planHost(host.name, observed(world, host.name), own, world.hash));
      return sealPlan(plans, strategy, world.hash, { ...(jobs !== undefined && { jobs }), ...(alarms !== undefined && { alarms }) });
    },
    prepareHost: ({ host, deployment }: { host: string; deployment: Deployment }) => world.meet(`prepareHost ${host}`, deployment),
    startHost: ({ host, deployment }: { host: string; deployment: Deployment }) => world.meet(`startHost ${host}`, deployment),
    weighHost: async ({ host, deployment, weight }: { host: string; deployment: Deployment; weight: number }): Promise<HostReading> => {
      await world.meet(`weighHost ${host} ${weight}%`, deployment);
      return reading(world, host, deployment);
    },
    measureHost: async ({ host, deployment }: { host: string; deployment: Deployment }): Promise<HostReading> => {
      await world.meet(`measureHost ${host}`, deployment);
      return reading(world, host, deployment);
    },
    switchHost: async ({ host, deployment }: { host: string; deployment: Deployment }): Promise<HostReport> => {
      await world.meet(`switchHost ${host}`, deployment);
      world.serve(host, deployment.release, deployment.generation);
      return { host, outcome: 'switched', detail: '', digests: digests(deployment.release) };
    },
    restoreHost: async ({ host, deployment }: { host: string; deployment: Deployment }): Promise<HostReport> => {
      await world.meet(`restoreHost ${host}`, deployment);
      if (deployment.previous === null) delete world.serving[host];
      else world.serve(host, deployment.previous.release, deployment.previous.generation);
      return { host, outcome: 'restored', detail: '', digests: deployment.previous ? digests(deployment.previous.release) : {} };
    },
    runJob: (order: JobRun & { readonly host: string }): Promise<JobReport> =>
      withHeartbeat(async ({ signal }) => {
        const { job, release, direction, attempt = 1 } = order.task;
        const what = `runJob ${job.name} ${direction} of ${release} on ${order.host}${attempt === 1 ? '' : ` again`}`;
        await Promise.race([world.meet(what), untilStopped(signal)]);
        const exitCode = world.exitCodes.get(what) ?? 0;
        const outcome = exitCode === 0 ? 'done' : 'failed';
        const detail = `${job.name} ended with exit code ${exitCode}`;
        return { job: job.name, release, direction, host: order.host, outcome, detail, exitCode, milliseconds: 1 };
      }),
    retireHost: ({ host, keepGeneration }: { host: string; keepGeneration: number }) =>
      withHeartbeat(async ({ signal }) => {
        await Promise.race([world.meet(`retireHost ${host} keeps ${keepGeneration}`), untilStopped(signal)]);
      }),
    reviveHosts: async ({ hosts }: Charge): Promise<readonly HostRevival[]> => {
      await world.meet(`reviveHosts ${hosts.map(({ name }) => name).join()}`);
      return hosts.map(({ name }) => ({ host: name, refilled: ['web'], started: [] }));
    },
  };
}

/** Both versions have a thousand good requests more at each reading. */
function reading(world: WorldState, host: string, { release, previous }: Deployment): HostReading {
  if (previous === null) return { host, components: [] };
  world.readingsTaken += 1;
  const counted: ServerReading = { requests: 1_000 * world.readingsTaken, refused: 0, failed: 0, averageMs: 10 };
  const read = world.readings({ host, release: release.number, readings: world.readingsTaken });
  const component = {
    component: 'web',
    since: '1',
    newer: { new: counted },
    older: { old: counted },
    restarts: 0,
    outOfMemory: 0,
    ...read,
  };
  return { host, components: [component] };
}

function observed(world: WorldState, host: string) {
  const now = world.serving[host];
  if (now === undefined) return [];
  const labels = { component: 'web', replica: 1, deployment: '', spec: 'spec-web', running: true };
  return [{ name: `web-${now.generation}`, release: now.release, generation: now.generation, digest: parseDigest(now.digest), ...labels }];
}

function digests(release: Deployment['release']): Record<string, string> {
  return Object.fromEntries(release.components.map((component) => [component.name, component.image.digest]));
}
