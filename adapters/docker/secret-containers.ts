import type { ContainerInspectInfo } from 'dockerode';
import { ContainerMissing } from '../../activities/hosts/errors.ts';
import type { ContainerSpec, Revival } from '../../activities/hosts/ports.ts';
import { printImage } from '../../domain/image.ts';
import { LABEL } from '../../domain/labels.ts';
import type { SecretFile } from '../../domain/secret-file.ts';
import { inspectContainer, removeContainer, startContainer } from './containers.ts';
import type { Engine } from './engine-calls.ts';
import { folderSeenBy, type SecretKeeper, secretsSeenBy } from './secret-keeper.ts';

type Signal = { readonly signal: AbortSignal };

/**
 * The folder with the secrets of a container that is to be made; undefined where it has none. One of that name that was made with
 * other values and never started goes first: only a started one is adopted as it is, secrets and all.
 */
export async function secretsFor(engine: Engine, keeper: SecretKeeper, spec: ContainerSpec, call: Signal): Promise<string | undefined> {
  const { secrets } = spec.run;
  if (secrets === undefined) return undefined;
  const present = await inspectContainer(engine, spec.name, call);
  if (present !== undefined && present.State.Status !== 'created') return folderSeenBy(present);
  const folder = await keeper.folderOf(spec.name, call);
  await keeper.fill(folder, { name: spec.name, image: printImage(spec.image) }, secrets, call);
  if (present !== undefined && isMadeOtherwise(present, spec)) await removeContainer(engine, present.Id, call);
  return folder;
}

/** By the label of its secrets alone: whose other labels differ is a stranger, and stays. */
function isMadeOtherwise({ Config: { Labels: labels } }: ContainerInspectInfo, spec: ContainerSpec): boolean {
  const isOurs = [LABEL.deployment, LABEL.spec, LABEL.replica].every((label) => labels[label] === spec.labels[label]);
  return isOurs && labels[LABEL.secretFiles] !== spec.labels[LABEL.secretFiles];
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
  const isStarted = isDown(inspected);
  if (isStarted) await startContainer(engine, name, call);
  return { wasWhole, isStarted };
}

/** The restart policy says what should run, from start to stop. An engine that could not mount the folder tries it no more. */
function isDown({ State: { Status: status }, HostConfig }: ContainerInspectInfo): boolean {
  return HostConfig.RestartPolicy?.Name === 'always' && ['created', 'exited', 'dead'].includes(status);
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

/** Removes a container and, before it, the secrets that it had. */
export async function removeWithSecrets(engine: Engine, keeper: SecretKeeper, name: string, call: Signal): Promise<void> {
  const inspected = await inspectContainer(engine, name, call);
  const folder = inspected && folderSeenBy(inspected);
  if (inspected !== undefined && folder !== undefined) await keeper.clear(folder, holderOf(inspected), call);
  await removeContainer(engine, name, call);
}

/** An engine keeps an image for as long as there is a container of it. */
function holderOf({ Name: name, Image: image }: ContainerInspectInfo) {
  return { name: name.replace(/^\//, ''), image };
}
