import { UploadLost } from '../../activities/registry/content-errors.ts';
import { RegistryUnavailable } from '../../activities/registry/errors.ts';
import { hasBlob } from './blob-head.ts';
import { openUpload } from './blob-mount.ts';
import { type BlobPlace, imageOf, mismatch } from './blob-place.ts';
import { BlobSource } from './blob-source.ts';
import { BodyTooSlow, drop, Pace } from './bodies.ts';
import { type Question, textOf } from './connection.ts';
import type { BlobWrite } from './contents.ts';
import { codesOf } from './judgement.ts';
import { locationOf, withParameter } from './locations.ts';
import { push, remove } from './scopes.ts';
import type { Content, HttpAnswer } from './transport.ts';
import { pause, StandstillGuard } from './waiting.ts';

/**
 * Sends a blob into an open upload: whole if it can, on from where the registry stands when it was cut, anew when the registry forgot
 * it. What fails for good is cancelled there. Throws the registry's errors, and what the content throws.
 */
export async function writeBlob(place: BlobPlace, location: URL, write: BlobWrite): Promise<void> {
  const upload = new BlobUpload(place, location, write);
  try {
    await upload.send();
  } catch (error) {
    await upload.cancel();
    throw error;
  } finally {
    await upload.close();
  }
}

/** Bytes of a request where a registry, or what stands before it, takes no larger one; some take at most 4 MiB. */
const SMALL_PIECE = 4 * 1024 * 1024;

/** Bytes a second at which a registry may move what it has into its store before it answers. */
const SLOWEST_STORE = 20 * 1024 * 1024;

const FIRST_PAUSE_MS = 100;
const CANCEL_MS = 5_000;

/** What says that an upload cannot go on as it is; 413 that its pieces are too large. */
const LOST = [400, 404, 413, 416];

const OCTETS = { 'content-type': 'application/octet-stream' };

class BlobUpload {
  readonly #source: BlobSource;
  readonly #image: string;
  /** How much the registry has. */
  #offset = 0;
  #largestPiece = Number.POSITIVE_INFINITY;

  constructor(
    private readonly place: BlobPlace,
    private location: URL,
    private readonly write: BlobWrite,
  ) {
    this.#source = new BlobSource(write.content, place.blob.size);
    this.#image = imageOf(place);
  }

