import type { BuildOptions } from '../../activities/images.ts';

/**
 * Does something for all platforms at once, in their order. The first failure stops the others and is thrown when all have ended, so that nothing of a
 * failed build goes on.
 */
export async function eachPlatform<T>(
  platforms: readonly string[],
  { signal: outer, onProgress }: BuildOptions,
  build: (platform: string, options: BuildOptions) => Promise<T>,
): Promise<readonly T[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const builds = platforms.map(async (platform) => {
    try {
      return await build(platform, { signal, onProgress: (line) => onProgress(`${platform}: ${line}`) });
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(builds);
  outer.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
  return Promise.all(builds);
}
