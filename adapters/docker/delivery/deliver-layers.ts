import { ImageNotFound, WrongPlatform } from '../../../activities/hosts/errors.ts';
import type { ImageLayer, ImageSource, RunnableImage } from '../../../activities/images/image-source.ts';
import { DigestMismatch } from '../../../activities/registry/content-errors.ts';
import { PlatformMissing } from '../../../activities/registry/copy-errors.ts';
import { RegistryUnavailable } from '../../../activities/registry/errors.ts';
import { type PinnedImage, printImage } from '../../../domain/image.ts';
import type { Platform } from '../../../domain/oci-manifest.ts';
import { printPlatform } from '../../../domain/platform.ts';
import { printSize } from '../../../domain/size.ts';
import type { Engine } from '../engine-calls.ts';
import { engineInfo } from '../engine-info.ts';
import { registryOf } from '../pull-failure.ts';
import { kindOf } from './engine-kind.ts';
import { layerArchive } from './layer-archive.ts';
import { loadImage } from './load-image.ts';
import { presentLayers } from './present-layers.ts';
import { type Patience, unlessLate, unlessSilent } from './silence.ts';

const SHARE_OF_SILENCE = 0.75;

export interface Delivery {
  readonly signal: AbortSignal;
  readonly source: ImageSource;
  /** Milliseconds of an engine's silence after which it is given up; of a registry's silence, three quarters of it. */
  readonly idleMs: number;
  readonly onLine: (line: string) => void;
}

/**
 * Brings to an engine what it lacks of an image, so that a pull has nothing to download: engines wait for a registry that hangs without an
 * end, and three such waits block every later pull. Every byte is checked against the image's digest on its way, and none is
 * kept here. An engine that would not find the layers again is left alone. Throws ImageNotFound, WrongPlatform, DiskFull, EngineFault,
 * EngineUnreachable, and what the source throws.
 */
export async function deliverLayers(engine: Engine, image: PinnedImage, delivery: Delivery): Promise<void> {
  const { takesLayers, platforms } = kindOf(await engineInfo(engine, delivery));
  if (!takesLayers) return;
  try {
    await deliver(engine, image, platforms, delivery);
  } catch (error) {
    if (!(error instanceof DigestMismatch)) throw error;
    // A bit may flip on its way. What is wrong twice is wrong at the registry.
    delivery.onLine(`once more, as what came was not ${printImage(image)}`);
    await deliver(engine, image, platforms, delivery);
  }
}

async function deliver(engine: Engine, image: PinnedImage, platforms: readonly Platform[], delivery: Delivery): Promise<void> {
  const patience = patienceWith(image, delivery);
  const found = await find(engine, image, platforms, delivery.source, patience);
  const present = await presentLayers(engine, image.repository, found.layers, delivery);
  const lacking = found.layers.slice(present);
  const archive = layerArchive(found, lacking, told(image, lacking, delivery, patience));
  await loadImage(engine, printImage(image), found.config.digest, archive, delivery);
}

/** Shorter than the engine is given, which hears nothing either meanwhile: whose silence it is must be clear. */
function patienceWith(image: PinnedImage, { signal, idleMs }: Delivery): Patience {
  const silenceMs = idleMs * SHARE_OF_SILENCE;
  const exchange = { registry: registryOf(image.repository), image: printImage(image), by: 'tidegate' };
  const silent = () => new RegistryUnavailable({ ...exchange, seen: `nothing was heard for ${silenceMs / 1000} s` });
  return { signal, silenceMs, silent };
}

async function find(
  { host }: Engine,
  image: PinnedImage,
  platforms: readonly Platform[],
  source: ImageSource,
  patience: Patience,
): Promise<RunnableImage> {
  const name = printImage(image);
  try {
    const found = await unlessLate(patience, (signal) => source.find(image, platforms, { signal }));
    if (found !== undefined) return found;
  } catch (error) {
    if (!(error instanceof PlatformMissing)) throw error;
    throw new WrongPlatform(host, name, platforms.map(printPlatform).join(', '), error.offered, { cause: error });
  }
  throw new ImageNotFound({ host, image: name, seen: 'the registry says that it has no such manifest' });
}

/** The content of layers, which tells how far it has come. */
function told(
  image: PinnedImage,
  lacking: readonly ImageLayer[],
  { source, onLine }: Delivery,
  patience: Patience,
): (layer: ImageLayer) => AsyncIterable<Buffer> {
  const total = printSize(lacking.reduce((sum, { size }) => sum + size, 0));
  let sent = 0;
  return async function* (layer) {
    for await (const chunk of unlessSilent(patience, (signal) => source.readLayer(image, layer, { signal }))) {
      yield chunk;
      sent += chunk.length;
      onLine(`brought ${printSize(sent)} of ${total} of ${printImage(image)}`);
    }
  };
}
