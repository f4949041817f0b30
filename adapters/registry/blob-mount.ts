import { RegistryRefused } from '../../activities/registry/errors.ts';
import { type BlobPlace, imageOf, mismatch } from './blob-place.ts';
import { drop } from './bodies.ts';
import { textOf } from './connection.ts';
import type { Bounded, Mount } from './contents.ts';
import { locationOf } from './locations.ts';
import type { Repository } from './reference.ts';
import { pull, push } from './scopes.ts';

/** Asks for another repository's blob; opens an upload when the registry does not give it (distribution-spec, "Mounting a blob"). */
export async function mountBlob(place: BlobPlace, from: Repository | undefined, options: Bounded): Promise<Mount> {
  if (from?.registry !== place.repository.registry) return openUpload(place, options);
  try {
    return await mountFrom(place, from, options);
  } catch (error) {
    // Who may not read there may still push here what they got elsewhere.
    if (!(error instanceof RegistryRefused)) throw error;
    return openUpload(place, options);
  }
}

async function mountFrom(place: BlobPlace, from: Repository, { signal }: Bounded): Promise<Mount> {
  const { connection, repository, blob } = place;
  const answer = await connection.ask({
    method: 'POST',
    at: `${uploadsOf(repository)}?mount=${encodeURIComponent(blob.digest)}&from=${encodeURIComponent(from.path)}`,
    scopes: [push(repository), pull(from)],
    image: imageOf(place),
    hopes: [201, 202],
    signal,
  });
  await drop(answer);
  if (answer.status === 202) return { kind: 'upload', location: locationOf(connection, imageOf(place), answer) };
  const mounted = textOf(answer.headers['docker-content-digest']);
  if (mounted?.startsWith('sha256:') && mounted !== blob.digest) throw mismatch(place, 'another digest for what was mounted');
  return { kind: 'mounted' };
}

/** Opens an upload (distribution-spec, "Pushing a blob"). */
export async function openUpload(place: BlobPlace, { signal }: Bounded): Promise<Extract<Mount, { kind: 'upload' }>> {
  const { connection, repository } = place;
  const image = imageOf(place);
  const answer = await connection.ask({
    method: 'POST',
    at: uploadsOf(repository),
    scopes: [push(repository)],
    image,
    hopes: [202],
    signal,
  });
  await drop(answer);
  return { kind: 'upload', location: locationOf(connection, image, answer) };
}

function uploadsOf({ path }: Repository): string {
  return `/v2/${path}/blobs/uploads/`;
}
