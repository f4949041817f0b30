import { z } from 'zod';
import type { Drift, HeldBack, WatchView } from '../../domain/environment-status.ts';
import type { HostAnswer } from '../../domain/host-request.ts';
import type { RollbackAnswer } from '../../domain/rollback-request.ts';
import { deploymentOutcomeSchema, deploymentProgressSchema } from './deployment.ts';
import { instantSchema, listOf, pinnedImageSchema } from './parts.ts';

/** How a component runs stays on the server: its settings are for hosts, not for everyone with a token. */
const deployedComponentSchema = z.object({
  name: z.string(),
  image: pinnedImageSchema,
  hosts: z.record(z.string(), z.string()).exactOptional(),
  specHash: z.string(),
});

const goodReleaseSchema = z
  .object({
    release: z.object({
      application: z.string(),
      number: z.number(),
      commit: z.string().exactOptional(),
      components: listOf(deployedComponentSchema),
    }),
    deployment: z.string(),
    generation: z.number(),
    since: instantSchema,
    strategy: z.enum(['rolling', 'recreate', 'blue-green', 'canary']).exactOptional(),
    trust: z
      .object({
        met: z.record(z.string(), z.string()).meta({ description: 'Trust policies that its images met, each with its revision' }),
        origins: z.record(z.string(), pinnedImageSchema).exactOptional().meta({ description: 'Where its images were before' }),
      })
      .exactOptional(),
  })
  .meta({ id: 'GoodRelease' });

const driftSchema = z
  .object({
    host: z.string(),
    outcome: z.enum(['skipped', 'excluded']),
    runs: z.number().nullable().meta({ description: 'The release that it was left with; null where nothing ran before' }),
    reason: z.string(),
    since: instantSchema,
  })
  .meta({ id: 'Drift' }) satisfies z.ZodType<Drift>;

const watchSchema = z
  .object({
    deployment: z.string(),
    alarms: listOf(z.object({ name: z.string(), raisedBy: listOf(z.string()).exactOptional() })),
    until: instantSchema,
  })
  .meta({
    id: 'Watch',
    description: 'What takes the last promotion back by itself, until its bake time ends',
  }) satisfies z.ZodType<WatchView>;

const waiting = { requestId: z.string(), release: z.number(), since: instantSchema, requestedBy: z.string() };

const heldBackSchema = z
  .object({ kind: z.string(), reason: z.string(), until: instantSchema.exactOptional() })
  .meta({ id: 'HeldBack', description: 'Why something in the queue may not begin yet' }) satisfies z.ZodType<HeldBack>;

const deploymentKindSchema = z.enum(['promotion', 'rollback', 'host']);
const hostRequestIdSchema = z.string().exactOptional().meta({ description: 'The request, where it is of one host' });

export const environmentStatusSchema = z
  .object({
    application: z.string(),
    environment: z.string(),
    current: goodReleaseSchema.nullable(),
    history: listOf(goodReleaseSchema).meta({ description: 'Earlier good releases, newest first: what a rollback can reach' }),
    running: z
      .object({
        deployment: z.string(),
        release: z.number(),
        kind: deploymentKindSchema,
        since: instantSchema,
        requestId: hostRequestIdSchema,
        waitsFor: z
          .enum(['checkpoint'])
          .exactOptional()
          .meta({ description: 'What it waits for before it changes anything: a signed checkpoint of the ledger' }),
        progress: deploymentProgressSchema.nullable(),
      })
      .nullable(),
    queue: listOf(z.object({ ...waiting, held: listOf(heldBackSchema).exactOptional() })),
    atGates: listOf(z.object(waiting))
      .exactOptional()
      .meta({ description: 'Releases at the gates, where newer ones take the place of older ones' }),
    last: z
      .object({
        deployment: z.string(),
        kind: deploymentKindSchema,
        release: z.number(),
        outcome: deploymentOutcomeSchema,
        startedAt: instantSchema,
        endedAt: instantSchema,
        person: z.string(),
        reason: z.string(),
        alarm: z.string().exactOptional().meta({ description: 'The alarm that asked for a rollback' }),
        warning: z.string().exactOptional(),
        requestId: hostRequestIdSchema,
      })
      .nullable(),
    behind: listOf(driftSchema).meta({
      description: 'Hosts that a deployment left out: they run something else than the environment',
    }),
    watched: watchSchema.exactOptional(),
    generation: z.number(),
  })
  .meta({ id: 'EnvironmentStatus' });

/** An environment as the API shows it: the workflow's status without how the components are run. */
export type EnvironmentView = z.output<typeof environmentStatusSchema>;

export const environmentListSchema = z.object({ environments: listOf(environmentStatusSchema) }).meta({ id: 'EnvironmentList' });

export const hostAnswerSchema = z
  .object({
    requestId: z.string().meta({ description: 'Names the wish in the queue, in `running` and in `last` of the environment' }),
    release: z.number().meta({ description: 'What the host is brought to, unless another release is deployed before its turn' }),
    behind: listOf(z.number()).meta({ description: 'The releases whose turn comes first' }),
  })
  .meta({ id: 'HostAnswer' }) satisfies z.ZodType<HostAnswer>;

export const rollbackAnswerSchema = z
  .object({ deployment: z.string(), from: z.number(), to: z.number() })
  .meta({ id: 'RollbackAnswer' }) satisfies z.ZodType<RollbackAnswer>;

export const webhookAnswerSchema = z
  .object({
    raised: z.boolean().meta({
      description: 'Whether it takes a release back; false as well where nothing bakes, and where the message says that it is over',
    }),
    detail: z.string(),
    deployment: z.string().exactOptional(),
    from: z.number().exactOptional(),
    to: z.number().exactOptional(),
  })
  .meta({ id: 'WebhookAnswer' });

export type WebhookAnswer = z.output<typeof webhookAnswerSchema>;
