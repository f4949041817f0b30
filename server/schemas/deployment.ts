import { z } from 'zod';
import type { DeploymentOutcome, DeploymentProgress, HostReport } from '../../domain/deployment.ts';
import type { DeploymentPlan } from '../../domain/plan.ts';
import { listOf } from './parts.ts';

export const hostReportSchema = z
  .object({
    host: z.string(),
    outcome: z.enum(['switched', 'restored', 'untouched', 'unrestored']),
    detail: z.string(),
    digests: z.record(z.string(), z.string()),
  })
  .meta({ id: 'HostReport' }) satisfies z.ZodType<HostReport>;

export const deploymentProgressSchema = z
  .object({
    phase: z.enum(['planning', 'preparing', 'switching', 'rolling-back', 'done']),
    hosts: z.record(z.string(), z.enum(['waiting', 'preparing', 'prepared', 'switching', 'switched', 'restoring', 'restored', 'failed'])),
  })
  .meta({ id: 'DeploymentProgress' }) satisfies z.ZodType<DeploymentProgress>;

export const deploymentOutcomeSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('succeeded'), hosts: listOf(hostReportSchema) }),
    z.object({ kind: z.literal('rolled-back'), reason: z.string(), hosts: listOf(hostReportSchema) }),
    z.object({ kind: z.literal('failed'), reason: z.string(), hosts: listOf(hostReportSchema) }),
    z.object({ kind: z.literal('plan-changed'), planHash: z.string() }),
  ])
  .meta({ id: 'DeploymentOutcome' }) satisfies z.ZodType<DeploymentOutcome>;

const versionSchema = z.object({ release: z.number(), digest: z.string() });

const plannedComponentSchema = z.object({
  component: z.string(),
  action: z.enum(['create', 'replace', 'keep', 'remove']),
  from: versionSchema.exactOptional(),
  to: versionSchema.exactOptional(),
  changes: listOf(z.string()),
});

export const deploymentPlanSchema = z
  .object({
    hosts: listOf(z.object({ host: z.string(), components: listOf(plannedComponentSchema) })),
    hash: z.string(),
  })
  .meta({ id: 'DeploymentPlan' }) satisfies z.ZodType<DeploymentPlan>;
