import { z } from 'zod';
import { GATE_KINDS, type GateReport } from '../../domain/gates/report.ts';
import { type ReleaseRecord, type ReleaseStatus, STAGE_KINDS, type StageState } from '../../domain/release.ts';
import type { ReleaseSummary } from '../../temporal/engine.ts';
import { deploymentPlanSchema, deploymentProgressSchema, hostReportSchema, jobReportSchema } from './deployment.ts';
import { imagesSchema, instantSchema, listOf, releaseNumberSchema } from './parts.ts';

export const releaseRecordSchema = z
  .object({
    application: z.string(),
    number: releaseNumberSchema,
    commit: z.string().exactOptional(),
    images: imagesSchema,
    kept: listOf(z.string())
      .exactOptional()
      .meta({ description: 'Components whose images are those of the release before, and not claimed to be of the commit' }),
    initiator: z.string(),
    createdAt: instantSchema,
  })
  .meta({ id: 'ReleaseRecord' }) satisfies z.ZodType<ReleaseRecord>;

export const releaseStateSchema = z.enum([
  'running',
  'waiting',
  'promoted',
  'incomplete',
  'failed',
  'rolled-back',
  'rejected',
  'expired',
  'superseded',
  'cancelled',
]);

export const gateReportSchema = z
  .object({
    kind: z.enum(GATE_KINDS),
    id: z.string().exactOptional().meta({ description: 'What it is called among all gates of its stage, as a broken glass names it' }),
    name: z.string().exactOptional().meta({ description: 'Tells gates of one kind apart' }),
    open: z.boolean(),
    reason: z.string(),
    openedBy: listOf(z.string()),
    changesAt: instantSchema.exactOptional().meta({ description: 'The next moment at which it can change by itself' }),
    form: z
      .record(z.string(), z.unknown())
      .exactOptional()
      .meta({ description: 'A JSON schema of what an approval must tell beside its yes' }),
  })
  .meta({ id: 'GateReport' }) satisfies z.ZodType<GateReport>;

const ended = { at: instantSchema, milliseconds: z.number() };
const hosts = listOf(hostReportSchema);
const jobs = listOf(jobReportSchema).exactOptional();
const bases = z
  .record(z.string(), listOf(z.object({ name: z.string(), digest: z.string().exactOptional() })))
  .meta({ description: 'Of a build, by component: the images that it was made from, with their digests then' });

export const stageKindSchema = z.enum(STAGE_KINDS);

export const stageStateSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('pending') }),
    z.object({
      kind: z.literal('waiting'),
      since: instantSchema,
      gates: listOf(gateReportSchema),
      plan: deploymentPlanSchema,
      policyRevision: z.string(),
    }),
    z.object({
      kind: z.literal('queued'),
      since: instantSchema,
      position: z.number(),
      behind: z.number().nullable(),
      held: z.string().exactOptional().meta({ description: 'Why it may not begin though its turn came' }),
    }),
    z.object({
      kind: z.literal('running'),
      since: instantSchema,
      detail: z.string(),
      deployment: z.string().exactOptional(),
      progress: deploymentProgressSchema.exactOptional(),
    }),
    z.object({
      kind: z.literal('passed'),
      ...ended,
      images: imagesSchema,
      bases: bases.exactOptional(),
      hosts: hosts.exactOptional(),
      jobs,
    }),
    z.object({ kind: z.literal('incomplete'), ...ended, reason: z.string(), hosts, jobs }),
    z.object({ kind: z.literal('failed'), ...ended, reason: z.string(), hosts: hosts.exactOptional(), jobs }),
    z.object({ kind: z.literal('rolled-back'), ...ended, reason: z.string(), to: z.number().nullable(), hosts, jobs }),
    z.object({ kind: z.literal('rejected'), at: instantSchema, by: z.string(), comment: z.string() }),
    z.object({ kind: z.literal('expired'), at: instantSchema, reason: z.string() }),
    z.object({ kind: z.literal('superseded'), at: instantSchema, by: releaseNumberSchema, reason: z.string() }),
    z.object({ kind: z.literal('cancelled'), at: instantSchema, by: z.string(), reason: z.string() }),
    z.object({ kind: z.literal('skipped'), reason: z.string() }),
  ])
  .meta({ id: 'StageState' }) satisfies z.ZodType<StageState>;

const stageStatusSchema = z
  .object({
    name: z.string(),
    stageKind: z.enum(['build', 'test', 'deploy']),
    environment: z.string().exactOptional(),
    warning: z.string().exactOptional().meta({ description: "What the stage's strategy means for users, where they will notice it" }),
    state: stageStateSchema,
  })
  .meta({ id: 'StageStatus' });

const faultSchema = z.string().exactOptional().meta({ description: 'Why the release could not begin' });

export const releaseStatusSchema = z
  .object({
    release: releaseRecordSchema,
    pipelineRevision: z.string(),
    images: imagesSchema,
    stages: listOf(stageStatusSchema),
    state: releaseStateSchema,
    fault: faultSchema,
  })
  .meta({ id: 'ReleaseStatus' }) satisfies z.ZodType<ReleaseStatus>;

const releaseSummarySchema = z
  .object({
    application: z.string(),
    number: releaseNumberSchema,
    commit: z.string().exactOptional(),
    state: releaseStateSchema,
    stage: z.string(),
    startedAt: instantSchema,
    endedAt: instantSchema.exactOptional(),
    fault: faultSchema,
  })
  .meta({ id: 'ReleaseSummary' }) satisfies z.ZodType<ReleaseSummary>;

export const releaseListSchema = z
  .object({
    releases: listOf(releaseSummarySchema),
    next: z.string().exactOptional().meta({ description: 'The cursor of the next page; absent on the last' }),
  })
  .meta({ id: 'ReleaseList' });

export const checkAnsweredSchema = z
  .object({ question: z.string(), verdict: z.enum(['yes', 'no']), reason: z.string() })
  .meta({ id: 'CheckAnswered', description: 'The answer that counts, which is in the ledger' });

export type CheckAnswered = z.output<typeof checkAnsweredSchema>;
