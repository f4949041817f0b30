import { z } from 'zod';
import { DECISION_ANSWERS } from '../../domain/guided-failure.ts';

const SENTENCE = 2000;
const name = z.string().min(1).max(100);

/** A sentence from a person; what they must give says so. */
const sentence = z.string().trim().max(SENTENCE);

export const createReleaseSchema = z
  .strictObject({
    application: name,
    commit: z.string().trim().min(1).max(250).exactOptional().meta({ description: 'Any git reference; it is resolved to a commit once' }),
    images: z
      .record(name, z.string().trim().min(1).max(500))
      .exactOptional()
      .meta({ description: 'Component to `repository:tag` or `repository@sha256:…`; a tag is resolved once' }),
  })
  .meta({ id: 'CreateRelease' });

export const voteSchema = z
  .strictObject({
    stage: name,
    decision: z
      .enum(['approve', 'reject', 'withdraw'])
      .meta({ description: '`withdraw` takes back what the same person said, until the stage begins' }),
    input: z
      .unknown()
      .exactOptional()
      .meta({ description: "What the gate's form asks for. It is kept for good, and is no place for secrets" }),
    comment: sentence.default(''),
    planHash: z.string().max(200).exactOptional().meta({ description: 'The plan that was seen; without it, the plan that waits now' }),
  })
  .meta({ id: 'Vote' });

export const promotionSchema = z
  .strictObject({
    stage: name,
    reason: sentence.default(''),
    runAgain: z
      .array(name)
      .min(1)
      .max(50)
      .exactOptional()
      .meta({ description: 'Jobs that are run though they ran well for the release there before' }),
  })
  .meta({ id: 'Promotion' });

export const cancellationSchema = z.strictObject({ reason: sentence.min(1, 'say why') }).meta({ id: 'Cancellation' });

export const hostDecisionSchema = z
  .strictObject({
    stage: name,
    host: name.exactOptional().meta({ description: 'The host that failed; without it, about a canary whose figures do not tell' }),
    question: z
      .string()
      .regex(/^\d{1,9}\.\d{1,9}$/, 'expected the id of a question, as in 2.1')
      .meta({ description: 'The `id` of the question that was seen: the answer counts for no other' }),
    answer: z.enum(DECISION_ANSWERS).meta({
      description:
        'About a host: `retry` the failed step; `skip`: put the host back and go on; `exclude`: go on whatever the host runs; `roll-back` all hosts. About a canary: `proceed` to the next step, `retry` for as long again, `roll-back`',
    }),
    reason: sentence.default(''),
  })
  .meta({ id: 'HostDecision' });

export const hostWishSchema = z
  .strictObject({
    planHash: z.string().max(200).exactOptional().meta({ description: 'The plan that was seen; without it, the one of its turn' }),
    reason: sentence.default(''),
  })
  .meta({ id: 'HostWish' });

export const rollbackSchema = z
  .strictObject({
    to: z.number().int().positive().exactOptional().meta({ description: 'The release to return to; without it, the last good one' }),
    reason: sentence.min(1, 'say why'),
    pastBlock: z.boolean().exactOptional().meta({ description: 'That you know that the release is blocked' }),
    pastForwardOnly: z.boolean().exactOptional().meta({ description: 'That you know of forward-only jobs that the way back leads past' }),
  })
  .meta({ id: 'Rollback' });

/** Monitors send documents of their own: what else is in one is not looked at. */
export const alarmSchema = z
  .looseObject({
    release: z.number().int().positive().exactOptional().meta({ description: 'The release that it is about; without it, what bakes' }),
    reason: sentence.exactOptional(),
    status: z.string().exactOptional().meta({ description: '`resolved`, as monitors say that it is over, raises nothing' }),
  })
  .meta({ id: 'Alarm' });

export const rollbackQuerySchema = z.strictObject({
  to: z.coerce.number().int().positive().exactOptional().meta({ description: 'The release to return to; without it, the last good one' }),
});

export const listQuerySchema = z.strictObject({
  application: name.exactOptional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.iso.datetime().exactOptional().meta({ description: '`next` of the page before' }),
});

export const planQuerySchema = z.strictObject({ stage: name.meta({ description: 'A deploy stage' }) });

export const explanationQuerySchema = z.strictObject({ stage: name.exactOptional().meta({ description: 'Of this stage alone' }) });

export const releaseParametersSchema = z.object({ application: name, number: z.coerce.number().int().positive() });

export const stageParametersSchema = releaseParametersSchema.extend({ stage: name });

export const checkParametersSchema = stageParametersSchema.extend({ check: name });

export const dossierQuerySchema = z.strictObject({ host: name.exactOptional().meta({ description: 'Of this host alone' }) });

export const environmentParametersSchema = z.object({ application: name, environment: name });

export const alarmParametersSchema = environmentParametersSchema.extend({ alarm: name });
export const environmentHostParametersSchema = environmentParametersSchema.extend({ host: name });

/** A repeated request with the same key is answered as the first. */
export const writeHeadersSchema = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'expected 1 to 200 printable characters without spaces')
    .exactOptional(),
});
