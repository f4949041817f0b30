import { RegistryUnavailable, UploadLost } from '../../activities/registry/errors.ts';
import { type BlobPlace, imageOf, mismatch } from './blob-place.ts';
import { BlobSource } from './blob-source.ts';
import { drop, Pace } from './bodies.ts';
import { type Question, textOf } from './connection.ts';
import type { BlobWrite, Bounded, Mount } from './contents.ts';
import { codesOf } from './judgement.ts';
import { locationOf, withParameter } from './locations.ts';
import type { Repository } from './reference.ts';
import { pull, push } from './scopes.ts';
import type { Content, HttpAnswer } from './transport.ts';

/** Asks for another repository's blob, or opens an upload. */
export async function mountBlob(place: BlobPlace, from: Repository | undefined, { signal }: Bounded): Promise<Mount> {
  const { connection, repository, blob } = place;
  const source = from?.registry === repository.registry ? from : undefined;
  const query = source && `?mount=${encodeURIComponent(blob.digest)}&from=${encodeURIComponent(source.path)}`;
  const answer = await connection.ask({
    method: 'POST',
    at: `/v2/${repository.path}/blobs/uploads/${query ?? ''}`,
    scopes: [push(repository), ...(source === undefined ? [] : [pull(source)])],
    image: imageOf(place),
    hopes: source === undefined ? [202] : [201, 202],
    signal,
  });
  await drop(answer);
  return answer.status === 201 ? { kind: 'mounted' } : { kind: 'upload', location: locationOf(connection, imageOf(place), answer) };
}

/** Sends a blob into an open upload: whole if it can, on from where the registry stands when it was cut, anew when the registry forgot it. */
export async function writeBlob(place: BlobPlace, location: URL, write: BlobWrite): Promise<void> {
  const upload = new BlobUpload(place, location, write);
  try {
    await upload.send();
  } catch (error) {
    await upload.cancel();
    write.signal.throwIfAborted();
    throw error;
  } finally {
    await upload.close();
  }
}

/** Bytes of a request where a registry, or what stands before it, takes no larger one; some take at most 4 MiB. */
const SMALL_PIECE = 4 * 1024 * 1024;

/** Bytes a second at which a registry may move what it has into its store before it answers. */
const SLOWEST_STORE = 20 * 1024 * 1024;

const CANCEL_MS = 5_000;

class BlobUpload {
  readonly #source: BlobSource;
  /** What the registry has. */
  #offset = 0;
  #pieceBytes = Number.POSITIVE_INFINITY;

  constructor(
    private readonly place: BlobPlace,
    private location: URL,
    private readonly write: BlobWrite,
  ) {
    this.#source = new BlobSource(write.content);
  }

  async send(): Promise<void> {
    for (let repetition = 0; ; repetition += 1) {
      try {
        return await this.#sendRest();
      } catch (error) {
        if (this.#source.failure !== undefined) throw this.#source.failure.error;
        const isOfWay = error instanceof RegistryUnavailable || error instanceof UploadLost;
        if (!isOfWay || repetition >= this.place.connection.limits.repetitions) throw error;
        await this.#find();
      }
    }
  }

  /** Best effort: an upload that stays is cleared away by the registry in its own time. */
  async cancel(): Promise<void> {
    const { signal } = { signal: AbortSignal.timeout(CANCEL_MS) };
    const cancelled = this.place.connection.ask({ ...this.#question(this.location, [202, 204, 404]), method: 'DELETE', signal });
    await cancelled.then(drop, () => undefined);
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  async #sendRest(): Promise<void> {
    const { size } = this.place.blob;
    const isWhole = this.#offset === 0 && size <= this.#pieceBytes;
    if (!isWhole) while (this.#offset < size) await this.#sendPiece(Math.min(this.#pieceBytes, size - this.#offset));
    await this.#finish(isWhole ? this.#content(0, size) : undefined);
  }

  async #sendPiece(length: number): Promise<void> {
    const { connection } = this.place;
    const range = `${this.#offset}-${this.#offset + length - 1}`;
    const answer = await connection.ask({
      ...this.#question(this.location, [200, 201, 202, 204]),
      method: 'PATCH',
      headers: { 'content-type': 'application/octet-stream', 'content-range': range },
      content: this.#content(this.#offset, length),
    });
    await this.#requireKept(answer);
    this.location = locationOf(connection, imageOf(this.place), answer);
    this.#offset = standingAt(answer) ?? this.#offset + length;
  }

  async #finish(content: Content | undefined): Promise<void> {
    const { connection, blob } = this.place;
    const answer = await connection.ask({
      ...this.#question(withParameter(this.location, 'digest', blob.digest), [200, 201, 204]),
      method: 'PUT',
      ...(content && { content, headers: { 'content-type': 'application/octet-stream' } }),
      answerMs: connection.limits.idleMs + (1000 * blob.size) / SLOWEST_STORE,
    });
    await this.#requireKept(answer);
    const stored = textOf(answer.headers['docker-content-digest']);
    if (stored?.startsWith('sha256:') && stored !== blob.digest) throw mismatch(this.place, stored.slice(0, 100));
  }

  /** Throws UploadLost when the registry knows nothing of the upload, or stands elsewhere in it. */
  async #requireKept(answer: HttpAnswer): Promise<void> {
    if (answer.status < 400) return drop(answer);
    const { connection } = this.place;
    if (answer.status === 413) this.#pieceBytes = SMALL_PIECE;
    const text = (await connection.readWhole({ ...this.write, image: imageOf(this.place) }, answer, 65_536)).toString('utf8');
    const codes = codesOf(text);
    if (codes.includes('DIGEST_INVALID')) throw mismatch(this.place, 'other bytes, as the registry that was to take them says');
    throw new UploadLost({ ...connection.place(imageOf(this.place)), seen: `it answered ${answer.status} ${codes.join(' ')}`.trim() });
  }

  /** Asks where the registry stands, and begins anew when it does not say. */
  async #find(): Promise<void> {
    const { connection } = this.place;
    const hopes = [200, 202, 204, 400, 404, 405, 416];
    const answer = await connection.ask({ ...this.#question(this.location, hopes), method: 'GET' });
    await drop(answer);
    const standing = answer.status < 400 ? standingAt(answer) : undefined;
    if (standing !== undefined && standing < this.place.blob.size) {
      this.#offset = standing;
      this.location = answer.headers.location === undefined ? this.location : locationOf(connection, imageOf(this.place), answer);
      return;
    }
    const begun = await mountBlob(this.place, undefined, this.write);
    if (begun.kind === 'upload') this.location = begun.location;
    this.#offset = 0;
  }

  #question(at: URL, hopes: readonly number[]): Omit<Question, 'method'> {
    const lost = [400, 404, 413, 416];
    return { at, scopes: [push(this.place.repository)], image: imageOf(this.place), hopes: [...hopes, ...lost], signal: this.write.signal };
  }

  #content(offset: number, size: number): Content {
    return { kind: 'stream', size, open: () => this.#paced(offset, size) };
  }

  async *#paced(offset: number, size: number): AsyncGenerator<Buffer> {
    const pace = new Pace(this.place.connection.limits.idleMs);
    for await (const chunk of this.#source.piece(offset, size)) {
      const since = performance.now();
      yield chunk;
      this.write.onSent?.(chunk.length);
      pace.count(chunk.length, performance.now() - since);
    }
  }
}

/** How many bytes the registry has, from `Range: 0-LAST`. `0-0` is what many say for none, and is taken for that. */
function standingAt({ headers }: HttpAnswer): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(textOf(headers.range) ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}
