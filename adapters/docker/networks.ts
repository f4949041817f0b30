import { NameTaken, NetworkMissing } from '../../activities/hosts/errors.ts';
import type { ContainerSpec } from '../../activities/hosts/ports.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer } from './engine-calls.ts';

type Signal = { readonly signal: AbortSignal };
type Joins = NonNullable<ContainerSpec['joins']>;
type Labels = Readonly<Record<string, string>>;

/** Makes a bridge network and returns its id, or the id of the one that has this name and these labels. Throws NameTaken. */
export async function ensureNetwork(engine: Engine, name: string, labels: Labels, options: Signal): Promise<string> {
  const present = await findNetwork(engine, name, labels, options);
  if (present !== undefined) return present;
  const doing = `create network ${name}`;
  try {
    const created = await callEngine(engine, doing, options, (abortSignal) =>
      engine.docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: true, Labels: { ...labels }, abortSignal }),
    );
    return created.id;
  } catch (error) {
    const made = error instanceof EngineAnswer && error.status === 409 ? await findNetwork(engine, name, labels, options) : undefined;
    if (made === undefined) throw asEngineError(engine, doing, error);
    return made;
  }
}

async function findNetwork(engine: Engine, name: string, labels: Labels, options: Signal): Promise<string | undefined> {
  const found = (await networksNamed(engine, name, options))[0];
  if (found === undefined) return undefined;
  const differing = Object.entries(labels).find(([label, value]) => found.Labels?.[label] !== value);
  if (differing === undefined) return found.Id;
  const [label, value] = differing;
  const seen = `a network holds it whose ${label} is ${JSON.stringify(found.Labels?.[label] ?? null)} instead of ${JSON.stringify(value)}`;
  throw new NameTaken(engine, 'network', name, seen);
}

/** The networks of exactly this name; the engine's own filter finds parts of names. */
export async function networksNamed(engine: Engine, name: string, { signal }: Signal) {
  const doing = 'list networks';
  try {
    const listed = await callEngine(engine, doing, { signal }, (abortSignal) =>
      engine.docker.listNetworks({ filters: { name: [name] }, abortSignal }),
    );
    return listed.filter((network) => network.Name === name);
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
}

/** Joins a container to networks that must be there already. Throws NetworkMissing. */
export async function joinNetworks(engine: Engine, container: string, joins: Joins, options: Signal): Promise<void> {
  for (const network of joins.networks) {
    if ((await networksNamed(engine, network, options)).length === 0) throw new NetworkMissing(engine, network, container);
    await joinNetwork(engine, container, network, { ...options, aliases: joins.aliases });
  }
}

/** Joins a container, running or not, to a network. One that is in it already is left alone. */
export async function joinNetwork(
  engine: Engine,
  container: string,
  network: string,
  { signal, aliases = [] }: Signal & { readonly aliases?: readonly string[] },
): Promise<void> {
  const doing = `join container ${container} to network ${network}`;
  try {
    await callEngine(engine, doing, { signal }, () =>
      engine.docker.getNetwork(network).connect({ Container: container, EndpointConfig: { Aliases: [...aliases] } }),
    );
  } catch (error) {
    const isIn = error instanceof EngineAnswer && /already (?:exists|attached|connected)/.test(error.message);
    if (!isIn) throw asEngineError(engine, doing, error);
  }
}

/** Removes networks of a name or id with everything that an earlier attempt left in them. Absent is success. */
export async function removeNetwork(engine: Engine, nameOrId: string, { signal }: Signal): Promise<void> {
  const doing = `remove network ${nameOrId}`;
  try {
    await callEngine(engine, doing, { signal }, (abortSignal) => engine.docker.getNetwork(nameOrId).remove({ abortSignal }));
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return;
    throw asEngineError(engine, doing, error);
  }
}
