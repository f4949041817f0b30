import { createHash } from 'node:crypto';
import { DeletionUnsupported, DigestMismatch } from '../../activities/registry/content-errors.ts';
import { AnswerMalformed } from '../../activities/registry/errors.ts';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import {
  LARGEST_MANIFEST,
  MANIFEST_TYPES,
  type ManifestContent,
  ManifestMalformed,
  readManifest,
  SchemaOneUnsupported,
} from '../../domain/oci-manifest.ts';
import { drop } from './bodies.ts';
import { type Question, type RegistryConnection, textOf } from './connection.ts';
import type { Bounded, Manifest, ManifestHead } from './contents.ts';
import { codesOf } from './judgement.ts';
import { printRepository, type Repository, requireTagOrDigest } from './reference.ts';
import { pull, push, remove } from './scopes.ts';
import type { HttpAnswer } from './transport.ts';

const ACCEPT = MANIFEST_TYPES.join(', ');

/** The manifests of one repository, by tag or digest (distribution-spec, "Pulling" and "Pushing Manifests", "Deleting"). */
export class Manifests {
  constructor(
    private readonly connection: RegistryConnection,
    private readonly repository: Repository,
  ) {}

  /** The bytes that the registry holds, when they are those of their digest and a manifest. Undefined when it says that there are none. */
  async get(reference: string, { signal }: Bounded): Promise<Manifest | undefined> {
    const question = { ...this.#question(reference, signal), method: 'GET' as const, hopes: [200, 404] };
    const answer = await this.connection.ask(question);
    if (await this.connection.isAbsent(question.image, answer)) return undefined;
    const bytes = await this.connection.readWhole(question, answer, LARGEST_MANIFEST);
    const digest = digestOf(bytes);
    this.#requireSame(reference, digest, answer);
    return { mediaType: this.read(reference, typeOf(answer), bytes).mediaType, digest, bytes };
  }

  /** What the registry says of a manifest; of one that it does not describe, what its bytes say. */
  async head(reference: string, options: Bounded): Promise<ManifestHead | undefined> {
    const answer = await this.connection.ask({ ...this.#question(reference, options.signal), method: 'HEAD', hopes: [200, 404, 405] });
    await drop(answer);
    if (answer.status === 404 && isOfRegistry(answer)) return undefined;
    const described = answer.status === 200 ? this.#described(reference, answer) : undefined;
    if (described !== undefined) return described;
    const manifest = await this.get(reference, options);
    return manifest && { digest: manifest.digest, mediaType: manifest.mediaType, size: manifest.bytes.length };
  }

  /** Puts a manifest under its digest, or under a tag; the headers of the answer. Throws DigestMismatch when the registry stored another. */
  async put({ digest, mediaType, bytes }: Manifest, { signal, tag }: Bounded & { readonly tag?: string }): Promise<HttpAnswer['headers']> {
    const answer = await this.connection.ask({
      ...this.#question(tag ?? digest, signal),
      scopes: [push(this.repository)],
      method: 'PUT',
      headers: { 'content-type': mediaType },
      content: { kind: 'bytes', bytes },
      hopes: [200, 201, 202],
    });
    await drop(answer);
    const stored = this.#saidDigest(tag ?? digest, answer);
    if (stored !== undefined && stored !== digest) throw this.#mismatch(digest, stored);
    return answer.headers;
  }

  /** Deletes a manifest by digest, or a tag; false when it was not there. Throws DeletionUnsupported. */
  async delete(reference: string, { signal }: Bounded): Promise<boolean> {
    const question: Question = {
      ...this.#question(reference, signal),
      scopes: [remove(this.repository)],
      method: 'DELETE',
      hopes: [200, 202, 204, 400, 404, 405, 501],
    };
    const answer = await this.connection.ask(question);
    if (answer.status === 404) return !(await this.connection.isAbsent(question.image, answer));
    if (answer.status >= 400) throw this.#undeleted(reference, answer, await this.connection.refusalText(answer));
    await drop(answer);
    return true;
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
    return `${printRepository(this.repository)}${isDigest(reference) ? '@' : ':'}${reference}`;
  }

  #question(reference: string, signal: AbortSignal) {
    const at = `/v2/${this.repository.path}/manifests/${requireTagOrDigest(reference)}`;
    return { at, scopes: [pull(this.repository)], headers: { accept: ACCEPT }, image: this.image(reference), signal };
  }

  #requireSame(reference: string, seen: Digest, answer: HttpAnswer): void {
    if (isDigest(reference) && reference !== seen) throw this.#mismatch(parseDigest(reference), seen);
    const said = this.#saidDigest(reference, answer);
    if (said !== undefined && said !== seen) throw this.#mismatch(said, seen);
  }

  #described(reference: string, answer: HttpAnswer): ManifestHead | undefined {
    const digest = this.#saidDigest(reference, answer);
    const size = Number(textOf(answer.headers['content-length']));
    const mediaType = typeOf(answer);
    if (digest === undefined || !Number.isSafeInteger(size) || !MANIFEST_TYPES.includes(mediaType)) return undefined;
    if (isDigest(reference) && reference !== digest) throw this.#mismatch(parseDigest(reference), digest);
    return { digest, mediaType, size };
  }

  /** The digest that the registry gives; one of another algorithm says nothing that could be compared. */
  #saidDigest(reference: string, { headers }: HttpAnswer): Digest | undefined {
    const said = textOf(headers['docker-content-digest']);
    if (!said?.startsWith('sha256:')) return undefined;
    if (/^sha256:[0-9a-f]{64}$/.test(said)) return parseDigest(said);
    const seen = 'its Docker-Content-Digest is no digest';
    throw new AnswerMalformed({ ...this.connection.place(this.image(reference)), seen });
  }

  /** A registry without deletion says so in several ways (distribution-spec, "Deleting tags": 400 or 405). */
  #undeleted(reference: string, answer: HttpAnswer, text: string): Error {
    const codes = codesOf(text);
    const isUnsupported = answer.status === 405 || answer.status === 501 || codes.includes('UNSUPPORTED') || !isDigest(reference);
    const image = this.image(reference);
    if (!isUnsupported) return this.connection.refusal(image, answer, text);
    return new DeletionUnsupported({ ...this.connection.place(image), seen: [`it answered ${answer.status}`, ...codes].join(' ') });
  }

  #mismatch(digest: Digest, seen: string): DigestMismatch {
    const repository = printRepository(this.repository);
    return new DigestMismatch({ repository, digest }, `registry ${this.connection.registry}`, seen);
  }
}

export function isDigest(reference: string): boolean {
  return reference.includes(':');
}

/** Whether an answer without a body is a registry's own: the API that Docker's registry began has this header. */
export function isOfRegistry({ headers }: HttpAnswer): boolean {
  return headers['docker-distribution-api-version'] === 'registry/2.0';
}

export function digestOf(bytes: Buffer): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

function typeOf({ headers }: HttpAnswer): string {
  return textOf(headers['content-type'])?.split(';')[0]?.trim().toLowerCase() ?? '';
}
