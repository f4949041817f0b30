import { z } from 'zod';
import type { CanaryProgress, DeploymentOutcome, DeploymentProgress, HostReport } from '../../domain/deployment.ts';
import { DECISION_ANSWERS, type HostQuestion } from '../../domain/guided-failure.ts';
import type { JobReport } from '../../domain/job.ts';
import type { DeploymentPlan } from '../../domain/plan.ts';
import type { HostPreview, PlanPreview } from '../../domain/plan-preview.ts';
import type { RollbackPreview } from '../../domain/rollback-preview.ts';
import { instantSchema, listOf } from './parts.ts';

export const hostReportSchema = z
  .object({
    host: z.string(),
    outcome: z.enum(['switched', 'restored', 'untouched', 'unrestored', 'skipped', 'excluded']),
    detail: z.string(),
    digests: z.record(z.string(), z.string()),
    gaps: z
      .record(z.string(), z.number())
      .exactOptional()
      .meta({ description: 'Component to milliseconds without it, where the old version stops before the new one starts' }),
    dossier: z.string().exactOptional().meta({ description: 'What is kept of the containers that were removed here' }),
  })
  .meta({ id: 'HostReport' }) satisfies z.ZodType<HostReport>;

const hostQuestionSchema = z
  .object({
    id: z.string().meta({ description: 'Names the question in its environment: an answer is for it alone' }),
    host: z.string().exactOptional().meta({ description: 'The host that failed; absent about a canary, which is of all hosts' }),
    step: z.string(),
    reason: z.string(),
    since: instantSchema,
    until: instantSchema.meta({ description: 'Then the default counts' }),
    default: z.enum(DECISION_ANSWERS),
    deciders: listOf(z.string()).exactOptional().meta({ description: 'Who may answer; absent, everybody with a token' }),
  })
  .meta({ id: 'HostQuestion' }) satisfies z.ZodType<HostQuestion>;

const hostPhaseSchema = z.enum([
  'waiting',
  'preparing',
  'prepared',
  'starting',
  'started',
  'weighing',
  'weighed',
  'measuring',
  'measured',
  'switching',
  'switched',
  'restoring',
  'restored',
  'asking',
  'left-out',
  'failed',
]);

const canaryProgressSchema = z
  .object({
    step: z.number(),
    steps: z.number(),
    weight: z.number().meta({ description: 'Percent of the requests that the new version has on every host' }),
    until: instantSchema.exactOptional().meta({ description: 'When the step is judged' }),
    verdict: z
      .object({ kind: z.enum(['better-or-equal', 'worse', 'unclear']), reasons: listOf(z.string()) })
      .exactOptional()
      .meta({ description: 'What was found last' }),
  })
  .meta({ id: 'CanaryProgress' }) satisfies z.ZodType<CanaryProgress>;

export const deploymentProgressSchema = z
  .object({
    phase: z.enum([
      'planning',
      'preparing',
      'pre-deploy',
      'starting',
      'canary',
      'switching',
      'post-deploy',
      'rolling-back',
      'undoing',
      'done',
    ]),
    hosts: z.record(z.string(), hostPhaseSchema),
    job: z.string().exactOptional().meta({ description: 'The job that runs now' }),
    questions: listOf(hostQuestionSchema).exactOptional().meta({ description: 'What people are asked' }),
    canary: canaryProgressSchema.exactOptional(),
  })
  .meta({ id: 'DeploymentProgress' }) satisfies z.ZodType<DeploymentProgress>;

export const jobReportSchema = z
  .object({
    job: z.string(),
    release: z.number(),
    direction: z.enum(['up', 'down']).meta({ description: 'down undoes it' }),
    host: z.string(),
    outcome: z.enum(['done', 'failed', 'timed-out', 'unknown']).meta({ description: 'unknown: it was stopped midway' }),
    detail: z.string(),
    exitCode: z.number().exactOptional(),
    milliseconds: z.number(),
    dossier: z.string().exactOptional().meta({ description: 'What is kept of its container' }),
  })
  .meta({ id: 'JobReport' }) satisfies z.ZodType<JobReport>;

const ended = { hosts: listOf(hostReportSchema), jobs: listOf(jobReportSchema).exactOptional() };

