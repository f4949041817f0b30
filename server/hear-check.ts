import { createHash } from 'node:crypto';
import { z } from 'zod';
import { reasonFrom } from '../domain/gates/check-question.ts';
import { NotFound } from '../temporal/errors.ts';
import { findRelease } from './find-release.ts';
import { parseJson } from './parse-json.ts';
import type { ServerParts } from './ports.ts';
import { EndedAlready, NoCheckAnswer } from './problems.ts';
import type { CheckAnswered } from './schemas/release.ts';

/** What a check says; of what it tells besides, nothing is looked at. */
const document = z.looseObject({
  question: z.string().min(1).max(100),
  verdict: z.enum(['yes', 'no']),
  reason: z.string().max(10_000).default(''),
  release: z.number().int().positive().optional(),
  planHash: z.string().max(200).optional(),
  policyRevision: z.string().max(200).optional(),
});

interface Place {
  readonly application: string;
  readonly number: number;
  readonly stage: string;
  readonly check: string;
}

/** Gives a check's answer to the release that asked. Throws NoCheckAnswer, NoSuchThing, EndedAlready, and what the engine throws. */
export async function hearCheck(parts: ServerParts, at: Place, body: Buffer, requestId: string): Promise<CheckAnswered> {
  const read = document.safeParse(parseJson(body.toString('utf8')));
  if (!read.success) throw new NoCheckAnswer();
  const { application, number, stage, check } = at;
  const { question, verdict, reason, release, planHash, policyRevision } = read.data;
  const message = {
    ...{ stage, check, question, verdict, reason: reasonFrom(reason) },
    ...(release !== undefined && { release }),
    ...(planHash !== undefined && { planHash }),
    ...(policyRevision !== undefined && { policyRevision }),
    known: { authentication: `webhook of check ${check}`, requestId },
  };
  await findRelease(parts, application, number);
  const asking = parts.engine.answerCheck(
    application,
    number,
    message,
    answerId({ stage, check, question, verdict, release, planHash, policyRevision }),
  );
  return { question, ...(await asking.catch((error: unknown) => endedWhere(error, at, question))) };
}

/** The same for each repetition, whatever its reason: Temporal then answers as it did, and the release is asked nothing that it would have to keep. */
function answerId(said: Omit<z.output<typeof document>, 'reason'> & Pick<Place, 'stage' | 'check'>): string {
  const { stage, check, question, verdict, release, planHash, policyRevision } = said;
  const subject = JSON.stringify([stage, check, question, verdict, release ?? null, planHash ?? null, policyRevision ?? null]);
  return `check-answer-${createHash('sha256').update(subject).digest('hex')}`;
}

/** A release that has ended asks nothing any more. */
function endedWhere(error: unknown, { application, number, stage }: Place, question: string): never {
  if (!(error instanceof NotFound)) throw error;
  const message = `Release ${number} of ${application} has ended, and waits for no answer to question ${question}`;
  throw new EndedAlready(message, `'tidegate promote ${application}#${number} --to ${stage}' asks anew`, { cause: error });
}
