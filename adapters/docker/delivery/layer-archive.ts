import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import type { ImageLayer, RunnableImage } from '../../../activities/images/image-source.ts';

/**
 * An archive as `docker save` writes it, of an image without a name and of those layers that an engine lacks; it leaves out what
 * it has. Nothing is kept in memory or on disk: `contentOf` is read while the archive is. Fails as that fails.
 */
export function layerArchive(
  image: RunnableImage,
  lacking: readonly ImageLayer[],
  contentOf: (layer: ImageLayer) => AsyncIterable<Buffer>,
): AsyncIterable<Buffer> {
  const output = pack();
  fill(output, image, lacking, contentOf).catch((error: Error) => output.destroy(error));
  return output as AsyncIterable<Buffer>;
}

async function fill(
  output: Pack,
  image: RunnableImage,
  lacking: readonly ImageLayer[],
  contentOf: (layer: ImageLayer) => AsyncIterable<Buffer>,
): Promise<void> {
  const config = `${hexOf(image.config.digest)}.json`;
  output.entry({ name: config }, image.config.bytes);
  output.entry({ name: 'manifest.json' }, JSON.stringify([{ Config: config, RepoTags: null, Layers: image.layers.map(fileOf) }]));
  const once = new Map(lacking.map((layer) => [layer.digest, layer]));
  for (const layer of once.values()) {
    await pipeline(contentOf(layer), output.entry({ name: fileOf(layer), size: layer.size }) as unknown as NodeJS.WritableStream);
  }
  output.finalize();
}

/** Engines see from the bytes how they are compressed. */
function fileOf({ digest }: ImageLayer): string {
  return `${hexOf(digest)}.tar`;
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}
