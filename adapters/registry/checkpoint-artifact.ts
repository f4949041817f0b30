import { createHash } from 'node:crypto';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import { OCI_MANIFEST, readManifest } from '../../domain/oci-manifest.ts';
import type { Bounded, Descriptor, OpenRepository, RepositoryClient } from './contents.ts';
import { parseRepository } from './reference.ts';

const ARTIFACT_TYPE = 'application/vnd.tidegate.ledger.checkpoint.v1';
const NOTE_TYPE = 'text/plain; charset=utf-8';
const EMPTY = { type: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') };
const TAG = 'checkpoint';
const DEADLINE_MS = 30_000;
const LARGEST_NOTE = 65_536;

/** Keeps a ledger's newest checkpoint as an artifact under the tag `checkpoint` of a repository; earlier ones stay under their digests. */
export function createCheckpointArtifact(open: OpenRepository, repository: string) {
  const client = () => open(parseRepository(repository));
  return {
    name: `${repository}:${TAG}`,
    async publish(note: string, replaces: (there: string) => boolean = () => true): Promise<void> {
      const options = { signal: AbortSignal.timeout(DEADLINE_MS) };
      const target = client();
      const manifest = await target.getManifest(TAG, options);
      // What cannot be read there is no checkpoint, and is replaced.
      const there = manifest === undefined ? undefined : await readNote(target, manifest, options).catch(() => undefined);
      if (there !== undefined && !replaces(there)) return;
      const [config, layer] = [
        await put(target, EMPTY.type, EMPTY.bytes, options),
        await put(target, NOTE_TYPE, Buffer.from(note), options),
      ];
      const content = { schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType: ARTIFACT_TYPE, config, layers: [layer] };
      const bytes = Buffer.from(JSON.stringify(content));
      await target.putManifest({ mediaType: OCI_MANIFEST, digest: digestOf(bytes), bytes }, { ...options, tag: TAG });
    },
    async read(): Promise<string | undefined> {
      const options = { signal: AbortSignal.timeout(DEADLINE_MS) };
      const target = client();
      const manifest = await target.getManifest(TAG, options);
      return manifest === undefined ? undefined : readNote(target, manifest, options);
    },
  };
}

async function readNote(
  target: RepositoryClient,
  manifest: { readonly mediaType: string; readonly bytes: Uint8Array },
  options: Bounded,
): Promise<string> {
  const content = readManifest(manifest.mediaType, Buffer.from(manifest.bytes).toString());
  const layer = content.kind === 'image' ? content.layers[0] : undefined;
  if (layer === undefined || layer.size > LARGEST_NOTE) throw new Error('what is there is no checkpoint');
  const chunks: Buffer[] = [];
  for await (const chunk of target.readBlob(layer, options)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

async function put(target: RepositoryClient, mediaType: string, bytes: Buffer, options: Bounded): Promise<Descriptor> {
  const blob = { mediaType, digest: digestOf(bytes), size: bytes.length };
  if (await target.hasBlob(blob, options)) return blob;
  const mount = await target.mountBlob(blob, undefined, options);
  if (mount.kind === 'upload') await target.writeBlob(blob, mount.location, { ...options, content: (offset) => from(bytes, offset) });
  return blob;
}

async function* from(bytes: Buffer, offset: number): AsyncIterable<Buffer> {
  yield bytes.subarray(offset);
}

function digestOf(bytes: Buffer): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}
