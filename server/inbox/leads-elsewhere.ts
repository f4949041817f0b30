import type { ServerParts } from '../ports.ts';
import { lookUp } from '../resolve-images.ts';
import type { ToldImage } from './image-wish.ts';

/** A tag that was moved since, or told of by whoever sent an old message again, is no wish for what it led to once: in words. Throws OutsideUnavailable. */
export async function leadsElsewhere({ images }: Pick<ServerParts, 'images'>, image: ToldImage): Promise<string | undefined> {
  const { repository, tag, digest } = image;
  if (digest === undefined || tag === '') return undefined;
  const now = await lookUp({ kind: 'tag', repository, tag }, images);
  return now === digest ? undefined : `${repository}:${tag} leads to ${now ?? 'nothing'} by now`;
}
