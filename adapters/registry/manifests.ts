import { createHash } from 'node:crypto';
import { AnswerMalformed, DeletionUnsupported, DigestMismatch } from '../../activities/registry/errors.ts';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import {
  type Descriptor,
  LARGEST_MANIFEST,
  MANIFEST_TYPES,
  type ManifestContent,
  ManifestMalformed,
  readManifest,
  SchemaOneUnsupported,
} from '../../domain/oci-manifest.ts';
import { drop } from './bodies.ts';
import { type RegistryConnection, textOf } from './connection.ts';
import type { Bounded, Manifest } from './contents.ts';
import { codesOf } from './judgement.ts';
import { printRepository, type Repository } from './reference.ts';
import { pull, push, remove } from './scopes.ts';
import type { HttpAnswer } from './transport.ts';

const ACCEPT = MANIFEST_TYPES.join(', ');

/** The manifests of one repository. */
export class Manifests {
  constructor(
    private readonly connection: RegistryConnection,
    private readonly repository: Repository,
  ) {}

  async get(reference: string, { signal }: Bounded): Promise<Manifest | undefined> {
    const question = { ...this.#question(reference, signal), method: 'GET' as const, hopes: [200, 404] };
    const answer = await this.connection.ask(question);
    if (await this.connection.isAbsent(question.image, answer)) return undefined;
    const bytes = await this.connection.readWhole(question, answer, LARGEST_MANIFEST);
    const digest = sha256(bytes);
    this.#requireSame(reference, digest, answer);
    const { mediaType } = this.read(reference, contentType(answer), bytes);
    return { mediaType, digest, bytes };
  }

  async head(reference: string, options: Bounded): Promise<Pick<Descriptor, 'digest' | 'mediaType' | 'size'> | undefined> {
    const question = { ...this.#question(reference, options.signal), method: 'HEAD' as const, hopes: [200, 404, 405] };
    const answer = await this.connection.ask(question);
    await drop(answer);
    if (answer.status === 404 && isOfRegistry(answer)) return undefined;
    const seen = answer.status === 200 ? this.#described(answer) : undefined;
    if (seen !== undefined) return this.#asAsked(reference, seen);
    // No digest, or a 404 that anybody could have said: the whole answer tells.
    const manifest = await this.get(reference, options);
    return manifest && { digest: manifest.digest, mediaType: manifest.mediaType, size: manifest.bytes.length };
  }

  /** Puts a manifest under its digest or a tag; the answer's headers. */
  async put({ digest, mediaType, bytes }: Manifest, { signal, tag }: Bounded & { readonly tag?: string }): Promise<HttpAnswer['headers']> {
    const reference = tag ?? digest;
    const answer = await this.connection.ask({
      ...this.#question(reference, signal),
      scopes: [push(this.repository)],
      method: 'PUT',
      headers: { 'content-type': mediaType },
      content: { kind: 'bytes', bytes },
      hopes: [200, 201, 202],
    });
    await drop(answer);
    const stored = textOf(answer.headers['docker-content-digest']);
    if (stored !== undefined && stored !== digest) throw this.#mismatch(digest, stored);
    return answer.headers;
  }

  /** Deletes what a digest or a tag names; false when it was not there. Throws DeletionUnsupported. */
  async delete(reference: string, { signal }: Bounded): Promise<boolean> {
    const question = { ...this.#question(reference, signal), scopes: [remove(this.repository)], method: 'DELETE' as const };
    const answer = await this.connection.ask({ ...question, hopes: [200, 202, 400, 404, 405] });
    if (answer.status === 404) return !(await this.connection.isAbsent(question.image, answer));
    if (answer.status < 400) {
      await drop(answer);
      return true;
    }
    const text = (await this.connection.readWhole(question, answer, LARGEST_MANIFEST)).toString('utf8');
    const codes = [`it answered ${answer.status}`, ...codesOf(text)].join(' ');
    throw new DeletionUnsupported({ ...this.connection.place(question.image), seen: codes });
  }

  /** Reads a manifest's content. Throws ManifestMalformed or SchemaOneUnsupported, naming it. */
  read(reference: string, mediaType: string, bytes: Buffer): ManifestContent {
    try {
      return readManifest(mediaType, bytes.toString('utf8'));
    } catch (error) {
      const image = this.image(reference);
      if (error instanceof ManifestMalformed) throw new ManifestMalformed(error.reason, image);
      throw error instanceof SchemaOneUnsupported ? new SchemaOneUnsupported(image) : error;
    }
  }

  image(reference: string): string {
    return printRepository(this.repository) + (reference.includes(':') ? '@' : ':') + reference;
  }

  #question(reference: string, signal: AbortSignal) {
    const at = `/v2/${this.repository.path}/manifests/${reference}`;
    return { at, scopes: [pull(this.repository)], headers: { accept: ACCEPT }, image: this.image(reference), signal };
  }

  #requireSame(reference: string, seen: Digest, answer: HttpAnswer): void {
    const said = textOf(answer.headers['docker-content-digest']);
    if (reference.includes(':') && reference !== seen) throw this.#mismatch(parseDigest(reference), seen);
    // Of another algorithm it says nothing that we could compare.
    if (said?.startsWith('sha256:') && said !== seen) throw this.#mismatch(this.#digest(reference, said), seen);
  }

  #described(answer: HttpAnswer) {
    const digest = textOf(answer.headers['docker-content-digest']);
    const size = Number(answer.headers['content-length']);
    const mediaType = contentType(answer);
    if (!digest?.startsWith('sha256:') || !Number.isSafeInteger(size) || !MANIFEST_TYPES.includes(mediaType)) return undefined;
    return { digest, mediaType, size };
  }

  #asAsked(reference: string, seen: { readonly digest: string; readonly mediaType: string; readonly size: number }) {
    const digest = this.#digest(reference, seen.digest);
    if (reference.includes(':') && reference !== digest) throw this.#mismatch(parseDigest(reference), digest);
    return { ...seen, digest };
  }

  #digest(reference: string, text: string): Digest {
    if (/^sha256:[0-9a-f]{64}$/.test(text)) return parseDigest(text);
    throw new AnswerMalformed({
      ...this.connection.place(this.image(reference)),
      seen: `its Docker-Content-Digest is ${JSON.stringify(text.slice(0, 100))}`,
    });
  }

  #mismatch(digest: Digest, seen: string): DigestMismatch {
    return new DigestMismatch(
      { repository: printRepository(this.repository), digest },
      `registry ${this.connection.registry}`,
      seen.slice(0, 100),
    );
  }
}

/** Whether an answer without a body is a registry's: distribution says so, and others announce an error in JSON. */
export function isOfRegistry({ headers }: HttpAnswer): boolean {
  return headers['docker-distribution-api-version'] === 'registry/2.0';
}

export function sha256(bytes: Buffer): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

function contentType(answer: HttpAnswer): string {
  return textOf(answer.headers['content-type'])?.split(';')[0]?.trim().toLowerCase() ?? '';
}
