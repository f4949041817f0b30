import type { DeployableComponent } from '../../domain/deployment.ts';
import type { HealthCheck } from '../../domain/pipeline.ts';
import type { ComponentChoice, Runner } from '../../domain/switch.ts';
import { HostFailed } from './host-failed.ts';
import type { HostWork } from './host-work.ts';
import type { ContainerState, Route } from './ports.ts';
import { LOG_LINES, stoppedRunner } from './runners.ts';

/** How often an engine is asked; the containers' own health checks and lives change no faster. */
const LOOK_MS = 200;
const END_LOOKS = 15;
/** How far the difference between a host's clock and ours can be mistaken, as an answer takes its time. */
const DOUBT_MS = 5_000;

/** What one look at a container showed. */
interface Finding {
  readonly good: boolean;
  readonly seen: string;
}

interface Watch {
  readonly runner: Runner;
  readonly restarts: number;
  readonly since: number;
  /** Milliseconds by which the host's clock is ahead of ours. */
  readonly ahead: number;
  streak: number;
  seen: string;
}

/**
 * Waits until all containers of a choice are healthy as their component defines it; `http` and `tcp` ask through the router. Throws
 * HostFailed at the deadline, and at once when a container ends, restarts or calls itself unhealthy. Containers that run for
 * long already are asked without pauses for as long as they answer well.
 */
export async function untilHealthy(work: HostWork, choice: ComponentChoice, route: Route | undefined): Promise<void> {
  const { health } = choice.component.run;
  const deadline = work.clock.now() + health.deadlineMs;
  const watches = await Promise.all(choice.runners.map((runner) => startWatch(work, choice, runner)));
  for (;;) {
    await Promise.all(watches.map((watch) => lookAt(work, choice, watch, route)));
    const waiting = watches.filter((watch) => !isDone(health, watch));
    const [first] = waiting;
    if (first === undefined) return;
    if (work.clock.now() >= deadline) throw await tooLate(work, choice.component, first);
    work.tell(`waiting for ${first.runner.name}: ${first.seen}`);
    const isWarm = choice.kind !== 'create' && waiting.every((watch) => watch.streak > 0);
    await work.clock.sleep(isWarm && 'threshold' in health ? 0 : pauseOf(health), work.signal);
  }
}

async function startWatch(work: HostWork, choice: ComponentChoice, runner: Runner): Promise<Watch> {
  const state = await inspectRunning(work, choice, runner);
  const ahead =
    choice.component.run.health.kind === 'running' ? (await work.host.engine.now({ signal: work.signal })) - work.clock.now() : 0;
  return { runner, restarts: state.restarts, since: work.clock.now(), ahead, streak: 0, seen: 'it has just been started' };
}

async function lookAt(work: HostWork, choice: ComponentChoice, watch: Watch, route: Route | undefined): Promise<void> {
  const state = await inspectRunning(work, choice, watch.runner);
  if (state.restarts > watch.restarts) throw await stoppedRunner(work, choice, watch.runner, await endedState(work, watch.runner, state));
  const { good, seen } = await finding(work, choice, watch, state, route);
  watch.streak = good ? watch.streak + 1 : 0;
  watch.seen = seen;
}

/** An engine forgets the exit code when it starts a container again; one that ends each time will tell it soon. */
async function endedState(work: HostWork, runner: Runner, first: ContainerState): Promise<ContainerState | undefined> {
  let state: ContainerState | undefined = first;
  for (let look = 0; look < END_LOOKS && state?.status === 'running'; look += 1) {
    await work.clock.sleep(LOOK_MS, work.signal);
    state = await work.host.engine.inspect(runner.name, { signal: work.signal });
  }
  return state;
}

async function inspectRunning(work: HostWork, choice: ComponentChoice, runner: Runner): Promise<ContainerState> {
  const state = await work.host.engine.inspect(runner.name, { signal: work.signal });
  if (state?.status !== 'running') throw await stoppedRunner(work, choice, runner, state);
  return state;
}

async function finding(
  work: HostWork,
  { component }: ComponentChoice,
  watch: Watch,
  state: ContainerState,
  route: Route | undefined,
): Promise<Finding> {
  const { health } = component.run;
  if (health.kind === 'container' || health.kind === 'command') return ownHealth(work, component, watch, state);
  if (health.kind === 'running') {
    const up = Math.max(work.clock.now() - watch.since, work.clock.now() + watch.ahead - Date.parse(state.startedAt) - DOUBT_MS);
    return { good: up >= health.stableMs, seen: `it has been up for ${up} ms of ${health.stableMs} ms` };
  }
  if (health.kind === 'tcp') return takesConnections(work, health, state);
  if (route === undefined) throw unhealthy(work, component, watch, 'it has an http health check and publishes no port', '');
  const { status } = await work.host.router.probe(route, health.path, watch.runner.name, health.timeoutMs, { signal: work.signal });
  return { good: status >= 200 && status < 400, seen: `${health.path} answers ${status} through the router` };
}

async function takesConnections(
  work: HostWork,
  { port, timeoutMs }: Extract<HealthCheck, { kind: 'tcp' }>,
  { address }: ContainerState,
): Promise<Finding> {
  const good = address !== undefined && (await work.host.router.reaches(address, port, timeoutMs, { signal: work.signal }));
  return { good, seen: `it ${good ? 'takes' : 'takes no'} connection at port ${port}` };
}

async function ownHealth(work: HostWork, component: DeployableComponent, watch: Watch, state: ContainerState): Promise<Finding> {
  if (state.health === 'none')
    throw unhealthy(work, component, watch, 'its image has no HEALTHCHECK to ask; configure another health check', '');
  if (state.health === 'unhealthy') throw unhealthy(work, component, watch, 'its HEALTHCHECK says unhealthy', await logOf(work, watch));
  return { good: state.health === 'healthy', seen: `its HEALTHCHECK says ${state.health}` };
}

async function tooLate(work: HostWork, component: DeployableComponent, watch: Watch): Promise<HostFailed> {
  const { deadlineMs } = component.run.health;
  return unhealthy(
    work,
    component,
    watch,
    `expected it to be healthy within ${deadlineMs} ms, and ${watch.seen}`,
    await logOf(work, watch),
  );
}

function unhealthy(work: HostWork, component: DeployableComponent, watch: Watch, seen: string, log: string): HostFailed {
  return new HostFailed({ host: work.host.name, component: component.name, container: watch.runner.name, seen, log });
}

function logOf(work: HostWork, watch: Watch): Promise<string> {
  return work.host.engine.logsTail(watch.runner.name, LOG_LINES, { signal: work.signal });
}

function isDone(health: HealthCheck, watch: Watch): boolean {
  return watch.streak >= ('threshold' in health ? health.threshold : 1);
}

function pauseOf(health: HealthCheck): number {
  return 'threshold' in health ? health.intervalMs : LOOK_MS;
}
