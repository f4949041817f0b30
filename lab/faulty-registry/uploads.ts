import { randomUUID } from 'node:crypto';
import type { Abilities } from './abilities.ts';
import { type Answer, type Asked, empty, refusal } from './answers.ts';
import { type Draft, digestOf } from './blob-store.ts';
import { isDigest, notADigest, noUpload } from './names.ts';
import type { Repositories } from './repositories.ts';

interface Upload {
  readonly name: string;
  readonly draft: Draft;
}

/** Uploads of blobs, from their beginning to the blob ("Pushing blobs"). */
export class Uploads {
  readonly #open = new Map<string, Upload>();

  constructor(
    private readonly repositories: Repositories,
    private readonly abilities: Abilities,
  ) {}

  /** Identifiers of the uploads that nobody has finished. */
  open(): string[] {
    return [...this.#open.keys()];
  }

  /** As if its time were over. */
  expire(id: string): void {
    this.#open.delete(id);
  }

  /** POST: a session, or the whole blob at once. */
  async begin(asked: Asked, name: string): Promise<Answer> {
    const digest = asked.url.searchParams.get('digest');
    if (digest !== null && !isDigest(digest)) return notADigest(digest);
    const id = randomUUID();
    this.#open.set(id, { name, draft: await this.repositories.bytes.begin() });
    return digest !== null && this.abilities.singlePost ? this.finish(asked, name, id) : this.#accepted(id, name, {});
  }

  /** POST with `mount`: the blob of another repository, or a session to send it ("Mounting a blob from another repository"). */
  async mount(asked: Asked, name: string): Promise<Answer> {
    const digest = asked.url.searchParams.get('mount') ?? '';
    if (!isDigest(digest)) return notADigest(digest);
    const from =
      asked.url.searchParams.get('from') ?? (this.abilities.mounts === 'from anywhere' ? this.repositories.holderOf(digest) : undefined);
    const isThere = from !== undefined && this.repositories.blob(from, digest) !== undefined;
    if (this.abilities.mounts === 'never' || !isThere) return this.begin({ ...asked, url: withoutQuery(asked.url) }, name);
    this.repositories.linkBlob(name, digest);
    return created(name, digest);
  }

  /** PATCH: the next bytes. */
  async append(asked: Asked, name: string, id: string): Promise<Answer> {
    const upload = this.#find(name, id);
    if (upload === undefined) return noUpload(id);
    const refused = await this.#take(asked, upload, id);
    return refused ?? this.#accepted(id, name, { range: rangeOf(upload.draft) });
  }

  /** PUT: the last bytes, if any, and the digest of all. */
  async finish(asked: Asked, name: string, id: string): Promise<Answer> {
    const upload = this.#find(name, id);
    const digest = asked.url.searchParams.get('digest') ?? '';
    if (upload === undefined) return noUpload(id);
    if (!isDigest(digest)) return notADigest(digest);
    const refused = await this.#take(asked, upload, id);
    if (refused !== undefined) return refused;
    const seen = this.abilities.checksDigests ? await digestOf(upload.draft.content, digest) : digest;
    if (seen !== digest) return refusal(400, 'DIGEST_INVALID', `what came has the digest ${seen}`);
    await upload.draft.keepAs(digest);
    this.#open.delete(id);
    this.repositories.linkBlob(name, digest);
    return created(name, digest);
  }

  /** GET: how far it is. */
  status(name: string, id: string): Answer {
    const upload = this.#find(name, id);
    return upload === undefined ? noUpload(id) : { ...this.#accepted(id, name, { range: rangeOf(upload.draft) }), status: 204 };
  }

  /** DELETE: give it up. */
  async cancel(name: string, id: string): Promise<Answer> {
    const upload = this.#find(name, id);
    if (upload === undefined) return noUpload(id);
    this.#open.delete(id);
    await upload.draft.discard();
    return empty(204);
  }

  async #take(asked: Asked, { draft }: Upload, id: string): Promise<Answer | undefined> {
    const before = draft.content.size;
    const range = asked.headers['content-range'];
    if (range !== undefined && Number(range.split('-')[0]) !== before)
      return { ...this.status(this.#open.get(id)?.name ?? '', id), status: 416 };
    try {
      for await (const chunk of asked.body) await draft.append(chunk);
    } catch (error) {
      await this.#cut(id, draft, before);
      throw error;
    }
    const length = draft.content.size - before;
    return range === undefined || lengthOf(range) === length ? undefined : refusal(400, 'SIZE_INVALID', `${range} is not ${length} bytes`);
  }

  async #cut(id: string, draft: Draft, before: number): Promise<void> {
    if (this.abilities.cutUploads === 'go back to the last whole chunk') await draft.truncate(before);
    if (this.abilities.cutUploads === 'are forgotten') this.#open.delete(id);
  }

  #find(name: string, id: string): Upload | undefined {
    const upload = this.#open.get(id);
    return upload?.name === name ? upload : undefined;
  }

  #accepted(id: string, name: string, headers: Readonly<Record<string, string>>): Answer {
    const { smallestChunk } = this.abilities;
    const smallest: Record<string, string> = smallestChunk > 0 ? { 'oci-chunk-min-length': String(smallestChunk) } : {};
    // The query is part of the location, and must come back (distribution keeps its state in it).
    const location = `/v2/${name}/blobs/uploads/${id}?_state=${Buffer.from(id).toString('base64url')}`;
    return empty(202, { location, 'docker-upload-uuid': id, ...smallest, ...headers });
  }
}

/** Inclusive at both ends, so that nothing and one byte look the same; distribution says it so, too. */
function rangeOf({ content }: Draft): string {
  return `0-${Math.max(0, content.size - 1)}`;
}

function lengthOf(range: string): number {
  const [first = '', last = ''] = range.split('-');
  return Number(last) - Number(first) + 1;
}

function created(name: string, digest: string): Answer {
  return empty(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest });
}

function withoutQuery(url: URL): URL {
  return new URL(url.pathname, url);
}
