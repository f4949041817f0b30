import { drop } from './bodies.ts';
import { RegistryConnection } from './connection.ts';
import type { Bounded, OpenRepository } from './contents.ts';
import { Manifests } from './manifests.ts';
import { Origins } from './mirrors.ts';
import { requireRepository } from './reference.ts';
import { ReferrersMemory } from './referrers-memory.ts';
import { RegistryRepository } from './repository-client.ts';
import { Referrers } from './repository-referrers.ts';
import type { RegistryOptions } from './settings.ts';

/** The registries that a process speaks to; connections and tokens are shared between all repositories. */
export interface Registries {
  readonly open: OpenRepository;
  /** Resolves when the registry answers and lets us in. Throws the registry's errors. */
  ping(registry: string, options: Bounded): Promise<void>;
  /** Ends what is under way. Connections that are merely kept alive hold no process. */
  close(): Promise<void>;
}

/** What the repositories of one registry share. */
interface Shared {
  readonly connection: RegistryConnection;
  readonly origins: Origins;
  readonly memory: ReferrersMemory;
}

/** Connects to nothing yet: to each registry when it is first asked. */
export function connectRegistries(options: RegistryOptions): Registries {
  const connect = remembering((registry) => new RegistryConnection(registry, options.access(registry), options));
  const share = remembering((registry): Shared => {
    const connection = connect.get(registry);
    const mirrors = (connection.access.mirrors ?? []).map((mirror) => connect.get(mirror));
    return { connection, origins: new Origins(connection, mirrors), memory: new ReferrersMemory() };
  });
  return {
    open: (repository) => {
      requireRepository(repository);
      const { connection, origins, memory } = share.get(repository.registry);
      const manifests = new Manifests(connection, repository);
      const referrers = new Referrers(connection, repository, manifests, memory);
      return new RegistryRepository({ repository, connection, origins, manifests, referrers });
    },
    ping: (registry, bounded) => ping(connect.get(registry), bounded),
    close: async () => {
      await Promise.all([...connect.all()].map((connection) => connection.close()));
    },
  };
}

/** `GET /v2/` (distribution-spec, "Determining Support"). */
async function ping(connection: RegistryConnection, { signal }: Bounded): Promise<void> {
  const answer = await connection.ask({ method: 'GET', at: '/v2/', scopes: [], image: 'its API (/v2/)', hopes: [200], signal });
  await drop(answer);
}

/** Makes each thing once. */
function remembering<T>(make: (registry: string) => T) {
  const made = new Map<string, T>();
  return {
    all: () => made.values(),
    get: (registry: string): T => {
      const known = made.get(registry) ?? make(registry);
      made.set(registry, known);
      return known;
    },
  };
}
