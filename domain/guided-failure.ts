import type { UnclearRule } from './deployment.ts';
import type { EnvironmentPolicy } from './environment-policy.ts';
import { votersOf } from './gates/approval.ts';
import type { KnownBy } from './people/known-by.ts';
import type { Stage } from './pipeline.ts';

/**
 * What can become of a host that failed. `retry` does the failed step once more; `skip` puts the host back and goes on with the
 * others, waiting for as long as that takes; `exclude` tries to put it back and goes on whatever comes of it; `roll-back` returns
 * every host.
 */
export const FAILURE_ANSWERS = ['retry', 'skip', 'exclude', 'roll-back'] as const;
export type FailureAnswer = (typeof FAILURE_ANSWERS)[number];

/**
 * What can become of a canary whose figures do not tell. `proceed` takes the next step as if they were good; `retry` leaves the weight
 * for as long again and judges all that was counted by then; `roll-back` returns every host.
 */
export const UNCLEAR_ANSWERS = ['proceed', 'retry', 'roll-back'] as const;
export type DecisionAnswer = FailureAnswer | (typeof UNCLEAR_ANSWERS)[number];
export const DECISION_ANSWERS = [...FAILURE_ANSWERS, 'proceed'] as const satisfies readonly DecisionAnswer[];

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

/** What a person is asked: about a host that failed, or about the step of a canary, which is of all hosts and names none. */
export interface HostQuestion {
  /** The deployment's generation and the question's number in it, as in `2.1`: an answer counts for this question alone. */
  readonly id: string;
  readonly host?: string;
  /** What was being done: `preparing`, `starting`, `switching`, … */
  readonly step: string;
  readonly reason: string;
  readonly since: string;
  readonly until: string;
  readonly default: DecisionAnswer;
  readonly deciders?: readonly string[];
}

/** An answer as it arrives: the person comes from the credential that the server checked. */
export interface HostDecision {
  /** Absent about a canary. */
  readonly host?: string;
  /** The id of the question that the person saw. */
  readonly question: string;
  readonly answer: DecisionAnswer;
  readonly person: string;
  readonly known?: KnownBy;
  readonly reason: string;
}

type DeployStage = Extract<Stage, { kind: 'deploy' }>;

/** Who started the release, by making it or by promoting it by hand. */
export type Starters = readonly (string | undefined)[];

/**
 * The environment's own word counts before the stage's. Undefined where nobody is asked, or nobody is left who may answer: such a question
 * would only hold up the way back.
 */
export function failureRule(stage: DeployStage, policy: EnvironmentPolicy, starters: Starters): FailureRule | undefined {
  const wish = policy.onFailure ?? stage.onFailure;
  if (wish === undefined || !wish.ask) return undefined;
  const deciders = decidersOf(stage, policy, starters);
  if (deciders?.length === 0) return undefined;
  return { deadlineMs: wish.deadlineMs, default: wish.default, ...(deciders !== undefined && { deciders }) };
}

/** Long enough for somebody to come back to work: what nothing undoes is not gone past in a hurry. */
const FORWARD_ONLY_MS = 7 * 24 * 3_600_000;

/**
 * What a host's failure asks after a job that nothing undoes, also where it would go back by itself otherwise. Where the rule leaves nobody
 * to answer, everybody whom it names may.
 */
export function forwardOnlyRule(stage: DeployStage, policy: EnvironmentPolicy, starters: Starters): FailureRule {
  const rule = failureRule(stage, policy, starters);
  if (rule !== undefined) return rule;
  const deciders = decidersOf(stage, policy, starters);
  const named = deciders?.length === 0 ? (policy.approval ?? stage.approval)?.approvers : deciders;
  return { deadlineMs: FORWARD_ONLY_MS, default: 'roll-back', ...(named !== undefined && { deciders: named }) };
}

/** Who may approve may answer, and who started the release may not where the rule says so; undefined where no rule names anybody. */
function decidersOf({ approval }: DeployStage, policy: EnvironmentPolicy, starters: Starters): readonly string[] | undefined {
  const rule = policy.approval ?? approval;
  // Who is in a group is not known here.
  return rule === undefined || rule.approvers.length === 0 ? undefined : votersOf(rule, starters);
}

/** What a stage's canary does when its figures do not tell. An environment that asks nobody when a host fails wants nobody asked then either: it goes back, as it does where nobody is left who may answer. */
export function unclearRule(stage: DeployStage, policy: EnvironmentPolicy, starters: Starters): UnclearRule | undefined {
  const { strategy } = stage;
  if (strategy.kind !== 'canary') return undefined;
  const deciders = decidersOf(stage, policy, starters);
  if (policy.onFailure?.ask === false || deciders?.length === 0) return { ...strategy.onUnclear, ask: false, default: 'roll-back' };
  return { ...strategy.onUnclear, ...(deciders !== undefined && { deciders }) };
}

/** What a question is about, in words. */
export function subjectOf({ host }: Pick<HostQuestion, 'host'>): string {
  return host ?? 'the canary';
}

/** What may be said to a question. */
export function answersTo({ host }: Pick<HostQuestion, 'host'>): readonly DecisionAnswer[] {
  return host === undefined ? UNCLEAR_ANSWERS : FAILURE_ANSWERS;
}

/** Why an answer does not count, or undefined when it does. */
export function objectionToDecision(decision: HostDecision, open: readonly HostQuestion[]): string | undefined {
  const question = open.find(({ host }) => host === decision.host);
  const waiting = open.length === 0 ? 'nothing does' : `these do: ${open.map(subjectOf).join(', ')}`;
  const subject = subjectOf(decision);
  if (question === undefined)
    return `${decision.host === undefined ? 'The canary' : `Host ${decision.host}`} waits for no decision; ${waiting}`;
  if (question.id !== decision.question) return stale(decision, question);
  const answers = answersTo(question);
  if (!answers.includes(decision.answer)) return `${decision.answer} is no answer here; the answers are ${answers.join(', ')}`;
  if (mayDecide(decision.person, question)) return undefined;
  return `${decision.person} may not decide about ${subject}; ask ${question.deciders?.join(' or ')}`;
}

function stale({ question: answered }: HostDecision, question: HostQuestion): string {
  const seen = `${question.host === undefined ? 'unclear at' : 'it failed while'} ${question.step}: ${question.reason}`;
  return `Question ${answered} is not open any more; about ${subjectOf(question)} it is now ${question.id}: ${seen}. Look at it, and answer that`;
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
