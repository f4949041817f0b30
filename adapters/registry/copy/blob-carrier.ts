import { BlobMissing, UploadLost } from '../../../activities/registry/content-errors.ts';
import type { Descriptor } from '../../../domain/oci-manifest.ts';
import type { Mount, RepositoryClient } from '../contents.ts';
import { printRepository, type Repository } from '../reference.ts';
import { patiently } from './patience.ts';
import type { RegistryTurns } from './registry-turns.ts';
import type { Tally } from './tally.ts';

/** From where to where a blob goes, and who counts it. */
export interface Way {
  readonly source: RepositoryClient;
  readonly target: RepositoryClient;
  readonly tally: Tally;
}

/** What asking for a blob came to. */
type Opened = { readonly kind: 'mounted' | 'present' } | { readonly kind: 'upload'; readonly location?: URL };

/** Takes the blobs of one run to where they are needed: each once for each repository, and over the network once for each registry. */
export class BlobCarrier {
  readonly #carried = new Map<string, Promise<void>>();
  /** Where this run brings a blob to first; other repositories of that registry take it from there. */
  readonly #first = new Map<string, { readonly repository: Repository; readonly there: Promise<void> }>();
  /** Repositories that nothing could be mounted from. */
  readonly #closed = new Set<string>();

  constructor(private readonly turns: RegistryTurns) {}

  /** Resolves when the target has the blob. Throws the registry's errors. */
  carry(blob: Descriptor, way: Way, signal: AbortSignal): Promise<void> {
    const { repository } = way.target;
    const here = `${printRepository(repository)} ${blob.digest}`;
    const registry = `${repository.registry} ${blob.digest}`;
    const known = this.#carried.get(here);
    if (known !== undefined) return known;
    const first = this.#first.get(registry);
    const there = this.#bring(blob, way, first, signal);
    this.#carried.set(here, there);
    if (first === undefined) this.#first.set(registry, { repository, there });
    return there;
  }

  async #bring(
    blob: Descriptor,
    way: Way,
    first: { readonly repository: Repository; readonly there: Promise<void> } | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { source, target, tally } = way;
    const isNear = source.repository.registry === target.repository.registry;
    if (!isNear) await first?.there;
    const from = isNear ? source.repository : first?.repository;
    const opened = await this.turns.ask(target.repository.registry, signal, () =>
      patiently(signal, () => this.#open(blob, target, from, signal)),
    );
    if (opened.kind !== 'upload') return tally.blob(blob, opened.kind);
    return this.#send(blob, way, opened.location, signal);
  }

  /** A mount tells whether the blob is needed at all. Where nothing can be mounted, the target is asked whether it has it. */
  async #open(blob: Descriptor, target: RepositoryClient, from: Repository | undefined, signal: AbortSignal): Promise<Opened> {
    const known = from !== undefined && !this.#closed.has(printRepository(from)) ? from : undefined;
    const mount = known && (await ask(blob, target, known, signal));
    if (mount?.kind === 'mounted') return mount;
    if (known !== undefined) this.#closed.add(printRepository(known));
    const isPresent = await target.hasBlob(blob, { signal });
    if (isPresent && mount !== undefined) await giveUp(target, blob, mount.location);
    return isPresent ? { kind: 'present' } : { kind: 'upload', ...mount };
  }

  /** Large blobs take turns at the network, small ones only at being answered. */
  #inTurn(blob: Descriptor, { source, target }: Way, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const [from, to] = [source.repository.registry, target.repository.registry];
    return blob.size > SMALL ? this.turns.stream([from, to], signal, work) : this.turns.ask(to, signal, work);
  }

  async #send(blob: Descriptor, way: Way, opened: URL | undefined, signal: AbortSignal): Promise<void> {
    const { source, target, tally } = way;
    let unused = opened;
    const write = async (): Promise<void> => {
      const location = unused ?? (await openUpload(blob, target, signal));
      unused = undefined;
      await target.writeBlob(blob, location, {
        signal,
        content: (offset) => contentFrom(source, blob, offset, signal),
        ...telling(tally, blob),
      });
      if (blob.size > SMALL) await requireKept(blob, target, signal);
    };
    try {
      await this.#inTurn(blob, way, signal, () => patiently(signal, write));
      tally.blob(blob, 'sent');
    } catch (error) {
      if (unused !== undefined) await giveUp(target, blob, unused);
      // What has other places to be fetched from need not be with the source.
      if (!(error instanceof BlobMissing) || (blob.urls ?? []).length === 0) throw error;
      tally.blob(blob, 'foreign');
    }
  }
}

/** Bytes up to which sending a blob is mostly waiting for answers, and beyond which one more question is nothing. */
const SMALL = 1024 * 1024;

/** Not every registry looks, when it takes a manifest, whether it has what it said that it took. Throws UploadLost. */
async function requireKept(blob: Descriptor, target: RepositoryClient, signal: AbortSignal): Promise<void> {
  if (await target.hasBlob(blob, { signal })) return;
  const { repository } = target;
  const image = `${printRepository(repository)}@${blob.digest}`;
  throw new UploadLost({ registry: repository.registry, image, by: 'tidegate', seen: 'it took all of it and does not have it' });
}

async function openUpload(blob: Descriptor, target: RepositoryClient, signal: AbortSignal): Promise<URL> {
  const mount = await ask(blob, target, undefined, signal);
  if (mount.kind === 'upload') return mount.location;
  throw new TypeError('A registry mounted what it was not asked to mount');
}

/** Milliseconds that a registry has to say which upload it opened, when nobody needs it any more. */
const GRACE_MS = 3_000;

/** Asks for a mount or an upload. One that is opened while the copy is given up is ended: unheard, it would stay at the registry. */
async function ask(blob: Descriptor, target: RepositoryClient, from: Repository | undefined, signal: AbortSignal): Promise<Mount> {
  signal.throwIfAborted();
  const late = new AbortController();
  const giveGrace = () => setTimeout(() => late.abort(signal.reason), GRACE_MS).unref();
  signal.addEventListener('abort', giveGrace, { once: true });
  try {
    const mount = await target.mountBlob(blob, from, { signal: late.signal });
    if (signal.aborted && mount.kind === 'upload') await giveUp(target, blob, mount.location);
    signal.throwIfAborted();
    return mount;
  } finally {
    signal.removeEventListener('abort', giveGrace);
  }
}

function telling(tally: Tally, blob: Descriptor): { readonly onSent: (bytes: number) => void } {
  let sent = 0;
  return {
    onSent: (bytes) => {
      sent += bytes;
      tally.sending(blob, sent);
    },
  };
}

/** An upload that nothing will be sent into is ended: a write that is given up cancels its upload. */
async function giveUp(target: RepositoryClient, blob: Descriptor, location: URL): Promise<void> {
  const nothing = async function* (): AsyncGenerator<Buffer> {};
  await target.writeBlob(blob, location, { signal: AbortSignal.abort(), content: nothing }).catch(() => undefined);
}

/**
 * A blob's bytes from an offset on. All of them are read again for it: only a whole read is held against the digest, and nothing that
 * was not must ever be complete at the target.
 */
async function* contentFrom(source: RepositoryClient, blob: Descriptor, offset: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  let skip = offset;
  for await (const chunk of source.readBlob(blob, { signal, lends: true })) {
    if (skip < chunk.length) yield skip === 0 ? chunk : chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}
