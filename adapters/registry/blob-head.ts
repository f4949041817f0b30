import { type BlobPlace, imageOf, mismatch } from './blob-place.ts';
import { drop } from './bodies.ts';
import { type Question, textOf } from './connection.ts';
import type { Bounded } from './contents.ts';
import { isOfRegistry } from './manifests.ts';
import { pull } from './scopes.ts';
import type { HttpAnswer } from './transport.ts';

/** Whether the registry holds a blob. Throws DigestMismatch when it holds one of another size under its name. */
export async function hasBlob(place: BlobPlace, { signal }: Bounded): Promise<boolean> {
  const { connection } = place;
  const question = { ...blobQuestion(place, signal), method: 'HEAD' as const, hopes: [200, 403, 404, 405] };
  const answer = await connection.ask(question);
  await drop(answer);
  if (answer.status === 200) return requireSize(place, answer);
  if (answer.status === 404 && isOfRegistry(answer)) return false;
  const isFromElsewhere = answer.url.origin !== connection.origin.origin;
  if (answer.status === 403 && !isFromElsewhere) throw connection.refusal(question.image, answer, '');
  return hasFirstByte(place, signal);
}

/** For a 404 that anybody could have said, and for stores that are named for GET alone: an answer with a body tells. */
async function hasFirstByte(place: BlobPlace, signal: AbortSignal): Promise<boolean> {
  const question = { ...blobQuestion(place, signal), headers: { range: 'bytes=0-0' }, hopes: [200, 206, 404, 416] };
  const answer = await place.connection.ask({ ...question, method: 'GET' });
  if (await place.connection.isAbsent(question.image, answer)) return false;
  // A registry that knows no ranges has begun to send the whole blob.
  await drop(answer);
  return true;
}

function requireSize(place: BlobPlace, { headers }: HttpAnswer): true {
  const length = textOf(headers['content-length']);
  if (length === undefined || Number(length) === place.blob.size) return true;
  throw mismatch(place, `a blob of ${length} bytes, not ${place.blob.size}`);
}

/** What each question about a blob has in common. */
export function blobQuestion(
  { repository, blob }: Pick<BlobPlace, 'repository' | 'blob'>,
  signal: AbortSignal,
): Omit<Question, 'method' | 'hopes'> {
  return { at: `/v2/${repository.path}/blobs/${blob.digest}`, scopes: [pull(repository)], image: imageOf({ repository, blob }), signal };
}
