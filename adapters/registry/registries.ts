import { drop } from './bodies.ts';
import { RegistryConnection } from './connection.ts';
import type { Bounded, OpenRepository } from './contents.ts';
import { RegistryRepository, type RegistryState } from './repository-client.ts';
import type { RegistryOptions } from './settings.ts';
import { SubjectQueue } from './subject-queue.ts';

/** The registries that a process speaks to; connections and tokens are shared between all repositories. */
export interface Registries {
  readonly open: OpenRepository;
  /** Resolves when the registry answers and lets us in. Throws the registry's errors. */
  ping(registry: string, options: Bounded): Promise<void>;
  /** Ends what is under way. Connections that are merely kept alive hold no process. */
  close(): Promise<void>;
}

/** Connects to nothing yet: each registry when it is first asked. */
export function connectRegistries(options: RegistryOptions): Registries {
  const connections = new Map<string, RegistryConnection>();
  const states = new Map<string, RegistryState>();

  const connect = (registry: string): RegistryConnection => {
    const connection = connections.get(registry) ?? new RegistryConnection(registry, options.access(registry), options);
    connections.set(registry, connection);
    return connection;
  };

  const state = (registry: string): RegistryState => {
    const connection = connect(registry);
    const mirrors = (connection.access.mirrors ?? []).map(connect);
    const known = states.get(registry) ?? { connection, mirrors, subjects: new SubjectQueue(), hasReferrersApi: undefined };
    states.set(registry, known);
    return known;
  };

  return {
    open: (repository) => new RegistryRepository(repository, state(repository.registry)),
    ping: (registry, { signal }) => ping(connect(registry), signal),
    close: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}

async function ping(connection: RegistryConnection, signal: AbortSignal): Promise<void> {
  const answer = await connection.ask({ method: 'GET', at: '/v2/', scopes: [], image: 'its API (/v2/)', hopes: [200], signal });
  await drop(answer);
}
