import type { ContainerInspectInfo } from 'dockerode';
import { ContainerMissing, EngineUnreachable } from '../../activities/hosts/errors.ts';
import type { ContainerSpec, Revival } from '../../activities/hosts/ports.ts';
import { printImage } from '../../domain/image.ts';
import { LABEL } from '../../domain/labels.ts';
import type { SecretFile } from '../../domain/secret-file.ts';
import { inspectContainer, removeContainer, startContainer, stopContainer } from './containers.ts';
import type { Engine } from './engine-calls.ts';
import { folderSeenBy, type SecretKeeper, secretsSeenBy } from './secret-keeper.ts';

type Signal = { readonly signal: AbortSignal };

const GRACE_MS = 10_000;

/**
 * The folder with the secrets of a container that is to be made; undefined where it has none. One of that name that was made with
 * other values and never started goes first: only a started one is adopted as it is, secrets and all.
 */
export async function secretsFor(engine: Engine, keeper: SecretKeeper, spec: ContainerSpec, call: Signal): Promise<string | undefined> {
  const { secrets } = spec.run;
  if (secrets === undefined) return undefined;
  const present = await inspectContainer(engine, spec.name, call);
  // A stranger keeps what it has; making the container will say whose it is.
  if (present !== undefined && !(present.State.Status === 'created' && isOurs(present, spec))) return folderSeenBy(present);
  const folder = await keeper.folderOf(spec.name, call);
  await keeper.fill(folder, { name: spec.name, image: printImage(spec.image) }, secrets, call);
  const isMadeOtherwise = present !== undefined && present.Config.Labels[LABEL.secretFiles] !== spec.labels[LABEL.secretFiles];
  if (isMadeOtherwise) await removeContainer(engine, present.Id, call);
  return folder;
}

function isOurs({ Config: { Labels: labels } }: ContainerInspectInfo, spec: ContainerSpec): boolean {
  return [LABEL.deployment, LABEL.spec, LABEL.replica].every((label) => labels[label] === spec.labels[label]);
}

/** Secrets of a container that could not be made stay no longer than it takes; what cannot be removed now is swept later. */
export async function clearWithoutContainer(
  engine: Engine,
  keeper: SecretKeeper,
  spec: ContainerSpec,
  folder: string,
  call: Signal,
): Promise<void> {
  try {
    if ((await inspectContainer(engine, spec.name, call)) !== undefined) return;
    await keeper.clear(folder, { name: spec.name, image: printImage(spec.image) }, call);
  } catch (error) {
    if (call.signal.aborted) throw error;
  }
}

/** Puts secrets back that are gone. Throws ContainerMissing. */
export async function refill(
  engine: Engine,
  keeper: SecretKeeper,
  name: string,
  files: readonly SecretFile[],
  call: Signal,
): Promise<void> {
  const inspected = await inspectContainer(engine, name, call);
  if (inspected === undefined) throw new ContainerMissing(engine, name, 'have its secrets');
  await putBack(engine, keeper, inspected, files, call);
}

/** Puts secrets back that are gone, and starts what should run and could not without them. */
export async function revive(
  engine: Engine,
  keeper: SecretKeeper,
  name: string,
  files: readonly SecretFile[],
  call: Signal,
): Promise<Revival> {
  const inspected = await inspectContainer(engine, name, call);
  if (inspected === undefined) return { wasWhole: true, isStarted: false };
  const wasWhole = await putBack(engine, keeper, inspected, files, call);
  return { wasWhole, isStarted: await startIfDown(engine, name, call) };
}

/** Whoever stopped it on purpose meanwhile took its policy first: then it is not to run, and stops again. */
async function startIfDown(engine: Engine, name: string, call: Signal): Promise<boolean> {
  const before = await inspectContainer(engine, name, call);
  if (before === undefined || !isDown(before)) return false;
  await startContainer(engine, name, call);
  const after = await inspectContainer(engine, name, call);
  if (after === undefined || isWanted(after)) return after !== undefined;
  await stopContainer(engine, name, GRACE_MS, call);
  return false;
}

/** The restart policy says what should run, from start to stop. An engine that could not mount the folder tries it no more. */
function isDown(inspected: ContainerInspectInfo): boolean {
  return isWanted(inspected) && ['created', 'exited', 'dead'].includes(inspected.State.Status);
}

function isWanted({ HostConfig }: ContainerInspectInfo): boolean {
  return HostConfig.RestartPolicy?.Name === 'always';
}

/** True where nothing was missing. */
async function putBack(
  engine: Engine,
  keeper: SecretKeeper,
  inspected: ContainerInspectInfo,
  files: readonly SecretFile[],
  call: Signal,
): Promise<boolean> {
  const folder = folderSeenBy(inspected);
  if (folder === undefined) return true;
  const seen = await secretsSeenBy(engine, inspected.Id, call);
  if (seen !== undefined && files.every(({ name }) => seen.has(name))) return true;
  await keeper.fill(folder, holderOf(inspected), files, call);
  return false;
}

/**
 * Removes a container and, before it, the secrets that it had. A host that cannot take them away now, for want of room for a helper, say,
 * loses the container all the same: what is left is in its memory, and swept by a later look.
 */
export async function removeWithSecrets(engine: Engine, keeper: SecretKeeper, name: string, call: Signal): Promise<void> {
  const inspected = await inspectContainer(engine, name, call);
  const folder = inspected && folderSeenBy(inspected);
  if (inspected !== undefined && folder !== undefined) await clearOrLeave(keeper, folder, holderOf(inspected), call);
  await removeContainer(engine, name, call);
}

async function clearOrLeave(keeper: SecretKeeper, folder: string, holder: ReturnType<typeof holderOf>, call: Signal): Promise<void> {
  try {
    await keeper.clear(folder, holder, call);
  } catch (error) {
    // No answer at all is worth another attempt, and rises.
    if (call.signal.aborted || error instanceof EngineUnreachable) throw error;
  }
}

/** An engine keeps an image for as long as there is a container of it. */
function holderOf({ Name: name, Image: image }: ContainerInspectInfo) {
  return { name: name.replace(/^\//, ''), image };
}
