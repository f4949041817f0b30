import type { HostAnswer } from '../../domain/host-request.ts';
import type { EnvironmentView } from '../../server/schemas/environment.ts';
import { oneLine } from '../rendering/plain.ts';
import type { ChangeEnd } from './follow-environment.ts';

/** How the deployment to one host ended, or undefined while it waits or goes on. */
export function hostEnd({ queue, running, last }: EnvironmentView, { requestId }: HostAnswer, host: string): ChangeEnd | undefined {
  if (running?.requestId === requestId || queue.some((wish) => wish.requestId === requestId)) return undefined;
  if (last?.requestId === requestId) return endOf(last, host);
  return {
    succeeded: false,
    sentence: `The turn of ${host} is over, and others came after it: how it ended is no longer shown`,
    hosts: [],
  };
}

function endOf({ outcome, release }: NonNullable<EnvironmentView['last']>, host: string): ChangeEnd {
  const hosts = 'hosts' in outcome ? outcome.hosts : [];
  if (outcome.kind === 'succeeded') return { succeeded: true, sentence: `${host} runs #${release}`, hosts };
  if (outcome.kind === 'plan-changed')
    return { succeeded: false, sentence: `${host} was left as it is: its plan is another now than the one that you saw`, hosts };
  return { succeeded: false, sentence: `${host} was not brought to #${release}: ${oneLine(outcome.reason)}`, hosts };
}
