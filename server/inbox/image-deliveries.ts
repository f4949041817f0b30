import type { Settlement } from '../../domain/inbox/delivery.ts';
import { isFor, type Trigger } from '../../domain/triggers.ts';
import { createRelease } from '../create-release.ts';
import type { ServerParts } from '../ports.ts';
import type { DeliveryReader } from './drain.ts';
import { type Effect, eachByItself, settled } from './effects.ts';
import { type ToldImage, wishForImage } from './image-wish.ts';
import { leadsElsewhere } from './leads-elsewhere.ts';
import { actOrWait, isYoung } from './not-there-yet.ts';
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
    const told = { images, delivery: delivery.id, isYoung: isYoung(delivery) };
    return { lane: delivery.source, handle: () => actOrWait(delivery, () => releaseAll(parts, source, told)) };
  };
}

function whole({ registry }: ImageSource, repository: string): string {
  return registry === undefined ? repository : `${registry}/${repository}`;
}

interface Told {
  readonly images: readonly ToldImage[];
  readonly delivery: string;
  /** Whether the commit of an image may still come. */
  readonly isYoung: boolean;
}

async function releaseAll(parts: ImageParts, source: ImageSource, told: Told): Promise<Settlement> {
  if (told.images.length === 0) return { state: 'ignored', detail: 'it tells of no image that was pushed' };
  const pairs = told.images.flatMap((image) => parts.applications.map((application) => ({ image, application })));
  return settled(await eachByItself(pairs, ({ image, application }) => release(parts, source, { image, application }, told)));
}

async function release(
  { server }: ImageParts,
  source: ImageSource,
  { image, application: { name, triggers } }: { readonly image: ToldImage; readonly application: ImageParts['applications'][number] },
  { delivery, isYoung: mayCome }: Told,
): Promise<Effect> {
  if (!triggers.some((trigger) => trigger.on === 'image' && trigger.from === source.name && isFor(trigger.tags, image.tag)))
    return none(`no trigger is for ${image.repository}:${image.tag}`);
  const elsewhere = await leadsElsewhere(server, image);
  if (elsewhere !== undefined) return none(elsewhere);
  const wished = await wishForImage(server, name, image, mayCome);
  if (typeof wished === 'string') return none(wished);
  const starter = { person: `webhook/${source.name}`, known: { authentication: `webhook ${source.name}`, requestId: delivery } };
  const { record, created } = await createRelease(server, wished.wish, starter, undefined);
  return { kind: 'release', detail: `release ${record.number} of ${name}${wished.note}${created ? '' : ', which was there already'}` };
}

function none(detail: string): Effect {
  return { kind: 'none', detail };
}
