import { type BlobStore, digestOf } from './blob-store.ts';
import { type Content, contentOf } from './content.ts';

export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

interface Repository {
  readonly blobs: Set<string>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
}

/** What the registry holds. Nothing is judged here: tests may put in what no registry should hold. */
export class Repositories {
  readonly #repositories = new Map<string, Repository>();

  constructor(readonly bytes: BlobStore) {}

  names(): string[] {
    return [...this.#repositories.keys()].sort();
  }

  knows(name: string): boolean {
    return this.#repositories.has(name);
  }

  blob(name: string, digest: string): Content | undefined {
    return this.#repositories.get(name)?.blobs.has(digest) ? this.bytes.read(digest) : undefined;
  }

  /** A repository that holds the blob, whichever it is. */
  holderOf(digest: string): string | undefined {
    return this.names().find((name) => this.blob(name, digest) !== undefined);
  }

  linkBlob(name: string, digest: string): void {
    this.#open(name).blobs.add(digest);
  }

  unlinkBlob(name: string, digest: string): boolean {
    return this.#repositories.get(name)?.blobs.delete(digest) ?? false;
  }

  /** Under `digest` when one is given, be it true or not. */
  async plantBlob(name: string, bytes: Buffer, digest?: string): Promise<string> {
    const kept = digest ?? (await digestOf(contentOf(bytes)));
    const draft = await this.bytes.begin();
    await draft.append(bytes);
    await draft.keepAs(kept);
    this.linkBlob(name, kept);
    return kept;
  }

  /** By tag or digest. */
  manifest(name: string, reference: string): (StoredManifest & { readonly digest: string }) | undefined {
    const repository = this.#repositories.get(name);
    const digest = reference.includes(':') ? reference : repository?.tags.get(reference);
    const stored = digest === undefined ? undefined : repository?.manifests.get(digest);
    return stored === undefined || digest === undefined ? undefined : { ...stored, digest };
  }

  putManifest(name: string, digest: string, manifest: StoredManifest, tags: readonly string[] = []): void {
    this.#open(name).manifests.set(digest, manifest);
    for (const tag of tags) this.#open(name).tags.set(tag, digest);
  }

  /** Its tags go with it. False when it was not there. */
  deleteManifest(name: string, digest: string): boolean {
    const repository = this.#repositories.get(name);
    for (const [tag, tagged] of repository?.tags ?? []) if (tagged === digest) repository?.tags.delete(tag);
    return repository?.manifests.delete(digest) ?? false;
  }

  manifests(name: string): ReadonlyMap<string, StoredManifest> {
    return this.#repositories.get(name)?.manifests ?? new Map();
  }

  /** In the order of their bytes. */
  tags(name: string): string[] {
    return [...(this.#repositories.get(name)?.tags.keys() ?? [])].sort();
  }

  deleteTag(name: string, tag: string): boolean {
    return this.#repositories.get(name)?.tags.delete(tag) ?? false;
  }

  #open(name: string): Repository {
    const known = this.#repositories.get(name);
    if (known !== undefined) return known;
    const fresh = { blobs: new Set<string>(), manifests: new Map<string, StoredManifest>(), tags: new Map<string, string>() };
    this.#repositories.set(name, fresh);
    return fresh;
  }
}
