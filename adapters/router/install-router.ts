import { randomBytes } from 'node:crypto';
import type { ContainerInspectInfo } from 'dockerode';
import { NameTaken, PortTaken, RouterDiffers, RouterFailed } from '../../activities/hosts/errors.ts';
import { LABEL } from '../../domain/labels.ts';
import { TELL_SCRIPT } from './apply-script.ts';
import { CONFIGURATION, DIRECTORY, INNER_PORT, printConfiguration, printRoutesMap, ROUTES_MAP } from './configuration.ts';
import { asFault, callEngine, EngineAnswer, orAbsent } from './engine-calls.ts';
import { pullRouterImage } from './pull-router-image.ts';
import { execute } from './router-exec.ts';
import { getFile, putFiles } from './router-files.ts';
import { type RouterSettings, routerContainer, routerName } from './router-settings.ts';
import type { RouterState } from './router-state.ts';

const READY_MS = 20_000;
const POLL_MS = 100;
const LOG_LINES = 20;

/**
 * Installs a host's router, or adopts the one that is there, joins it to the network and waits until it takes commands.
 * Throws NameTaken, PortTaken, RouterDiffers, RouterImageMissing, RouterFailed, EngineFault or EngineUnreachable.
 */
export async function installRouter(settings: RouterSettings, network: string, signal: AbortSignal): Promise<void> {
  try {
    const found = (await inspectRouter(settings, signal)) ?? (await createRouter(settings, signal));
    refuseStranger(settings, found);
    refuseDifferent(settings, found);
    if (found.NetworkSettings.Networks[network] === undefined) await join(settings, network, signal);
    if (!found.State.Running) await startRouter(settings, signal);
  } catch (error) {
    throw asFault(settings, 'run the router', error);
  }
}

/** Undefined on a host that never had a router. */
export async function inspectRouter(settings: RouterSettings, signal: AbortSignal): Promise<ContainerInspectInfo | undefined> {
  return orAbsent(callEngine(settings, 'inspect the router', signal, (abortSignal) => container(settings).inspect({ abortSignal })));
}

/** Two workers may install at once: the engine gives the name to one of them, and the other adopts what it made. */
async function createRouter(settings: RouterSettings, signal: AbortSignal): Promise<ContainerInspectInfo> {
  await pullRouterImage(settings, signal);
  try {
    const options = routerContainer(settings);
    await callEngine(settings, 'create the router', signal, (abortSignal) => settings.docker.createContainer({ ...options, abortSignal }));
  } catch (error) {
    if (!(error instanceof EngineAnswer && error.status === 409)) throw error;
  }
  return callEngine(settings, 'inspect the router', signal, (abortSignal) => container(settings).inspect({ abortSignal }));
}

function refuseStranger(settings: RouterSettings, found: ContainerInspectInfo): void {
  const labels = found.Config.Labels;
  if (labels[LABEL.role] === 'router' && labels[LABEL.installation] === settings.installation) return;
  throw new NameTaken(settings, 'container', routerName(settings.installation), 'it is a container that Tidegate did not make');
}

function refuseDifferent(settings: RouterSettings, found: ContainerInspectInfo): void {
  const bindings = found.HostConfig.PortBindings as Record<string, readonly { HostIp?: string; HostPort?: string }[] | undefined> | null;
  const binding = bindings?.[`${INNER_PORT}/tcp`]?.[0];
  const [expected, seen] = [`${settings.publishAddress}:${settings.httpPort}`, `${binding?.HostIp}:${binding?.HostPort}`];
  if (seen !== expected) throw new RouterDiffers(settings.host, routerName(settings.installation), expected, seen);
}

async function join(settings: RouterSettings, network: string, signal: AbortSignal): Promise<void> {
  try {
    const Container = routerName(settings.installation);
    await callEngine(settings, `join the router to network ${network}`, signal, () =>
      settings.docker.getNetwork(network).connect({ Container }),
    );
  } catch (error) {
    // Another worker joined it a moment ago.
    if (!(error instanceof EngineAnswer && /already (?:exists|attached|connected)/.test(error.message))) throw error;
  }
}

async function startRouter(settings: RouterSettings, signal: AbortSignal): Promise<void> {
  await seed(settings, signal);
  try {
    await callEngine(settings, 'start the router', signal, (abortSignal) => container(settings).start({ abortSignal }));
  } catch (error) {
    if (!(error instanceof EngineAnswer)) throw error;
    if (error.status === 304) return untilReady(settings, signal);
    if (!/port is already allocated|address already in use/i.test(error.message)) throw error;
    await discard(settings, signal);
    throw new PortTaken(settings, routerName(settings.installation), error.message);
  }
  await untilReady(settings, signal);
}

/** A first configuration for a volume that has none; what an earlier router left there stays. */
async function seed(settings: RouterSettings, signal: AbortSignal): Promise<void> {
  const name = routerName(settings.installation);
  if ((await orAbsent(getFile(settings, name, `${DIRECTORY}/${CONFIGURATION}`, signal))) !== undefined) return;
  // Counted from the moment of installation: a worker that knew an earlier router here never takes this one for it.
  const state: RouterState = { revision: Math.floor(Date.now() / 1000), token: randomBytes(24).toString('hex'), routes: [] };
  const files = [
    { name: `seed/${CONFIGURATION}`, content: printConfiguration(state, name) },
    { name: `seed/${ROUTES_MAP}`, content: printRoutesMap(state) },
  ];
  await putFiles(settings, name, '/', files, signal);
}

/** A router that never got its port would hold its name for ever, and a corrected port would never be used. */
async function discard(settings: RouterSettings, signal: AbortSignal): Promise<void> {
  await orAbsent(
    callEngine(settings, 'remove the router', signal, (abortSignal) => container(settings).remove({ force: true, abortSignal })),
  );
}

async function untilReady(settings: RouterSettings, signal: AbortSignal): Promise<void> {
  const name = routerName(settings.installation);
  const end = Date.now() + READY_MS;
  for (;;) {
    const seen = await answers(settings, name, signal);
    if (seen === undefined) return;
    if (Date.now() > end) throw await neverReady(settings, name, seen, signal);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** HAProxy says in its log what is wrong with its configuration or its image. */
async function neverReady(settings: RouterSettings, name: string, seen: string, signal: AbortSignal): Promise<RouterFailed> {
  const log = await callEngine(settings, 'give the log of the router', signal, (abortSignal) =>
    settings.docker.getContainer(name).logs({ stdout: true, stderr: true, tail: LOG_LINES, follow: false, abortSignal }),
  );
  const printable = log.toString('utf8').replace(/[^\x20-\x7e\n]/g, '');
  return new RouterFailed(settings.host, `take commands within ${READY_MS / 1000} s of its start`, `${seen}\n${printable}`.trim());
}

/** What kept it from answering; undefined when it answered. */
async function answers(settings: RouterSettings, name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { output, errors } = await execute(settings, name, { command: ['sh', '-c', TELL_SCRIPT, 'sh', 'show version'] }, signal);
    return /^\d+\.\d+/.test(output.trim()) ? undefined : errors.trim() || output.trim() || 'no answer';
  } catch (error) {
    if (error instanceof EngineAnswer) return error.message;
    throw error;
  }
}

function container(settings: RouterSettings) {
  return settings.docker.getContainer(routerName(settings.installation));
}
