import type { RepositoryClient } from '../../../adapters/registry/contents.ts';
import { parseRepository } from '../../../adapters/registry/reference.ts';
import { connectRegistries, type Registries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt, type RegistryOptions } from '../../../adapters/registry/settings.ts';

const opened: Registries[] = [];

/** Clients for registries at plain addresses; they lose patience soon. */
export function clientsOf(addresses: readonly string[], options: Partial<RegistryOptions> = {}): Registries {
  const limits = { connectMs: 1_000, idleMs: 500, wholeAnswerMs: 1_500, repetitions: 3, ...options.limits };
  const registries = connectRegistries({ credentials: async () => undefined, access: plainHttpAt(addresses), ...options, limits });
  opened.push(registries);
  return registries;
}

/** A repository `a` of a registry at a plain address. */
export function repositoryAt(address: string, options: Partial<RegistryOptions> = {}): RepositoryClient {
  return clientsOf([address], options).open(parseRepository(`${address}/a`));
}

/** Ends what the tests of a file opened. */
export async function closeClients(): Promise<void> {
  await Promise.all(opened.splice(0).map((registries) => registries.close()));
}

/** A signal that nobody gives. */
export const { signal } = new AbortController();
