import type { ReleaseStatus, StageStatus } from '../../domain/release.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findReleaseReference, printReference } from '../reference.ts';
import { stageText } from '../rendering/stage-text.ts';
import { toneOf } from '../rendering/styles.ts';

export interface VoteOptions extends CommonOptions {
  readonly stage?: string;
  readonly comment?: string;
  readonly plan?: string;
  /** JSON: what the gate's form asks for. */
  readonly input?: string;
}

type Decision = 'approve' | 'reject' | 'withdraw';

const DONE: Readonly<Record<Decision, string>> = { approve: 'Approved', reject: 'Rejected', withdraw: 'Withdrew the vote on' };

/** Gives a yes or no to a stage that waits. The vote is bound to the plan that waits at this moment, or to the one named. */
export async function vote(context: Context, decision: Decision, words: readonly string[], options: VoteOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const reference = await findReleaseReference(words, client);
  const before = await client.release(reference.application, reference.number);
  const stage = options.stage ?? onlyWaiting(before);
  const planHash = options.plan ?? waitingPlan(before, stage);
  const after = await client.vote(reference.application, reference.number, {
    stage,
    decision,
    comment: options.comment ?? '',
    ...(planHash !== undefined && { planHash }),
    ...(options.input !== undefined && { input: parseInput(options.input) }),
  });
  if (options.json) printJson(context, after);
  else sayVote(context, decision, after, stage, planHash);
  return EXIT.done;
}

function sayVote({ terminal }: Context, decision: Decision, after: ReleaseStatus, name: string, planHash: string | undefined): void {
  const { out } = terminal;
  out.line(`${DONE[decision]} ${name} of ${printReference(after.release)}${planHash === undefined ? '' : ` (plan ${planHash})`}`);
  const stage = after.stages.find((candidate) => candidate.name === name);
  if (stage) out.line(`${name}: ${out.style(toneOf(stage.state.kind), stageText(stage.state))}`);
}

/** Throws UsageError for what is no JSON. */
function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--input is no JSON: ${(error as Error).message}`, `write an object in quotes: --input '{"ticket": "OPS-7"}'`);
  }
}

/** Throws UsageError unless exactly one stage waits. */
function onlyWaiting(status: ReleaseStatus): string {
  const waiting = status.stages.filter((stage) => stage.state.kind === 'waiting').map((stage) => stage.name);
  const only = waiting[0];
  const reference = printReference(status.release);
  if (only === undefined)
    throw new UsageError(`No stage of ${reference} waits for approval`, `'tidegate status ${reference}' shows how it stands`);
  if (waiting.length > 1) throw new UsageError(`Several stages of ${reference} wait: ${waiting.join(', ')}`, 'name one with --stage');
  return only;
}

function waitingPlan(status: ReleaseStatus, name: string): string | undefined {
  const stage: StageStatus | undefined = status.stages.find((candidate) => candidate.name === name);
  return stage?.state.kind === 'waiting' ? stage.state.plan.hash : undefined;
}
