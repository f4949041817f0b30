import { z } from 'zod';
import { listOf } from './parts.ts';

/** RFC 9457, with `hint`: what to do about it. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    hint: z.string(),
    requestId: z.string(),
    errors: listOf(z.object({ member: z.string(), message: z.string() })).exactOptional(),
  })
  .meta({ id: 'Problem' });

export type ProblemDocument = z.output<typeof problemSchema>;

export const healthSchema = z.object({ status: z.literal('ok'), version: z.string() }).meta({ id: 'Health' });

const partSchema = z.object({ ready: z.boolean(), detail: z.string() });

export const readinessSchema = z.object({ ready: z.boolean(), temporal: partSchema, ledger: partSchema }).meta({ id: 'Readiness' });

export const applicationListSchema = z
  .object({ applications: listOf(z.object({ name: z.string(), environments: listOf(z.string()) })) })
  .meta({ id: 'ApplicationList' });
