import { randomBytes } from 'node:crypto';
import { NameTaken, PortTaken } from '../../activities/hosts/errors.ts';
import type { ObservedRouter } from '../../activities/hosts/router-engine.ts';
import { RouterFailed } from '../../activities/router/errors.ts';
import { LABEL, routerName } from '../../domain/labels.ts';
import { TELL_SCRIPT } from './apply-script.ts';
import { CONFIGURATION, DIRECTORY, PORTS, printConfiguration, printPorts, printRoutesMap, ROUTES_MAP } from './configuration.ts';
import { askRouter, refusalOf } from './engine-answers.ts';
import { tarOf } from './router-files.ts';
import { isForTcp, type RouterSettings, routerContainer } from './router-settings.ts';
import type { RouterState } from './router-state.ts';

const READY_MS = 20_000;
const POLL_MS = 100;
const LOG_LINES = 20;

/**
 * Installs a host's router, or adopts the one that is there, joins it to the network and waits until it takes commands. One that
 * publishes other ports than it would be made with now is good enough: a way back must not wait for a new one.
 * Throws NameTaken, PortTaken, RouterImageMissing, RouterFailed, and what its engine throws.
 */
export async function installRouter(settings: RouterSettings, network: string, signal: AbortSignal): Promise<ObservedRouter> {
  const { engine, installation } = settings;
  return askRouter(engine.place.host, 'run', async () => {
    const found = (await inspectRouter(settings, signal)) ?? (await createRouter(settings, signal));
    refuseStranger(settings, found);
    if (!found.networks.includes(network)) await engine.join(routerName(installation), network, { signal });
    if (!found.running) await startRouter(settings, found, signal);
    return found;
  });
}

/** Undefined on a host that never had a router. */
export function inspectRouter({ engine, installation }: RouterSettings, signal: AbortSignal): Promise<ObservedRouter | undefined> {
  return engine.inspect(routerName(installation), { signal });
}

/** Two workers may install at once: the engine gives the name to one of them, and the other adopts what it made. */
async function createRouter(settings: RouterSettings, signal: AbortSignal): Promise<ObservedRouter> {
  const { engine, image } = settings;
  await engine.ensureImage(image, { signal });
  await engine.create(routerContainer(settings), { signal });
  const made = await inspectRouter(settings, signal);
  if (made === undefined) throw new RouterFailed(engine.place.host, 'stay', 'somebody removed it as soon as it was made');
  return made;
}

function refuseStranger({ engine, installation }: RouterSettings, { labels }: ObservedRouter): void {
  if (labels[LABEL.role] === 'router' && labels[LABEL.installation] === installation) return;
  throw new NameTaken(engine.place, 'container', routerName(installation), 'it is a container that Tidegate did not make');
}

async function startRouter(settings: RouterSettings, { ports }: ObservedRouter, signal: AbortSignal): Promise<void> {
  const { engine, installation } = settings;
  const name = routerName(installation);
  await engine.putFiles(name, '/', await tarOf([{ name: `seed/${PORTS}`, content: printPorts(ports.filter(isForTcp)) }]), { signal });
  await seed(settings, signal);
  try {
    await engine.start(name, { signal });
  } catch (error) {
    // A router that never got its port would hold its name for ever, and a corrected port would never be used.
    if (error instanceof PortTaken) await engine.remove(name, { signal });
    throw error;
  }
  await untilReady(settings, signal);
}

/** A first configuration for a volume that has none; what an earlier router left there stays. */
async function seed({ engine, installation }: RouterSettings, signal: AbortSignal): Promise<void> {
  const name = routerName(installation);
  if ((await engine.readFile(name, `${DIRECTORY}/${CONFIGURATION}`, { signal })) !== undefined) return;
  // Counted from the moment of installation: a worker that knew an earlier router here never takes this one for it.
  const state: RouterState = { revision: Math.floor(Date.now() / 1000), token: randomBytes(24).toString('hex'), routes: [] };
  const files = [
    { name: `seed/${CONFIGURATION}`, content: printConfiguration(state, name) },
    { name: `seed/${ROUTES_MAP}`, content: printRoutesMap(state) },
  ];
  await engine.putFiles(name, '/', await tarOf(files), { signal });
}

async function untilReady(settings: RouterSettings, signal: AbortSignal): Promise<void> {
  const end = Date.now() + READY_MS;
  for (;;) {
    const seen = await answers(settings, signal);
    if (seen === undefined) return;
    if (Date.now() > end) throw await neverReady(settings, seen, signal);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** HAProxy says in its log what is wrong with its configuration or its image. */
async function neverReady({ engine, installation }: RouterSettings, seen: string, signal: AbortSignal): Promise<RouterFailed> {
  const log = await engine.logsTail(routerName(installation), LOG_LINES, { signal });
  return new RouterFailed(engine.place.host, `take commands within ${READY_MS / 1000} s of its start`, `${seen}\n${log}`.trim());
}

/** What kept it from answering; undefined when it answered. */
async function answers({ engine, installation }: RouterSettings, signal: AbortSignal): Promise<string | undefined> {
  const command = ['sh', '-c', TELL_SCRIPT, 'sh', 'show version'];
  try {
    const { output, errors } = await engine.execute(routerName(installation), { command }, { signal });
    return /^\d+\.\d+/.test(output.trim()) ? undefined : errors.trim() || output.trim() || 'no answer';
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
}