  async send(): Promise<void> {
    for (let failures = 0; ; ) {
      try {
        // The answer alone may have been lost.
        if (failures > 0 && (await hasBlob(this.place, this.write))) return;
        if (failures > 0) await this.#findOffset();
        return await this.#sendRest();
      } catch (error) {
        this.write.signal.throwIfAborted();
        if (this.#source.failure !== undefined) throw this.#source.failure.error;
        const isOfWay = error instanceof RegistryUnavailable || error instanceof UploadLost;
        if (!isOfWay || failures >= this.place.connection.limits.repetitions) throw error;
      }
      await pause(FIRST_PAUSE_MS * 2 ** failures, this.write.signal);
      failures += 1;
    }
  }

  /** Best effort: an upload that stays is cleared away by the registry in its own time. */
  async cancel(): Promise<void> {
    const bounded = { scopes: [remove(this.place.repository)], signal: AbortSignal.timeout(CANCEL_MS) };
    const question = { ...this.#question(this.location, [200, 202, 204, ...LOST, 405]), ...bounded };
    await this.place.connection.ask({ ...question, method: 'DELETE' }).then(drop, () => undefined);
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  /** Whole by one request where nothing is there yet; otherwise piece by piece, and an end (distribution-spec, "Pushing a blob in chunks"). */
  async #sendRest(): Promise<void> {
    const { size } = this.place.blob;
    if (this.#offset === 0 && size <= this.#largestPiece) return this.#finish({ start: 0, length: size });
    while (this.#offset < size) await this.#sendPiece(Math.min(this.#largestPiece, size - this.#offset));
    await this.#finish(undefined);
  }

  async #sendPiece(length: number): Promise<void> {
    const start = this.#offset;
    const headers = { ...OCTETS, 'content-range': `${start}-${start + length - 1}` };
    const question = { ...this.#question(this.location, [200, 201, 202, 204, ...LOST]), method: 'PATCH' as const, headers };
    const answer = await this.#sending(start, length, question);
    await this.#requireKept(answer);
    this.location = locationOf(this.place.connection, this.#image, answer);
    this.#offset = offsetOf(answer) ?? start + length;
  }

  async #finish(all: { readonly start: number; readonly length: number } | undefined): Promise<void> {
    const { connection, blob } = this.place;
    const question = {
      ...this.#question(withParameter(this.location, 'digest', blob.digest), [200, 201, 204, ...LOST]),
      method: 'PUT' as const,
      headers: OCTETS,
      answerMs: connection.limits.idleMs + (1000 * blob.size) / SLOWEST_STORE,
    };
    const answer = all === undefined ? await connection.ask(question) : await this.#sending(all.start, all.length, question);
    await this.#requireKept(answer);
    const stored = textOf(answer.headers['docker-content-digest']);
    if (stored?.startsWith('sha256:') && stored !== blob.digest) throw mismatch(this.place, 'another digest for what was sent');
  }

  /** Asks with content, as long as the registry goes on taking it. */
  async #sending(start: number, length: number, question: Question): Promise<HttpAnswer> {
    const { connection } = this.place;
    const limitMs = connection.limits.idleMs;
    const guard = new StandstillGuard(limitMs, () => new BodyTooSlow(`it took no more bytes for ${limitMs / 1000} s`));
    const content: Content = { kind: 'stream', size: length, open: () => this.#paced(start, length, guard) };
    try {
      return await connection.ask({ ...question, content, signal: AbortSignal.any([question.signal, guard.signal]) });
    } catch (error) {
      // The guard's word is about the registry; the caller's own is heard by whoever called.
      const reason = guard.signal.aborted ? guard.signal.reason : error;
      return await connection.naming(question, () => Promise.reject(reason));
    } finally {
      guard.moved();
    }
  }

  /** Throws UploadLost when the registry knows nothing of the upload, or stands elsewhere in it. */
  async #requireKept(answer: HttpAnswer): Promise<void> {
    if (answer.status < 400) return drop(answer);
    const { connection } = this.place;
    const text = await connection.refusalText(answer);
    const codes = codesOf(text);
    if (codes.includes('DIGEST_INVALID')) throw mismatch(this.place, 'other bytes, as the registry that was to take them says');
    const isLost = answer.status !== 400 || codes.some((code) => code.startsWith('BLOB_UPLOAD') || code === 'RANGE_INVALID');
    if (!isLost || (answer.status === 413 && this.#largestPiece === SMALL_PIECE)) throw connection.refusal(this.#image, answer, text);
    if (answer.status === 413) this.#largestPiece = SMALL_PIECE;
    throw new UploadLost({ ...connection.place(this.#image), seen: ['it answered', answer.status, ...codes].join(' ') });
  }

  /** Asks where the registry stands, and begins anew when it does not say. */
  async #findOffset(): Promise<void> {
    const { connection, blob } = this.place;
    const answer = await connection.ask({ ...this.#question(this.location, [200, 202, 204, ...LOST, 405]), method: 'GET' });
    await drop(answer);
    const offset = answer.status < 400 ? offsetOf(answer) : undefined;
    const isUsable = offset !== undefined && offset > 0 && offset <= blob.size;
    if (isUsable && answer.headers.location !== undefined) this.location = locationOf(connection, this.#image, answer);
    this.#offset = isUsable ? offset : 0;
    if (!isUsable) await this.#beginAnew();
  }

  /** What the registry has of an upload that cannot go on would lie there for days. */
  async #beginAnew(): Promise<void> {
    await this.cancel();
    this.location = (await openUpload(this.place, this.write)).location;
  }

  #question(at: URL, hopes: readonly number[]): Omit<Question, 'method'> {
    return { at, scopes: [push(this.place.repository)], image: this.#image, hopes, signal: this.write.signal };
  }

  async *#paced(start: number, length: number, guard: StandstillGuard): AsyncGenerator<Buffer> {
    const pace = new Pace(this.place.connection.limits.idleMs);
    for await (const chunk of this.#source.piece(start, length)) {
      const since = performance.now();
      guard.waiting();
      yield chunk;
      guard.moved();
      this.write.onSent?.(chunk.length);
      pace.count(chunk.length, performance.now() - since);
    }
  }
}

/** How many bytes the registry has, from `Range: 0-LAST`. `0-0` is what many say for none, and is taken for that. */
function offsetOf({ headers }: HttpAnswer): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(textOf(headers.range) ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}
