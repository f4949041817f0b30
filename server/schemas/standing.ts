import { z } from 'zod';
import type { Block, BreakGlass, Delegation, Freeze, Hold } from '../../domain/standing.ts';
import { digestSchema, instantSchema, listOf, releaseNumberSchema } from './parts.ts';

const name = z.string().min(1).max(100);
const reason = z.string().trim().min(1, 'say why').max(2000);
const moment = z.iso
  .datetime({ offset: true, error: 'expected a moment with its zone, as in 2026-12-24T08:00:00Z' })
  .transform((text) => new Date(text).toISOString());
const decided = { id: z.string(), reason: z.string(), by: z.string(), at: instantSchema };
const scope = { application: z.string().exactOptional(), environment: z.string().exactOptional() };

const freezeSchema = z
  .object({
    kind: z.literal('freeze'),
    ...decided,
    scope: z.object(scope).meta({ description: 'What is left out concerns all of them' }),
    owner: z.string(),
    from: instantSchema,
    until: instantSchema,
  })
  .meta({ id: 'Freeze' }) satisfies z.ZodType<Freeze>;

const blockSchema = z
  .object({
    kind: z.literal('block'),
    ...decided,
    application: z.string().exactOptional(),
    release: z.number().exactOptional(),
    digest: digestSchema.exactOptional(),
  })
  .meta({ id: 'Block' }) satisfies z.ZodType<Block>;

const holdSchema = z
  .object({
    kind: z.literal('hold'),
    ...decided,
    application: z.string(),
    environment: z.string(),
    release: z.number(),
    until: instantSchema.exactOptional(),
  })
  .meta({ id: 'Hold' }) satisfies z.ZodType<Hold>;

export const breakGlassSchema = z
  .object({
    kind: z.literal('break-glass'),
    ...decided,
    application: z.string(),
    environment: z.string(),
    release: z.number(),
    digests: listOf(digestSchema),
    skips: listOf(z.string()).meta({ description: 'Names of gates; in what was decided by earlier versions, kinds of them' }),
    incident: z.string(),
    expiresAt: instantSchema,
    ratifyBy: instantSchema,
    ratified: z.object({ by: z.string(), at: instantSchema }).exactOptional(),
    consequence: z.enum(['freeze', 'rollback']),
  })
  .meta({ id: 'BreakGlass' }) satisfies z.ZodType<BreakGlass>;

const delegationSchema = z
  .object({ kind: z.literal('delegation'), ...decided, to: z.string(), groups: listOf(z.string()), until: instantSchema })
  .meta({ id: 'Delegation' }) satisfies z.ZodType<Delegation>;

export const decisionSchema = z
  .discriminatedUnion('kind', [freezeSchema, blockSchema, holdSchema, breakGlassSchema, delegationSchema])
  .meta({
    id: 'StandingDecision',
  });

export const standingSchema = z.object({ decisions: listOf(decisionSchema) }).meta({ id: 'Standing' });

export const standingQuerySchema = z.strictObject({ application: name.exactOptional(), environment: name.exactOptional() });

export const newFreezeSchema = z
  .strictObject({
    scope: z
      .strictObject({ application: name.exactOptional(), environment: name.exactOptional() })
      .meta({ description: 'What is left out concerns all of them' }),
    reason,
    owner: name.exactOptional().meta({ description: 'Whom to ask about it; without it, who begins it' }),
    from: moment.exactOptional().meta({ description: 'Without it, now' }),
    until: moment.meta({ description: 'At most a year from its beginning' }),
  })
  .meta({ id: 'NewFreeze' });

export const newBlockSchema = z
  .strictObject({
    application: name.exactOptional(),
    release: releaseNumberSchema.exactOptional(),
    digest: digestSchema.exactOptional(),
    reason,
  })
  .refine((block) => (block.digest === undefined) !== (block.release === undefined), 'name a release or a digest')
  .refine((block) => block.release === undefined || block.application !== undefined, 'a release is of an application: name that too')
  .meta({ id: 'NewBlock' });

export const newHoldSchema = z
  .strictObject({
    release: releaseNumberSchema.exactOptional().meta({ description: 'Without it, what the environment runs now' }),
    reason,
    until: moment.exactOptional(),
  })
  .meta({ id: 'NewHold' });

export const newGlassSchema = z
  .strictObject({
    release: releaseNumberSchema,
    skips: z
      .array(z.string().trim().min(1).max(200))
      .min(1, 'name the gates')
      .max(50)
      .meta({ description: 'The `id` of each gate that it goes past, as the release and its explanation tell it, and no others' }),
    incident: z.string().trim().min(1, 'name the incident').max(100),
    reason,
  })
  .meta({ id: 'NewBreakGlass' });

export const newDelegationSchema = z
  .strictObject({
    to: name.meta({ description: 'Who votes in your place' }),
    until: moment.meta({ description: 'At most a year from now' }),
    reason,
  })
  .meta({ id: 'NewDelegation' });

export const endSchema = z.strictObject({ reason: z.string().trim().max(2000).default('') }).meta({ id: 'End' });

export const decisionParametersSchema = z.object({ id: z.string().regex(/^[a-z-]{1,20}-[0-9a-f]{10}$/, 'is the id of no decision') });
