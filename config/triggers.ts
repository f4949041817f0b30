import { z } from 'zod';
import type { Trigger } from '../domain/triggers.ts';
import { secret } from './references.ts';
import { customIssue, distinct, name, text } from './scalars.ts';

const pattern = () => text({ expected: 'a pattern', examples: ['main', 'release/**', '!**/*.md'], refuse: refusePattern });

function refusePattern(value: string) {
  if (value === '' || value === '!' || value.length > 500) return { message: 'is empty or too long' };
  return value.startsWith('/') ? { message: 'begins with a slash', hint: 'write it as git does: src/**' } : undefined;
}

const patterns = () =>
  distinct(pattern())
    .min(1)
    .max(100)
    .check(({ value, issues }) => {
      if (value.length === 0 || value.some((one) => !one.startsWith('!'))) return;
      issues.push(customIssue(value, { message: 'takes out and lets nothing in', hint: `write '**' first: ['**', '${value[0]}']` }, []));
    });
const branches = z.exactOptional(patterns().describe('* stays within a part of the name, ** goes beyond; ! before a pattern takes out'));
const tags = z.exactOptional(patterns());
const word = () =>
  text({ expected: 'a name', refuse: (value) => (value === '' || value.length > 255 ? { message: 'is empty or too long' } : undefined) });

const conclusions = distinct(z.enum(['success', 'neutral', 'skipped', 'failure', 'cancelled', 'timed_out', 'action_required', 'stale']))
  .min(1)
  .default(['success']);

const images = z.exactOptional(
  z
    .record(name(), text({ expected: 'an image', examples: ['ghcr.io/shop/web:{commit}'], refuse: refuseTemplate }))
    .describe('Component to the image that CI pushed: {commit} and {tag} stand for those of the event'),
);

function refuseTemplate(value: string) {
  const rest = value.replaceAll('{commit}', 'c').replaceAll('{tag}', 't');
  if (/^[\w.-]+(:\d+)?\/[\w./-]+:[\w.-]+$/.test(rest)) return undefined;
  return {
    message: 'is no image with a tag',
    hint: 'write registry/repository:{commit}; {commit} and {tag} are all that can be filled in',
  };
}

const trigger = z.discriminatedUnion('on', [
  z.strictObject({
    on: z.literal('push'),
    branches,
    tags,
    paths: z.exactOptional(patterns().describe('One changed file that fits is enough')),
    labels: z.exactOptional(distinct(word()).min(1).describe('A pull request that brought the commit must have one of these')),
    images,
  }),
  z.strictObject({ on: z.literal('create'), branches, tags }),
  z.strictObject({ on: z.literal('release'), tags, prereleases: z.boolean().default(false) }),
  z.strictObject({ on: z.literal('workflow_run'), workflows: z.exactOptional(distinct(word()).min(1)), branches, conclusions, images }),
  z.strictObject({ on: z.literal('check_suite'), apps: z.exactOptional(distinct(word()).min(1)), branches, conclusions, images }),
  z.strictObject({ on: z.literal('package'), tags }),
  z.strictObject({ on: z.literal('repository_dispatch'), types: distinct(word()).min(1) }),
  z.strictObject({ on: z.literal('deployment'), environments: distinct(word()).min(1) }),
  z.strictObject({ on: z.literal('image'), from: name().describe('One of webhooks'), tags }),
]) satisfies z.ZodType<Trigger>;

export const triggers = () => z.array(trigger).max(50).default([]).describe('What starts releases by itself');

const webhookSecrets = () => z.array(secret()).min(1).max(2).describe('Any of them counts: two while one is replaced by the other');

export const githubWebhooks = () =>
  z.strictObject({ secrets: webhookSecrets() }).describe("Who may send to /webhooks/github: what the webhook's Secret field holds");

const KINDS = ['distribution', 'docker-hub', 'harbor', 'quay', 'generic'] as const;

/** How each kind of sender can prove itself, the first by default. */
const PROOFS = {
  distribution: ['authorization'],
  harbor: ['authorization'],
  'docker-hub': ['path'],
  quay: ['path'],
  generic: ['x-hub-signature-256', 'webhook-signature', 'authorization'],
} as const;

const webhook = z
  .strictObject({
    name: name(),
    kind: z.enum(KINDS).describe('Whose words it speaks'),
    registry: z.exactOptional(name().describe('Which of registries it tells of; generic tells by itself')),
    proof: z.exactOptional(z.enum(['authorization', 'path', 'x-hub-signature-256', 'webhook-signature'])),
    secrets: webhookSecrets(),
  })
  .check((context) => {
    const { kind, proof, registry } = context.value;
    if (kind !== 'generic' && registry === undefined)
      context.issues.push(customIssue(kind, { message: 'is missing', hint: 'name one of registries' }, ['registry']));
    const possible: readonly string[] = PROOFS[kind];
    if (proof === undefined || possible.includes(proof)) return;
    context.issues.push(customIssue(proof, { message: `is not how ${kind} proves itself`, hint: `use ${possible.join(', ')}` }, ['proof']));
  })
  .transform(({ proof, ...rest }) => ({ ...rest, proof: proof ?? PROOFS[rest.kind][0] }));

/** Registries, and others that tell of images. */
export const webhooks = () => z.array(webhook).max(20).default([]);
