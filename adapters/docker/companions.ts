import { setTimeout as pause } from 'node:timers/promises';
import type { ContainerInspectInfo } from 'dockerode';
import type { Registry } from '../../activities/images.ts';
import { CompanionFailed, CompanionNotFound, ComponentWithoutImage } from '../../activities/tests/errors.ts';
import type { TestRequest } from '../../activities/tests.ts';
import { parseDigest } from '../../domain/digest.ts';
import type { PinnedImage } from '../../domain/image.ts';
import type { Companion } from '../../domain/pipeline.ts';
import { containerLog, inspectContainer } from './containers.ts';
import type { Engine } from './engine-calls.ts';
import type { Redaction } from './redaction.ts';

const POLL_MS = 100;
const KEPT_LINES = 20;

/** One without a HEALTHCHECK must stay up this long: for an instant, a container that fails at once looks like one that runs. */
const STABLE_MS = 600;

/** The release's image of a component. Throws ComponentWithoutImage. */
export function componentImage({ images, stage }: TestRequest, component: string): PinnedImage {
  const image = Object.hasOwn(images, component) ? images[component] : undefined;
  if (image === undefined) throw new ComponentWithoutImage(component, stage, Object.keys(images));
  return image;
}

/** The image of a companion; a tag is resolved here, once. Throws ComponentWithoutImage, CompanionNotFound or what the registry throws. */
export async function companionImage(
  request: TestRequest,
  companion: Companion,
  registry: Registry,
  signal: AbortSignal,
): Promise<PinnedImage> {
  if ('component' in companion.image) return componentImage(request, companion.image.component);
  const { reference } = companion.image;
  const [name = '', digest] = reference.split('@');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const repository = hasTag ? name.slice(0, colon) : name;
  if (digest !== undefined) return { repository, digest: parseDigest(digest) };
  const found = await registry.resolve(repository, hasTag ? name.slice(colon + 1) : 'latest', { signal });
  if (found === undefined) throw new CompanionNotFound(companion.name, request.stage, reference);
  return { repository, digest: found };
}

/** Waits until a started companion has stayed up, or is healthy where its image has a HEALTHCHECK. Throws CompanionFailed with its last lines, redacted. */
export async function awaitCompanion(
  engine: Engine,
  at: { readonly id: string; readonly name: string; readonly stage: string },
  limits: { readonly signal: AbortSignal; readonly deadlineMs: number; readonly redact: Redaction },
): Promise<void> {
  const { signal, deadlineMs, redact } = limits;
  const begin = performance.now();
  for (;;) {
    const inspected = await inspectContainer(engine, at.id, { signal });
    const fault =
      endOf(inspected) ??
      (performance.now() - begin > deadlineMs ? `is not ready after ${deadlineMs / 1000} s: ${standing(inspected)}` : undefined);
    if (fault !== undefined)
      throw new CompanionFailed(at.name, at.stage, fault, await containerLog(engine, at.id, KEPT_LINES, { signal, redact }));
    if (inspected !== undefined && isReady(inspected, performance.now() - begin)) return;
    await pause(POLL_MS);
    signal.throwIfAborted();
  }
}

function isReady({ State: state }: ContainerInspectInfo, milliseconds: number): boolean {
  const health = healthOf(state);
  return state.Running && (health === undefined ? milliseconds >= STABLE_MS : health === 'healthy');
}

/** One that ended will not come up any more; an unhealthy one may yet recover, so only the deadline judges it. */
function endOf(inspected: ContainerInspectInfo | undefined): string | undefined {
  if (inspected === undefined) return 'was removed while it started';
  const { State: state } = inspected;
  return state.Running || state.Status === 'created' ? undefined : `ended at once with exit code ${state.ExitCode}`;
}

function standing(inspected: ContainerInspectInfo | undefined): string {
  if (inspected === undefined) return 'gone';
  return healthOf(inspected.State) ?? inspected.State.Status;
}

/** Engines say `none`, or nothing, for an image without HEALTHCHECK. */
function healthOf(state: ContainerInspectInfo['State']): string | undefined {
  return state.Health?.Status === 'none' ? undefined : state.Health?.Status;
}
