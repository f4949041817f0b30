import { callEngine, type Engine } from './engine-calls.ts';

/** Who has the host's ports that a container would publish, in words. What does not run in this engine is not known by name. */
export async function portHolders(engine: Engine, container: string, { signal }: { readonly signal: AbortSignal }): Promise<string> {
  const wanted = await wantedPorts(engine, container, signal);
  const running = await callEngine(engine, 'list containers', { signal }, (abortSignal) => engine.docker.listContainers({ abortSignal }));
  const holders = running.flatMap(({ Names, Ports }) => {
    const taken = new Set(Ports.flatMap(({ PublicPort }) => (PublicPort !== undefined && wanted.includes(PublicPort) ? [PublicPort] : [])));
    return [...taken].map((port) => `container ${Names[0]?.replace(/^\//, '')} publishes port ${port}`);
  });
  return holders.join(', ') || `no container publishes ${wanted.join(', ')}, so that another process on the host has it`;
}

async function wantedPorts(engine: Engine, name: string, signal: AbortSignal): Promise<number[]> {
  const { HostConfig } = await callEngine(engine, `inspect container ${name}`, { signal }, (abortSignal) =>
    engine.docker.getContainer(name).inspect({ abortSignal }),
  );
  const bindings = Object.values((HostConfig.PortBindings ?? {}) as Readonly<Record<string, readonly { HostPort?: string }[] | null>>);
  return bindings.flatMap((hosts) => (hosts ?? []).map(({ HostPort }) => Number(HostPort)));
}
