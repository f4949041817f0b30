import type { RegistryCredentials } from '../../activities/images.ts';
import type { Secret } from '../../domain/secret.ts';
import { DOCKER_HUB } from './reference.ts';

/** How one registry is reached. */
export interface RegistryAccess {
  /** Speak HTTP without TLS; every registry that does not say so is asked over TLS alone. */
  readonly plainHttp?: boolean;
  /** Authorities (PEM) to trust besides the well-known ones, for the registry and for where it redirects to. */
  readonly ca?: string;
  /** Our certificate and its key (PEM); shown to the registry alone. */
  readonly client?: { readonly certificate: string; readonly key: Secret };
  /** Addresses of registries that are asked first for what has a digest. How they are reached is in their own entry. */
  readonly mirrors?: readonly string[];
  /** Hosts outside the registry's own domain that hand out its tokens. */
  readonly tokenHosts?: readonly string[];
}

/** What ends an exchange. */
export interface Limits {
  /** Milliseconds for a connection to stand; 10 s. */
  readonly connectMs: number;
  /** Milliseconds without a byte where one is due: headers, content, or a registry that takes no more of ours; 30 s. */
  readonly idleMs: number;
  /** Milliseconds for an answer that is read into memory; 60 s. */
  readonly wholeAnswerMs: number;
  /** How often a blob that breaks off is asked for again, or an upload begun anew. */
  readonly repetitions: number;
}

export const LIMITS: Limits = { connectMs: 10_000, idleMs: 30_000, wholeAnswerMs: 60_000, repetitions: 5 };

export interface RegistryOptions {
  readonly credentials: RegistryCredentials;
  /** By address, as images name it (`127.0.0.1:5000`, `docker.io`). Asked once for each registry. */
  readonly access: (registry: string) => RegistryAccess;
  readonly limits?: Partial<Limits>;
}

/** Registries reached over plain HTTP, and every other over TLS: all that many an installation has to say. */
export function plainHttpAt(addresses: readonly string[]): RegistryOptions['access'] {
  return (registry) => ({ plainHttp: addresses.includes(registry) });
}

/** Where a registry's API answers. */
export function originOf(registry: string, { plainHttp = false }: RegistryAccess): URL {
  const host = registry === DOCKER_HUB ? 'registry-1.docker.io' : registry;
  return new URL(`${plainHttp ? 'http' : 'https'}://${host}`);
}
