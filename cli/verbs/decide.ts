import { DECISION_ANSWERS, type DecisionAnswer, type HostQuestion, subjectOf } from '../../domain/guided-failure.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findReleaseReference, printReference } from '../reference.ts';
import { stageText } from '../rendering/stage-text.ts';
import { toneOf } from '../rendering/styles.ts';

export interface DecideOptions extends CommonOptions {
  readonly stage?: string;
  readonly host?: string;
  readonly question?: string;
  readonly reason?: string;
}

interface Asked extends HostQuestion {
  readonly stage: string;
}

/**
 * Answers what a deployment asks about a host that failed, or about its canary. Stage and host may be left out where one question waits;
 * without a question's id the answer is for the one that is open now.
 */
export async function decide(context: Context, words: readonly string[], options: DecideOptions): Promise<ExitCode> {
  const answer = answerOf(words.at(-1));
  const client = await connect(context, options);
  const reference = await findReleaseReference(words.slice(0, -1), client);
  const about = await target(options, () => client.release(reference.application, reference.number));
  const decision = { ...about, answer, reason: options.reason ?? '' };
  const after = await client.decide(reference.application, reference.number, decision);
  if (options.json) printJson(context, after);
  else sayDecision(context, after, decision);
  return EXIT.done;
}

function answerOf(word: string | undefined): DecisionAnswer {
  const answer = DECISION_ANSWERS.find((candidate) => candidate === word);
  if (answer !== undefined) return answer;
  const hint = "'tidegate decide shop#2 --stage production --host production-2 retry'";
  throw new UsageError(`Expected ${DECISION_ANSWERS.join(', ')} as the last word, and saw ${JSON.stringify(word ?? '')}`, hint);
}

/** Where an answer goes; without a host it is about the canary. */
interface Target {
  readonly stage: string;
  readonly host?: string;
  readonly question: string;
}

async function target({ stage, host, question }: DecideOptions, read: () => Promise<ReleaseStatus>): Promise<Target> {
  if (stage !== undefined && host !== undefined && question !== undefined) return { stage, host, question };
  const status = await read();
  const open = questionsOf(status).filter((asked) => (stage ?? asked.stage) === asked.stage && (host ?? asked.host) === asked.host);
  const [only, ...more] = open;
  const reference = printReference(status.release);
  if (only === undefined)
    throw new UsageError(`${reference} asks nothing about such a host`, `'tidegate status ${reference}' shows how it stands`);
  if (more.length > 0)
    throw new UsageError(`${reference} asks about ${open.map(subjectOf).join(', ')}`, 'name one with --stage and --host');
  return { stage: only.stage, ...(only.host !== undefined && { host: only.host }), question: question ?? only.id };
}

function questionsOf({ stages }: ReleaseStatus): Asked[] {
  return stages.flatMap(({ name, state }) =>
    state.kind === 'running' ? (state.progress?.questions ?? []).map((question) => ({ ...question, stage: name })) : [],
  );
}

function sayDecision(
  { terminal }: Context,
  after: ReleaseStatus,
  { answer, ...about }: Target & { readonly answer: DecisionAnswer },
): void {
  const { out } = terminal;
  out.line(`Decided for ${subjectOf(about)} in ${about.stage} of ${printReference(after.release)}: ${answer}`);
  const found = after.stages.find((candidate) => candidate.name === about.stage);
  if (found) out.line(`${about.stage}: ${out.style(toneOf(found.state.kind), stageText(found.state))}`);
}
