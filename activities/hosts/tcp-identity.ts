import type { Runner } from '../../domain/switch.ts';
import { HostFailed } from './host-failed.ts';
import { addressOf, type HostWork } from './host-work.ts';
import type { Proof } from './identity.ts';
import type { Connection } from './ports.ts';
import { LOG_LINES } from './runners.ts';

const TIMEOUT_MS = 5_000;
const RETRY_MS = 200;
/** The router learns a container's address from the engine's name service, within a second. */
const PATIENCE_MS = 10_000;

/**
 * A connection names no deployment. Its proof is the address: the running router has this container where its engine says that it
 * is, under a name that holds its generation and that nothing older can have, and it takes connections there. Throws HostFailed.
 */
export async function proveAddress(proof: Proof, runner: Runner): Promise<void> {
  await prove(proof, runner.name, [runner]);
}

/** The host's port takes connections as users make them, and the running router leads them to the chosen containers alone. Throws HostFailed. */
export async function provePort(proof: Proof): Promise<void> {
  await prove(proof, undefined, proof.choice.runners);
}

/** Whether all containers take connections at their own addresses now. */
export async function takeConnections({ work, choice, route }: Proof): Promise<boolean> {
  const answers = choice.runners.map(async (runner) => {
    const addresses = await addressesOf(work, [runner]);
    return isProof(await work.host.router.connect(route, runner.name, TIMEOUT_MS, { signal: work.signal }), addresses);
  });
  return (await Promise.all(answers)).every(Boolean);
}

async function prove(proof: Proof, server: string | undefined, runners: readonly Runner[]): Promise<void> {
  const { work, route } = proof;
  const deadline = work.clock.now() + PATIENCE_MS;
  for (;;) {
    const addresses = await addressesOf(work, runners);
    const seen = await work.host.router.connect(route, server, TIMEOUT_MS, { signal: work.signal });
    if (isProof(seen, addresses)) return;
    if (work.clock.now() >= deadline) throw await unproven(proof, server, addresses, seen);
    await work.clock.sleep(RETRY_MS, work.signal);
  }
}

/** One that restarted has another address. */
async function addressesOf({ host, signal }: HostWork, runners: readonly Runner[]): Promise<string[]> {
  const states = await Promise.all(runners.map(({ name }) => host.engine.inspect(name, { signal })));
  return states.flatMap((state) => state?.address ?? []);
}

function isProof({ open, addresses: seen }: Connection, expected: readonly string[]): boolean {
  return open && seen.length > 0 && seen.every((address) => expected.includes(address));
}

async function unproven(proof: Proof, server: string | undefined, expected: readonly string[], seen: Connection): Promise<HostFailed> {
  const { work, choice, route } = proof;
  const where = `${seen.addresses.join(', ') || 'nowhere'}, which ${seen.open ? 'takes' : 'does not take'} connections`;
  const at = expected.join(', ') || 'no address';
  return new HostFailed({
    host: work.host.name,
    component: choice.component.name,
    ...(server !== undefined && { container: server, log: await work.host.engine.logsTail(server, LOG_LINES, { signal: work.signal }) }),
    seen: `expected connections to ${addressOf(route)} to reach ${server ?? 'the new containers'} at ${at}, and the router leads them to ${where}`,
  });
}
