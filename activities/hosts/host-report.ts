import type { HostOutcome, HostReport } from '../../domain/deployment.ts';
import type { ComponentChoice } from '../../domain/switch.ts';
import { HostFailed } from './host-failed.ts';
import type { HostWork } from './host-work.ts';

/** What a host runs now, as its engine says. Throws HostFailed when a container runs another digest than it was made for. */
export async function hostReport(
  work: HostWork,
  outcome: HostOutcome,
  detail: string,
  choices: readonly ComponentChoice[],
): Promise<HostReport> {
  const digests: Record<string, string> = {};
  for (const choice of choices) digests[choice.component.name] = await digestOf(work, choice);
  return { host: work.host.name, outcome, detail, digests };
}

async function digestOf(work: HostWork, { component, runners }: ComponentChoice): Promise<string> {
  for (const { name } of runners) {
    const state = await work.host.engine.inspect(name, { signal: work.signal });
    const seen = state?.digest ?? 'no container';
    if (seen === component.image.digest) continue;
    const expected = `expected it to run ${component.image.digest}, and saw ${seen}`;
    throw new HostFailed({ host: work.host.name, component: component.name, container: name, seen: expected });
  }
  return component.image.digest;
}
