import { readFile } from 'node:fs/promises';
import { inspect, types } from 'node:util';
import { afterEach, expect } from '@jest/globals';
import { DefaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import * as contentErrors from '../../../activities/registry/content-errors.ts';
import * as copyErrors from '../../../activities/registry/copy-errors.ts';
import * as exchangeErrors from '../../../activities/registry/errors.ts';
import type { RepositoryClient } from '../../../adapters/registry/contents.ts';
import { connectRegistries, type Registries } from '../../../adapters/registry/registries.ts';
import { type Limits, plainHttpAt, type RegistryOptions } from '../../../adapters/registry/settings.ts';
import { Secret } from '../../../domain/secret.ts';
import { TERMINAL_FAILURES } from '../../../domain/terminal-failures.ts';
import { type FaultyRegistry, type FaultyRegistryOptions, startFaultyRegistry } from '../../../lab/faulty-registry/server.ts';
import { until } from '../../../lab/until.ts';

/** Odd on purpose: whatever quotes, encodes or cuts them must not bring them out. */
export const SECRETS = {
  user: 'robot$ci+deploy',
  password: 'pä55:w"or\\d/%41&<>{{7}}',
  identityToken: 'eyJhbGciOi.id+token/=~with:"quotes"&more',
} as const;

/** Limits so short that a test need not wait, and no busy machine for a registry that does not answer. */
export const SHORT: Limits = { connectMs: 5_000, idleMs: 1_000, wholeAnswerMs: 2_000, repetitions: 2 };

/** For faults that are an answer: it comes in its time. */
export const PATIENT: Limits = { connectMs: 30_000, idleMs: 30_000, wholeAnswerMs: 30_000, repetitions: 2 };

/** Milliseconds within which everything ends that meets a fault under these limits, many side by side on a busy machine included. */
const BOUND_MS = 60_000;

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A registry that ends with the test. */
export async function startOne(options: FaultyRegistryOptions = {}): Promise<FaultyRegistry> {
  const registry = await startFaultyRegistry(options);
  closers.push(() => registry.close());
  return registry;
}

export type Credential = 'password' | 'identity token' | 'none';

/** Our client, as an installation would connect it to these registries. It ends with the test. */
export function connectTo(
  registries: readonly FaultyRegistry[],
  { credential = 'none' as Credential, ...options }: Partial<RegistryOptions> & { readonly credential?: Credential } = {},
): Registries {
  const connected = connectRegistries({
    credentials: async () => CREDENTIALS[credential],
    access: plainHttpAt(registries.map(({ address }) => address)),
    limits: SHORT,
    ...options,
  });
  closers.push(() => connected.close());
  return connected;
}

const CREDENTIALS = {
  none: undefined,
  password: { username: SECRETS.user, password: new Secret(SECRETS.password) },
  'identity token': { identityToken: new Secret(SECRETS.identityToken) },
} as const;

/** Lets in the user of these secrets alone. */
export const ONLY_US = {
  kind: 'token',
  users: { [SECRETS.user]: SECRETS.password },
  identityTokens: { [SECRETS.user]: SECRETS.identityToken },
} as const;

export function openAt(registries: Registries, { address }: FaultyRegistry, path = 'shop/web'): RepositoryClient {
  return registries.open({ registry: address, path });
}

const NAMES = [exchangeErrors, contentErrors, copyErrors]
  .flatMap(Object.keys)
  .concat(['ManifestMalformed', 'SchemaOneUnsupported', 'MalformedReference', 'MalformedDigest']);

/**
 * The failure in which a call ends, once all that holds for every failure is shown: it comes in bounded time, has a name of ours, says
 * where and what of, and shows no secret, however it is printed. Undefined when the call ends well.
 */
export async function failureOf(
  call: Promise<unknown>,
  saying: readonly string[],
  registries: readonly FaultyRegistry[],
): Promise<Error | undefined> {
  const error = await endOf(call);
  if (!types.isNativeError(error)) return undefined;
  expect(NAMES).toContain(error.name);
  for (const text of saying) expect(error.message).toContain(text);
  expectNoSecret(error, registries);
  return error;
}

export function isTerminal({ name }: Error): boolean {
  return TERMINAL_FAILURES.includes(name);
}

/** What a call throws, or what it returns. Throws when it does neither in time. */
async function endOf(call: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Expected an end within ${BOUND_MS} ms`)), BOUND_MS);
  });
  const ended = call.then(
    (value) => ({ value }),
    (value: unknown) => ({ value }),
  );
  try {
    return (await Promise.race([ended, late])).value;
  } finally {
    clearTimeout(timer);
  }
}

/** Searches everything that could be printed, logged or kept of an error. */
export function expectNoSecret(error: unknown, registries: readonly FaultyRegistry[]): void {
  const told = formsOf(error).join('\n');
  for (const secret of secretsOf(registries)) {
    if (told.includes(secret)) throw new Error(`A secret (${secret}) is shown in: ${told}`);
  }
}

function formsOf(error: unknown): string[] {
  const failure = new DefaultFailureConverter().errorToFailure(error, defaultPayloadConverter);
  const chain = types.isNativeError(error) && error.cause !== undefined ? formsOf(error.cause) : [];
  const members = error instanceof AggregateError ? error.errors.flatMap(formsOf) : [];
  return [
    String(error),
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify(error, types.isNativeError(error) ? Object.getOwnPropertyNames(error) : undefined),
    JSON.stringify(failure),
    ...chain,
    ...members,
  ];
}

function secretsOf(registries: readonly FaultyRegistry[]): string[] {
  const { user, password, identityToken } = SECRETS;
  const own = [password, identityToken, `${user}:${password}`];
  const encoded = own.flatMap((text) => [
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString('base64'),
  ]);
  return [...own, ...encoded, ...registries.flatMap(({ tokens }) => tokens?.tokens() ?? [])];
}

/** Nothing of a closed client is left at the registry. */
export async function expectNoConnections(...registries: readonly FaultyRegistry[]): Promise<void> {
  for (const registry of registries)
    await until(`no open connection at ${registry.address}`, 60_000, async () => registry.connections() === 0);
}

/** As `expectNoConnections`, by the kernel's word: a registry that does not listen does not notice that nobody is there any more. */
export async function expectLetGo({ address }: FaultyRegistry): Promise<void> {
  const port = Number(address.split(':')[1]).toString(16).toUpperCase().padStart(4, '0');
  const established = new RegExp(`:[0-9A-F]{4} [0-9A-F]{8}:${port} 01 `);
  await until(`no connection to ${address}`, 60_000, async () => !established.test(await readFile('/proc/net/tcp', 'utf8')));
}
