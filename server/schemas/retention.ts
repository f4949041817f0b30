import { z } from 'zod';
import type { RetentionCounts, RetentionRow } from '../../domain/retention-report.ts';
import type { RepositoryProgress, RetentionStatus } from '../../domain/retention-run.ts';
import { digestSchema, listOf } from './parts.ts';

const MOST_REPOSITORIES = 200;

const repositoryName = z
  .string()
  .max(255)
  .regex(
    /^[^\s/@]+(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/,
    'expected registry/path, without tag and digest, as in registry.example.com/shop/web',
  )
  .meta({ description: "With the registry's address", examples: ['registry.example.com/shop/web'] });

export const retentionOrderSchema = z
  .strictObject({
    apply: z.boolean().default(false).meta({ description: 'Whether to delete; without it, the run says what it would do' }),
    repositories: z
      .array(repositoryName)
      .min(1)
      .max(MOST_REPOSITORIES)
      .exactOptional()
      .meta({ description: 'Without it, every repository that the installation has rules for' }),
    planHashes: z.record(repositoryName, z.string().max(200)).exactOptional().meta({
      description: 'Repository to the `planHash` that was seen, for each of `repositories`: where it is another by now, nothing is deleted',
    }),
  })
  .check(({ value: { repositories, planHashes }, issues }) => {
    if (planHashes === undefined) return;
    const say = (path: (string | number)[], message: string) => issues.push({ code: 'custom', input: planHashes, path, message });
    if (repositories === undefined) return void say(['repositories'], 'expected beside planHashes: those that were looked at');
    for (const [index, one] of repositories.entries())
      if (planHashes[one] === undefined)
        say(['repositories', index], 'has no plan in planHashes, though others have one: look at it first');
    for (const one of Object.keys(planHashes)) if (!repositories.includes(one)) say(['planHashes', one], 'is not among repositories');
  })
  .meta({ id: 'RetentionOrder' });

export const retentionStartedSchema = z.object({ run: z.string() }).meta({ id: 'RetentionStarted' });

const countsSchema = z
  .object({ kept: z.number(), deleted: z.number(), stays: z.number() })
  .meta({ id: 'RetentionCounts' }) satisfies z.ZodType<RetentionCounts>;

const repository = z.string();

const progressSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('waiting'), repository }),
    z.object({ kind: z.literal('working'), repository, detail: z.string() }),
    z.object({ kind: z.literal('done'), repository, planHash: z.string(), counts: countsSchema, leftOut: z.number() }),
    z.object({ kind: z.literal('failed'), repository, reason: z.string() }),
    z.object({ kind: z.literal('stopped'), repository }),
  ])
  .meta({ id: 'RetentionProgress' }) satisfies z.ZodType<RepositoryProgress>;

export const retentionStatusSchema = z
  .object({
    apply: z.boolean(),
    actor: z.string(),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    repositories: listOf(progressSchema),
    fault: z.string().exactOptional().meta({ description: 'Why the run could not even begin' }),
  })
  .meta({ id: 'RetentionStatus' }) satisfies z.ZodType<RetentionStatus>;

const rowSchema = z
  .object({
    tag: z.string().exactOptional().meta({ description: 'Absent for a manifest without a tag' }),
    digest: digestSchema.exactOptional(),
    form: z.enum(['image', 'artifact', 'index', 'outdated', 'unreadable']).exactOptional(),
    outcome: z.enum(['kept', 'deleted', 'stays']),
    reasons: listOf(z.string()),
  })
  .meta({ id: 'RetentionRow' }) satisfies z.ZodType<RetentionRow>;

export const retentionRowsSchema = z.object({ rows: listOf(rowSchema) }).meta({ id: 'RetentionRows' });

export const retentionParametersSchema = z.object({ run: z.string().max(100) });

export const retentionRowsQuerySchema = z.strictObject({ repository: repositoryName });
