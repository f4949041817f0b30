import type { DeployableRelease } from '../../domain/deployment.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import type { ComponentChoice, Runner } from '../../domain/switch.ts';
import { containerSpec } from './container-spec.ts';
import { HostFailed } from './host-failed.ts';
import type { HostWork } from './host-work.ts';
import type { ContainerState, RouteServer } from './ports.ts';

/** Makes the containers of a choice that are to be made; what is there as asked is adopted. Starts nothing. */
export async function makeRunners(work: HostWork, release: DeployableRelease, choice: ComponentChoice): Promise<void> {
  if (choice.kind !== 'create') return;
  const { secrets: files } = choice.component.run;
  const secrets = files && (await work.secretVersions(work.place, files));
  for (const runner of choice.runners) {
    work.tell(`making ${runner.name}`);
    await work.host.engine.ensureContainer(containerSpec(work, release, choice, runner, secrets), { signal: work.signal });
  }
}

/**
 * Starts all containers of a choice. A switch makes none, so that one which comes after its host was restored finds nothing to
 * start: then the engine's port throws ContainerMissing.
 */
export async function startRunners(work: HostWork, choice: ComponentChoice): Promise<void> {
  const { secrets } = choice.component.run;
  for (const runner of choice.runners) {
    if (secrets !== undefined) await work.host.engine.ensureSecrets(runner.name, secrets, { signal: work.signal });
    work.tell(`starting ${runner.name}`);
    await work.host.engine.start(runner.name, { signal: work.signal });
  }
}

/** The containers of a choice as the router takes them, at the addresses they have now. Throws HostFailed for one that does not run. */
export async function serversOf(work: HostWork, choice: ComponentChoice, port: number): Promise<RouteServer[]> {
  return Promise.all(
    choice.runners.map(async (runner) => {
      const state = await work.host.engine.inspect(runner.name, { signal: work.signal });
      const address = state?.address;
      if (address === undefined) throw await stoppedRunner(work, choice, runner, state);
      return { name: runner.name, address, port, deployment: runner.deployment };
    }),
  );
}

/** Why a container that should run does not, with its last lines. */
export async function stoppedRunner(
  work: HostWork,
  { component }: Pick<ComponentChoice, 'component'>,
  runner: Pick<Runner, 'name'>,
  state: ContainerState | undefined,
): Promise<HostFailed> {
  const log = await work.host.engine.logsTail(runner.name, LOG_LINES, { signal: work.signal });
  return new HostFailed({ host: work.host.name, component: component.name, container: runner.name, seen: endOf(state), log });
}

export const LOG_LINES = 20;

function endOf(state: ContainerState | undefined): string {
  if (state === undefined) return 'its container is not there; someone removed it';
  if (state.status === 'running') return `expected it to stay up, and it ended and was started again (${state.restarts} times so far)`;
  const memory = state.outOfMemory ? ', as it used more memory than it may' : '';
  return `expected it to run, and it is ${state.status} with exit code ${state.exitCode}${memory}`;
}

/** Stops containers at once, each with the same grace. */
export async function stopAll(work: HostWork, containers: readonly Pick<ObservedContainer, 'name'>[], graceMs: number): Promise<void> {
  if (containers.length > 0) work.tell(`stopping ${containers.map(({ name }) => name).join(', ')}`);
  await Promise.all(containers.map(({ name }) => work.host.engine.stop(name, graceMs, { signal: work.signal })));
}
