import type { ContainerInspectInfo } from 'dockerode';
import { LabelsUnreadable } from '../../activities/hosts/errors.ts';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import { createdFrom } from './container-state.ts';
import { asEngineError, callEngine, type Engine } from './engine-calls.ts';
import { inspectImage } from './inspect-image.ts';

/**
 * The digest of the image that a container was created from: the one it was created by, else one that the engine knows its image under.
 * Throws LabelsUnreadable for an image that came from no registry.
 */
export async function imageDigest(engine: Engine, container: ContainerInspectInfo, signal: AbortSignal): Promise<Digest> {
  const digest = createdFrom(container);
  if (digest !== undefined) return digest;
  const doing = `inspect the image of container ${container.Name}`;
  try {
    const { RepoDigests } = await callEngine(engine, doing, { signal }, (abortSignal) =>
      inspectImage(engine.docker, container.Image, abortSignal),
    );
    const known = RepoDigests[0]?.split('@')[1];
    if (known !== undefined) return parseDigest(known);
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
  throw new LabelsUnreadable(engine.host, container.Name, 'image', `${container.Config.Image}, which has no digest`);
}
