import { z } from 'zod';
import type { Digest } from '../../domain/digest.ts';

/** An array that nobody changes, as the domain types it. */
export function listOf<Item>(item: z.ZodType<Item>): z.ZodType<readonly Item[]> {
  return z.array(item);
}

/** ISO 8601 in UTC. */
export const instantSchema = z.string().meta({ description: 'ISO 8601 in UTC', examples: ['2026-03-02T09:30:00.000Z'] });

export const releaseNumberSchema = z.number().int().positive();

/** A digest that the domain has parsed already; here it is only described. */
export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ description: 'The digest of a manifest' }) as unknown as z.ZodType<Digest, Digest>;

export const pinnedImageSchema = z
  .object({ repository: z.string().meta({ description: "With the registry's address" }), digest: digestSchema })
  .meta({ id: 'PinnedImage' });

export const imagesSchema = z.record(z.string(), pinnedImageSchema).meta({ description: 'Component to image' });
