import type { Settlement } from '../../domain/inbox/delivery.ts';
import { isFor, type Trigger } from '../../domain/triggers.ts';
import { createRelease } from '../create-release.ts';
import type { ServerParts } from '../ports.ts';
import { OutsideUnavailable, RequestProblem } from '../problems.ts';
import { lookUp } from '../resolve-images.ts';
import type { DeliveryReader } from './drain.ts';
import { type ToldImage, wishForImage } from './image-wish.ts';
import { type NotificationKind, noticesIn } from './notifications.ts';
import { readBody } from './read-body.ts';

/** Who tells of images: its name, its kind, and the address of the registry that it tells of. */
export interface ImageSource {
  readonly name: string;
  readonly kind: NotificationKind;
  readonly registry?: string;
}

export interface ImageParts {
  readonly server: Pick<ServerParts, 'register' | 'sources' | 'images' | 'engine' | 'applications' | 'environments'>;
  readonly sources: readonly ImageSource[];
  readonly applications: readonly { readonly name: string; readonly triggers: readonly Trigger[] }[];
}

/** Reads notifications of registries, and makes a release of each image that a trigger is for, by the digest that the registry has. */
export function imageDeliveries(parts: ImageParts): DeliveryReader {
  return (delivery) => {
    const name = delivery.source.slice('images/'.length);
    const source = parts.sources.find((one) => one.name === name);
    if (source === undefined) throw new Error(`tidegate.yaml has no webhook ${name} any more`);
    const images = noticesIn(source.kind, readBody(delivery)).map((notice) => ({
      ...notice,
      repository: whole(source, notice.repository),
    }));
    // A tag means what it means when it is read: the order of notifications counts.
    return { lane: delivery.source, handle: () => releaseAll(parts, source, { images, delivery: delivery.id }) };
  };
}

function whole({ registry }: ImageSource, repository: string): string {
  return registry === undefined ? repository : `${registry}/${repository}`;
}

interface Told {
  readonly images: readonly ToldImage[];
  readonly delivery: string;
}

async function releaseAll(parts: ImageParts, source: ImageSource, told: Told): Promise<Settlement> {
  if (told.images.length === 0) return { state: 'ignored', detail: 'it tells of no image that was pushed' };
  const made: string[] = [];
  const reasons = new Set<string>();
  const failures: unknown[] = [];
  for (const image of told.images) {
    for (const { name, triggers } of parts.applications) {
      if (!triggers.some((trigger) => trigger.on === 'image' && trigger.from === source.name && isFor(trigger.tags, image.tag))) {
        reasons.add(`no trigger is for ${image.repository}:${image.tag}`);
        continue;
      }
      const effect = await release(parts, source, name, image, told).catch((error: unknown) => {
        failures.push(error);
        return { release: undefined, reason: '' };
      });
      if (effect.release === undefined) reasons.add(effect.reason);
      else made.push(effect.release);
    }
  }
  // The fault of one application keeps no other from its release. What does not answer is asked again before a fault is told of.
  if (failures.length > 0)
    throw failures.find((error) => error instanceof OutsideUnavailable || !(error instanceof RequestProblem)) ?? failures[0];
  if (made.length > 0) return { state: 'done', detail: [...new Set(made)].join('; ') };
  return { state: 'ignored', detail: [...reasons].join('; ') };
}

async function release(
  { server }: ImageParts,
  source: ImageSource,
  application: string,
  image: ToldImage,
  { delivery }: Told,
): Promise<{ readonly release: string } | { readonly release?: undefined; readonly reason: string }> {
  const elsewhere = await leadsElsewhere(server, image);
  if (elsewhere !== undefined) return { reason: elsewhere };
  const wish = await wishForImage(server, application, image);
  if (typeof wish === 'string') return { reason: wish };
  const starter = { person: `webhook/${source.name}`, known: { authentication: `webhook ${source.name}`, requestId: delivery } };
  const { record, created } = await createRelease(server, wish, starter, undefined);
  return { release: `release ${record.number} of ${application}${created ? '' : ', which was there already'}` };
}

/** A tag that was moved since, or told of by whoever sent an old message again, is no wish for what it led to once. Throws OutsideUnavailable. */
async function leadsElsewhere({ images }: Pick<ServerParts, 'images'>, image: ToldImage): Promise<string | undefined> {
  const { repository, tag, digest } = image;
  if (digest === undefined || tag === '') return undefined;
  const now = await lookUp({ kind: 'tag', repository, tag }, images);
  return now === digest ? undefined : `${repository}:${tag} leads to ${now ?? 'nothing'} by now`;
}
