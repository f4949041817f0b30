import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AnswerMalformed, BlobMissing, ContentTruncated, RegistryUnavailable } from '../../activities/registry/errors.ts';
import { type BlobPlace, imageOf, mismatch } from './blob-place.ts';
import { drop, Pace } from './bodies.ts';
import { textOf } from './connection.ts';
import type { Bounded } from './contents.ts';
import { isOfRegistry } from './manifests.ts';
import { pull } from './scopes.ts';
import type { HttpAnswer } from './transport.ts';

/** Whether the registry holds a blob. Throws DigestMismatch when it holds one of another size under the name. */
export async function hasBlob(place: BlobPlace, { signal }: Bounded): Promise<boolean> {
  const answer = await place.connection.ask({ ...question(place, signal), method: 'HEAD', hopes: [200, 404, 405] });
  await drop(answer);
  if (answer.status === 200) return isOfSize(place, answer);
  if (answer.status === 404 && isOfRegistry(answer)) return false;
  // A 404 that anybody could have said: an answer with a body tells.
  const whole = await place.connection.ask({
    ...question(place, signal),
    method: 'GET',
    headers: { range: 'bytes=0-0' },
    hopes: [200, 206, 404, 416],
  });
  if (await place.connection.isAbsent(imageOf(place), whole)) return false;
  whole.body.destroy();
  return true;
}

function isOfSize(place: BlobPlace, { headers }: HttpAnswer): true {
  const length = textOf(headers['content-length']);
  if (length !== undefined && Number(length) !== place.blob.size)
    throw mismatch(place, `a blob of ${length} bytes, not ${place.blob.size}`);
  return true;
}

/**
 * A blob's bytes from an offset on. The last of them is handed over only when all have the blob's digest (from 0 on) and size, so that
 * nobody takes a corrupt blob for whole. What breaks off is asked for again from there. Throws the registry's errors.
 */
export async function* readBlob(place: BlobPlace, { signal, offset = 0 }: Bounded & { readonly offset?: number }): AsyncGenerator<Buffer> {
  const { connection, blob } = place;
  const hash = offset === 0 ? createHash('sha256') : undefined;
  let position = offset;
  for (let repetition = 0; ; repetition += 1) {
    try {
      for await (const chunk of from(place, position, signal)) {
        hash?.update(chunk);
        position += chunk.length;
        if (position > blob.size) throw mismatch(place, `more than its ${blob.size} bytes`);
        if (position === blob.size) requireDigest(place, hash?.digest('hex'));
        yield chunk;
      }
      if (position === blob.size) return blob.size === 0 ? requireDigest(place, hash?.digest('hex')) : undefined;
      throw new ContentTruncated({ ...connection.place(imageOf(place)), seen: `${position} of ${blob.size} bytes came` });
    } catch (error) {
      const isOfWay = error instanceof ContentTruncated || error instanceof RegistryUnavailable;
      if (!isOfWay || repetition >= connection.limits.repetitions) throw truncated(place, position, error);
    }
    await delay(100 * 2 ** repetition, undefined, { signal });
  }
}

function truncated(place: BlobPlace, position: number, error: unknown): unknown {
  if (!(error instanceof RegistryUnavailable) || position === 0) return error;
  const seen = `${position} of ${place.blob.size} bytes came, then ${error.cause instanceof Error ? error.cause.message : error.message}`;
  return new ContentTruncated({ ...place.connection.place(imageOf(place)), seen }, { cause: error });
}

function requireDigest(place: BlobPlace, seen: string | undefined): void {
  if (seen !== undefined && `sha256:${seen}` !== place.blob.digest) throw mismatch(place, `sha256:${seen}`);
}

/** One answer's bytes, without those before the position when the registry begins anew. */
async function* from(place: BlobPlace, position: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { connection } = place;
  const image = imageOf(place);
  const headers: Record<string, string> = position > 0 ? { range: `bytes=${position}-` } : {};
  const answer = await connection.ask({ ...question(place, signal), method: 'GET', headers, hopes: [200, 206, 404, 416] });
  if (answer.status === 416) {
    await drop(answer);
    throw mismatch(place, `no bytes from ${position} on`);
  }
  if (await connection.isAbsent(image, answer)) throw new BlobMissing({ ...connection.place(image), seen: 'it does not' });
  let skip = answer.status === 206 ? 0 : position;
  requireRange(place, answer, position);
  const pace = new Pace(connection.limits.idleMs);
  const chunks = answer.body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const since = performance.now();
      const { done, value } = await connection.naming({ image, signal }, async () => chunks.next());
      if (done === true) return;
      const chunk: Buffer = value;
      await connection.naming({ image, signal }, async () => pace.count(chunk.length, performance.now() - since));
      if (skip >= chunk.length) skip -= chunk.length;
      else yield skip === 0 ? chunk : chunk.subarray(skip);
      if (skip < chunk.length) skip = 0;
    }
  } finally {
    answer.body.destroy();
  }
}

function requireRange(place: BlobPlace, answer: HttpAnswer, position: number): void {
  const { status, headers } = answer;
  const length = textOf(headers['content-length']);
  const due = place.blob.size - (status === 206 ? position : 0);
  const range = textOf(headers['content-range']);
  const isRight = status === 200 || range === undefined || range.startsWith(`bytes ${position}-`);
  if (isRight && (length === undefined || Number(length) === due)) return;
  answer.body.destroy();
  if (!isRight)
    throw new AnswerMalformed({ ...place.connection.place(imageOf(place)), seen: `asked for bytes from ${position} on it sent ${range}` });
  throw mismatch(place, `${length} bytes where ${due} are due`);
}

function question({ repository, blob }: BlobPlace, signal: AbortSignal) {
  return { at: `/v2/${repository.path}/blobs/${blob.digest}`, scopes: [pull(repository)], image: imageOf({ repository, blob }), signal };
}
