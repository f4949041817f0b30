import { z } from 'zod';
import type { HostDossier } from '../../domain/dossier.ts';
import { instantSchema, listOf } from './parts.ts';

const containerDossierSchema = z
  .object({
    container: z.string(),
    component: z.string(),
    digest: z.string(),
    status: z.string(),
    exitCode: z.number(),
    outOfMemory: z.boolean(),
    restarts: z.number(),
    startedAt: z.string(),
    finishedAt: z.string(),
    error: z.string(),
    health: z.object({
      status: z.string(),
      log: listOf(z.object({ at: z.string(), exitCode: z.number(), output: z.string() })),
    }),
    log: z.string().meta({ description: 'The last lines of both streams, without secrets' }),
    response: z
      .object({ path: z.string(), status: z.number(), body: z.string() })
      .exactOptional()
      .meta({ description: 'What it answered through the router before it was removed' }),
  })
  .meta({ id: 'ContainerDossier' });

const hostDossierSchema = z
  .object({
    id: z.string(),
    application: z.string(),
    environment: z.string(),
    host: z.string(),
    release: z.number(),
    deployment: z.string(),
    takenAt: instantSchema,
    containers: listOf(containerDossierSchema),
    missing: listOf(z.string()).meta({ description: 'What could not be had, and why' }),
  })
  .meta({ id: 'HostDossier' }) satisfies z.ZodType<HostDossier>;

export const dossierListSchema = z.object({ dossiers: listOf(hostDossierSchema) }).meta({ id: 'DossierList' });
