import { BlobMissing, ContentTruncated } from '../../activities/registry/content-errors.ts';
import { AnswerMalformed } from '../../activities/registry/errors.ts';
import { blobQuestion } from './blob-head.ts';
import { type BlobPlace, imageOf, mismatch } from './blob-place.ts';
import { drop, Pace } from './bodies.ts';
import { textOf } from './connection.ts';
import type { BlobRead } from './contents.ts';
import type { HttpAnswer } from './transport.ts';

/** Asks for a blob from a position on, and gives the bytes of one answer; fewer than are due only with ContentTruncated at the end. */
export async function* answerFrom(place: BlobPlace, position: number, { lends = false, signal }: BlobRead): AsyncGenerator<Buffer> {
  const answer = await ask(place, position, { lends: lends && place.blob.size - position >= LARGE, signal });
  let due = place.blob.size - position;
  // A registry that knows no ranges begins anew.
  let skip = answer.status === 206 ? 0 : position;
  for await (const chunk of bytesOf(place, answer, signal)) {
    const wanted = skip === 0 ? chunk : chunk.subarray(skip);
    skip -= Math.min(skip, chunk.length);
    due -= wanted.length;
    if (wanted.length > 0) yield wanted;
  }
  if (due > 0) throw new ContentTruncated({ ...place.connection.place(imageOf(place)), seen: `it ended ${due} bytes too early` });
}

/** Bytes from which on a connection of its own costs a blob nothing. */
const LARGE = 1024 * 1024;

async function ask(place: BlobPlace, position: number, { lends = false, signal }: BlobRead): Promise<HttpAnswer> {
  const { connection } = place;
  const question = blobQuestion(place, signal);
  const headers: Record<string, string> = position > 0 ? { range: `bytes=${position}-` } : {};
  const answer = await connection.ask({ ...question, method: 'GET', headers, hopes: [200, 206, 404, 416], lends });
  if (await connection.isAbsent(question.image, answer))
    throw new BlobMissing({ ...connection.place(question.image), seen: 'it does not' });
  const wrong = wrongRange(place, answer, position);
  if (wrong === undefined) return answer;
  await drop(answer);
  throw wrong;
}

/** What of an answer's headers cannot be: another range than was asked for, or another length than is due. */
function wrongRange(place: BlobPlace, { status, headers }: HttpAnswer, position: number): Error | undefined {
  if (status === 416) return mismatch(place, `that it has no bytes from ${position} on`);
  const range = status === 206 ? textOf(headers['content-range']) : undefined;
  if (range !== undefined && !range.startsWith(`bytes ${position}-`)) {
    const seen = `asked for bytes from ${position} on it sent others`;
    return new AnswerMalformed({ ...place.connection.place(imageOf(place)), seen });
  }
  const length = textOf(headers['content-length']);
  const due = place.blob.size - (status === 206 ? position : 0);
  return length === undefined || Number(length) === due ? undefined : mismatch(place, `${length} bytes where ${due} are due`);
}

/** The bytes of an answer as they come. Throws RegistryUnavailable when they stop, or trickle. */
async function* bytesOf(place: BlobPlace, { body }: HttpAnswer, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { connection } = place;
  const asked = { image: imageOf(place), signal };
  const pace = new Pace(connection.limits.idleMs);
  const chunks = body[Symbol.asyncIterator]();
  const next = async () => {
    const since = performance.now();
    const chunk = await chunks.next();
    pace.count(chunk.done === true ? 0 : chunk.value.length, performance.now() - since);
    return chunk;
  };
  try {
    for (let chunk = await connection.naming(asked, next); chunk.done !== true; chunk = await connection.naming(asked, next))
      yield chunk.value;
  } finally {
    body.destroy();
  }
}
