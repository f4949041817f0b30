import type { RollbackAnswer } from '../../domain/rollback-request.ts';
import type { EnvironmentView } from '../../server/schemas/environment.ts';
import { LONGEST_REASON, oneLine } from '../rendering/plain.ts';
import type { ChangeEnd } from './follow-environment.ts';

/**
 * How a rollback ended, or undefined while it goes on. A rollback of a promotion under way is that promotion's own way back:
 * it has succeeded when the promotion is undone and the environment serves what was asked for.
 */
export function rollbackEnd(status: EnvironmentView, answer: RollbackAnswer): ChangeEnd | undefined {
  if (status.running?.deployment === answer.deployment) return undefined;
  const { last } = status;
  if (last?.deployment === answer.deployment) return endOf(status, last, answer);
  if (last === null || generationOf(last.deployment) < generationOf(answer.deployment)) return undefined;
  return overtaken(status, answer);
}

function endOf(status: EnvironmentView, last: NonNullable<EnvironmentView['last']>, answer: RollbackAnswer): ChangeEnd {
  const { outcome } = last;
  const hosts = 'hosts' in outcome ? outcome.hosts : [];
  const undone = last.kind === 'promotion' ? outcome.kind === 'rolled-back' || outcome.kind === 'failed' : outcome.kind === 'succeeded';
  if (undone && serves(status, answer.to)) return { succeeded: true, sentence: `${place(status)} rolled back to #${answer.to}`, hosts };
  // Where no host was touched, the reason is all that there is to go on with.
  const longest = hosts.length === 0 ? LONGEST_REASON : undefined;
  const why = 'reason' in outcome ? oneLine(outcome.reason, longest) : `the deployment ${outcome.kind.replaceAll('-', ' ')}`;
  return { succeeded: false, sentence: `${place(status)} did not return to #${answer.to}; it runs ${current(status)}: ${why}`, hosts };
}

/** Something else was deployed before anybody looked. */
function overtaken(status: EnvironmentView, answer: RollbackAnswer): ChangeEnd {
  const good = [...(status.current ? [status.current] : []), ...status.history];
  const succeeded = good.some((release) => release.deployment === answer.deployment);
  const how = succeeded ? `rolled back to #${answer.to}` : `did not return to #${answer.to}`;
  return { succeeded, sentence: `${place(status)} ${how}, and has been changed since: it runs ${current(status)}`, hosts: [] };
}

function serves(status: EnvironmentView, release: number): boolean {
  return status.current?.release.number === release;
}

function current(status: EnvironmentView): string {
  return status.current === null ? 'nothing known to be good' : `#${status.current.release.number}`;
}

function place(status: EnvironmentView): string {
  return `${status.application} in ${status.environment}`;
}

/** The number at the end of a deployment's id. */
function generationOf(deployment: string): number {
  return Number(deployment.slice(deployment.lastIndexOf('/') + 1));
}