export const deploymentOutcomeSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('succeeded'), ...ended }),
    z.object({ kind: z.literal('incomplete'), reason: z.string(), ...ended }),
    z.object({ kind: z.literal('rolled-back'), reason: z.string(), ...ended }),
    z.object({ kind: z.literal('failed'), reason: z.string(), ...ended }),
    z.object({ kind: z.literal('plan-changed'), planHash: z.string() }),
  ])
  .meta({ id: 'DeploymentOutcome' }) satisfies z.ZodType<DeploymentOutcome>;

const versionSchema = z.object({ release: z.number(), digest: z.string() });

const changeSchema = z
  .object({
    what: z.string().meta({ description: 'image, replicas, not running, settings, or a setting by name' }),
    from: z.string().exactOptional(),
    to: z.string().exactOptional(),
  })
  .meta({ description: 'Without from it is new, without to it goes, without both its value is not shown' });

const plannedComponentSchema = z.object({
  component: z.string(),
  action: z.enum(['create', 'replace', 'keep', 'remove']),
  from: versionSchema.exactOptional(),
  to: versionSchema.exactOptional(),
  changes: listOf(changeSchema),
  secrets: z
    .record(z.string(), z.string())
    .exactOptional()
    .meta({ description: 'Versions of what its secret files will hold: keyed digests, which tell only whether two values are the same' }),
  steps: listOf(z.string()).exactOptional().meta({ description: 'What is done around the switch, in words' }),
  found: z
    .enum(['running', 'stopped', 'image', 'nothing'])
    .exactOptional()
    .meta({ description: 'What is left of `to` where a return to it is planned: its containers, its image, or nothing' }),
  back: z.enum(['ready', 'image-gone']).exactOptional().meta({ description: 'What a way back would find of `from` on the host' }),
});

const plannedJobSchema = z.object({
  job: z.string(),
  when: z.enum(['pre-deploy', 'post-deploy']),
  host: z.string(),
  command: listOf(z.string()),
  digest: z.string(),
  isDone: z.boolean().meta({ description: 'It ran for the release here before, and does not run again' }),
  undo: z.enum(['down', 'forward-only', 'nothing']),
});

export const deploymentPlanSchema = z
  .object({
    strategy: z.string(),
    jobs: listOf(plannedJobSchema).exactOptional().meta({ description: 'In the order in which they run' }),
    effects: listOf(plannedComponentSchema).meta({ description: 'Each different thing that is done, once' }),
    hosts: listOf(z.object({ host: z.string(), effects: listOf(z.number()) })).meta({ description: 'In order; effects by their place' }),
    alarms: listOf(z.string()).exactOptional().meta({ description: 'What takes the release back during its bake time' }),
    hash: z.string(),
  })
  .meta({ id: 'DeploymentPlan' }) satisfies z.ZodType<DeploymentPlan>;

/** What the plan of one host is answered with. */
export const hostPlanSchema = z
  .object({ kind: z.literal('planned'), release: z.number(), plan: deploymentPlanSchema })
  .meta({ id: 'HostPlan' }) satisfies z.ZodType<Extract<HostPreview, { kind: 'planned' }>>;

/** What a plan is answered with; what cannot be planned at all is a problem. */
export const planPreviewSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('planned'), stage: z.string(), environment: z.string(), plan: deploymentPlanSchema }),
    z.object({ kind: z.literal('unbuilt'), stage: z.string(), environment: z.string(), components: listOf(z.string()) }),
  ])
  .meta({ id: 'PlanPreview' }) satisfies z.ZodType<PlanPreview>;

const namedJobSchema = z.object({ job: z.string(), release: z.number(), command: listOf(z.string()) });

/** What the plan of a rollback is answered with; what is refused or cannot be planned is a problem. */
export const rollbackPlanSchema = z
  .object({
    kind: z.literal('planned'),
    from: z.number(),
    to: z.number(),
    plan: deploymentPlanSchema,
    undo: listOf(namedJobSchema).meta({ description: 'Run once the earlier release serves, in this order' }),
    forwardOnly: listOf(namedJobSchema).meta({ description: 'What forbids it until somebody says that they know' }),
    untrusted: z.string().exactOptional().meta({ description: 'Why its images may not come back by the trust policies as they are now' }),
  })
  .meta({ id: 'RollbackPlan' }) satisfies z.ZodType<RollbackPreview>;
