import type Docker from 'dockerode';
import type { ImageLayer } from '../../../activities/images/image-source.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer } from '../engine-calls.ts';
import { inspectImage } from '../inspect-image.ts';

type Signal = { readonly signal: AbortSignal };

/** Images that are looked at: versions of one image share most of their layers, so the first few tell it. */
const MOST_IMAGES = 100;

/**
 * How many of an image's lowest layers the engine has. A layer counts only upon the same layers: that is how engines keep them.
 * Throws EngineUnreachable, EngineFault.
 */
export async function presentLayers(
  engine: Engine,
  repository: string,
  layers: readonly ImageLayer[],
  { signal }: Signal,
): Promise<number> {
  const doing = 'list its images';
  try {
    const images = await callEngine(engine, doing, { signal }, (abortSignal) => engine.docker.listImages({ abortSignal } as object));
    let most = 0;
    for (const { Id } of likeliest(images, repository)) {
      if (most === layers.length) break;
      most = Math.max(most, sharedFrom(layers, await layersOf(engine, Id, signal)));
    }
    return most;
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
}

/** Images of the same repository first, then the newest. */
function likeliest(images: readonly Docker.ImageInfo[], repository: string): readonly Docker.ImageInfo[] {
  const isOfRepository = ({ RepoDigests }: Docker.ImageInfo) => (RepoDigests ?? []).some((name) => name.startsWith(`${repository}@`));
  const rank = (image: Docker.ImageInfo) => (isOfRepository(image) ? 1 : 0);
  return [...images].sort((a, b) => rank(b) - rank(a) || b.Created - a.Created).slice(0, MOST_IMAGES);
}

/** None of an image that is gone by now. */
async function layersOf(engine: Engine, id: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { RootFS } = await callEngine(engine, `inspect image ${id}`, { signal }, (abortSignal) =>
      inspectImage(engine.docker, id, abortSignal),
    );
    return RootFS?.Layers ?? [];
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return [];
    throw error;
  }
}

/** How many layers two images have in common, from the lowest on. */
export function sharedFrom(layers: readonly Pick<ImageLayer, 'diffId'>[], others: readonly string[]): number {
  const differing = layers.findIndex(({ diffId }, place) => diffId !== others[place]);
  return differing < 0 ? layers.length : differing;
}
