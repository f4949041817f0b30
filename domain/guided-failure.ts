import type { EnvironmentPolicy } from './environment.ts';
import type { Stage } from './pipeline.ts';

/**
 * What can become of a host that failed. `retry` does the failed step once more; `skip` puts the host back and goes on with the
 * others, waiting for as long as that takes; `exclude` tries to put it back and goes on whatever comes of it; `roll-back` returns
 * every host.
 */
export const FAILURE_ANSWERS = ['retry', 'skip', 'exclude', 'roll-back'] as const;
export type FailureAnswer = (typeof FAILURE_ANSWERS)[number];

/** What a stage or an environment wants when a host fails: by default the deployment goes back by itself. */
export interface OnFailure {
  readonly ask: boolean;
  /** How long a person has to answer. */
  readonly deadlineMs: number;
  /** What happens when nobody does. A retry would ask the same again for ever. */
  readonly default: Exclude<FailureAnswer, 'retry'>;
}

/** The same as a deployment has it, with those who may answer; everybody who may use the API where it names nobody. */
export interface FailureRule extends Omit<OnFailure, 'ask'> {
  readonly deciders?: readonly string[];
}

/** A host that failed, and what a person is asked about it. */
export interface HostQuestion {
  readonly host: string;
  /** What was being done: `preparing`, `starting` or `switching`. */
  readonly step: string;
  readonly reason: string;
  readonly since: string;
  readonly until: string;
  readonly default: FailureAnswer;
  readonly deciders?: readonly string[];
}

/** An answer as it arrives: the person comes from the credential that the server checked. */
export interface HostDecision {
  readonly host: string;
  readonly answer: FailureAnswer;
  readonly person: string;
  readonly reason: string;
}

type DeployStage = Extract<Stage, { kind: 'deploy' }>;

/** The environment's own word counts before the stage's. Who may approve may answer; undefined where nobody is asked. */
export function failureRule(stage: DeployStage, policy: EnvironmentPolicy): FailureRule | undefined {
  const wish = policy.onFailure ?? stage.onFailure;
  if (wish === undefined || !wish.ask) return undefined;
  const deciders = policy.approval?.approvers ?? stage.approval?.approvers;
  return { deadlineMs: wish.deadlineMs, default: wish.default, ...(deciders !== undefined && { deciders }) };
}

/** Why an answer does not count, or undefined when it does. */
export function objectionToDecision(decision: HostDecision, open: readonly HostQuestion[]): string | undefined {
  const question = open.find(({ host }) => host === decision.host);
  const waiting = open.length === 0 ? 'no host does' : `these do: ${open.map(({ host }) => host).join(', ')}`;
  if (question === undefined) return `Host ${decision.host} waits for no decision; ${waiting}`;
  if (!FAILURE_ANSWERS.includes(decision.answer)) return `${decision.answer} is no answer; the answers are ${FAILURE_ANSWERS.join(', ')}`;
  if (mayDecide(decision.person, question)) return undefined;
  return `${decision.person} may not decide about ${decision.host}; ask ${question.deciders?.join(' or ')}`;
}

export function mayDecide(person: string, { deciders }: Pick<HostQuestion, 'deciders'>): boolean {
  return deciders === undefined || deciders.includes(person);
}

/** Of a reason that is shown and kept in histories: the whole of it is in the host's report. */
const REASON_LENGTH = 300;

/** A reason on one line, cut. */
export function shortReason(reason: string): string {
  const line = reason.trim().replace(/\s+/g, ' ');
  return line.length > REASON_LENGTH ? `${line.slice(0, REASON_LENGTH - 1)}…` : line;
}
