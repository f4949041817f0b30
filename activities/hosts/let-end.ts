import type { DeployableRelease } from '../../domain/deployment.ts';
import { type Drain, drainWords } from '../../domain/drain.ts';
import { printDuration } from '../../domain/duration.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import type { HostWork } from './host-work.ts';
import type { ContainerState } from './ports.ts';

const LOOK_MS = 250;
/** One attempt of a way back has ten minutes for all that it does. */
export const LONGEST_ON_THE_WAY_BACK_MS = 300_000;

type Named = Pick<ObservedContainer, 'name'>;

/**
 * Tells containers to end what they have begun, each by its signal, and waits until all have: by ending, or by the file that says so. Returns what
 * people should know: which had not when their time was over, and which ended badly. Whoever tries again tells them again, and waits anew.
 * Nothing where they have no drain; none of them is stopped here.
 */
export async function letEnd(work: HostWork, containers: readonly Named[], drain: Drain | undefined): Promise<string[]> {
  if (drain === undefined || containers.length === 0) return [];
  work.tell(`draining ${containers.map(({ name }) => name).join(', ')}: ${drainWords(drain)}`);
  const { engine } = work.host;
  await Promise.all(containers.map(({ name }) => engine.signal(name, drain.signal, { signal: work.signal })));
  const deadline = work.clock.now() + drain.timeoutMs;
  const notes = await Promise.all(containers.map(({ name }) => untilEnded(work, name, drain, deadline)));
  return notes.flat();
}

/** The same for what a deployment brought, once it goes back: bounded, so that the way back ends in time. */
export async function letReleaseEnd(
  work: HostWork,
  { components }: DeployableRelease,
  own: readonly ObservedContainer[],
): Promise<string[]> {
  const notes = components.map(({ name, run: { drain } }) => {
    const running = own.filter((container) => container.component === name && container.running);
    return letEnd(work, running, drain && { ...drain, timeoutMs: Math.min(drain.timeoutMs, LONGEST_ON_THE_WAY_BACK_MS) });
  });
  return (await Promise.all(notes)).flat();
}

async function untilEnded(work: HostWork, name: string, { until, timeoutMs }: Drain, deadline: number): Promise<string[]> {
  for (;;) {
    const state = await work.host.engine.inspect(name, { signal: work.signal });
    if (state === undefined || !isUp(state)) return endOf(name, state?.exitCode ?? 0);
    if (until !== 'exit' && (await isThere(work, name, until.file, state.startedAt))) return [];
    if (work.clock.now() >= deadline) return [`${name} did not end within ${printDuration(timeoutMs)}, and was stopped`];
    await work.clock.sleep(LOOK_MS, work.signal);
  }
}

/** A file that an earlier run of the same container left says nothing of this one. */
async function isThere(work: HostWork, name: string, file: string, startedAt: string): Promise<boolean> {
  const time = await work.host.engine.fileTime(name, file, { signal: work.signal });
  return time !== undefined && time >= Date.parse(startedAt);
}

/** One that is paused has not ended. */
function isUp({ status }: Pick<ContainerState, 'status'>): boolean {
  return status === 'running' || status === 'paused' || status === 'restarting';
}

/** Those of some containers that were told to end their work and run still: they take no more. */
export async function endingOf(work: HostWork, containers: readonly Named[]): Promise<Named[]> {
  const states = await Promise.all(containers.map(({ name }) => work.host.engine.inspect(name, { signal: work.signal })));
  return containers.filter((_, index) => states[index]?.status === 'running' && states[index]?.isKept === false);
}

function endOf(name: string, exitCode: number): string[] {
  return exitCode === 0 ? [] : [`${name} ended with exit code ${exitCode} as it drained`];
}
