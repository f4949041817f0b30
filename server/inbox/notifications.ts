import { z } from 'zod';
import { isPlatformTag } from '../../domain/build-platform.ts';

/** A registry's notification does not have the members that it must have. */
export class NotificationUnfit extends Error {
  override readonly name = 'NotificationUnfit';
}

/** An image that a registry told of; `repository` is a path within the registry, and an image's whole name where the sender tells of any. */
export interface Notice {
  readonly repository: string;
  readonly digest?: string;
  /** Empty where it has none. */
  readonly tag: string;
}

export type NotificationKind = 'distribution' | 'docker-hub' | 'harbor' | 'quay' | 'generic';

/** The images that a registry tells were pushed; nothing where it tells of something else. Throws NotificationUnfit. */
export function noticesIn(kind: NotificationKind, payload: unknown): readonly Notice[] {
  return READERS[kind](payload).filter(({ tag: named }) => isOfItsOwn(named) || (named === '' && kind === 'generic'));
}

/**
 * Whether a tag names what was pushed to be used. Tags of lists of referrers (OCI distribution 1.1), of cosign and of our own builds for one of several platforms are of what belongs
 * to another image, and without one come platforms of an index, signatures and SBOMs: none of them is pushed to be released by itself.
 */
export function isOfItsOwn(named: string): boolean {
  return named !== '' && !OF_ANOTHER.test(named) && !isPlatformTag(named);
}

const OF_ANOTHER = /^sha256-[0-9a-f]{64}(?:\.|$)/;

const path = z
  .string()
  .regex(/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/, 'expected a repository')
  .max(255);
const tag = z.string().regex(/^\w[\w.-]{0,127}$/, 'expected a tag');
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected a digest');

const READERS: Readonly<Record<NotificationKind, (payload: unknown) => readonly Notice[]>> = {
  distribution: (payload) =>
    read(DISTRIBUTION, payload).events.flatMap(({ action, target }) => {
      if (action !== 'push' || !/manifest|image\.index/.test(target.mediaType ?? '')) return [];
      const { repository, digest: of, tag: named = '' } = read(TARGET, target);
      return [{ repository, digest: of, tag: named }];
    }),
  'docker-hub': (payload) => {
    const { push_data: pushed, repository } = read(DOCKER_HUB, payload);
    return [{ repository: repository.repo_name, tag: pushed.tag }];
  },
  harbor: (payload) => {
    const { type, event_data: data } = read(HARBOR, payload);
    if (type !== 'PUSH_ARTIFACT' || data === undefined) return [];
    return data.resources.map(({ digest: of, tag: named = '' }) => ({
      repository: data.repository.repo_full_name,
      digest: of,
      tag: named,
    }));
  },
  quay: (payload) => {
    const { repository, updated_tags: tags } = read(QUAY, payload);
    return tags.map((named) => ({ repository, tag: named }));
  },
  generic: (payload) => {
    const { repository, digest: of, tag: named = '' } = read(GENERIC, payload);
    return [{ repository, digest: of, tag: named }];
  },
};

/** https://distribution.github.io/distribution/about/notifications/ */
const DISTRIBUTION = z.object({
  events: z.array(z.object({ action: z.string(), target: z.looseObject({ mediaType: z.string().optional() }) })).max(1_000),
});
const TARGET = z.object({ repository: path, digest, tag: tag.optional() });

/** https://docs.docker.com/docker-hub/repos/manage/webhooks/ */
const DOCKER_HUB = z.object({ push_data: z.object({ tag }), repository: z.object({ repo_name: path }) });

/** https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/ */
const HARBOR = z.object({
  type: z.string(),
  event_data: z
    .object({
      resources: z.array(z.object({ digest, tag: tag.optional() })).max(100),
      repository: z.object({ repo_full_name: path }),
    })
    .optional(),
});

/** https://docs.quay.io/guides/notifications.html */
const QUAY = z.object({ repository: path, updated_tags: z.array(tag).max(100) });

const GENERIC = z.object({
  repository: z
    .string()
    .regex(/^[\w.-]+(:\d+)?\/[a-z0-9._/-]+$/, 'expected registry/repository')
    .max(255),
  digest,
  tag: tag.optional(),
});

function read<Schema extends z.ZodType>(schema: Schema, payload: unknown): z.output<Schema> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new NotificationUnfit(`The notification does not fit: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is wrong'}`);
}
