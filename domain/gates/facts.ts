import type { Standing } from '../standing.ts';

/** What was read of the world, or why it could not be read: then the gate that needs it is closed. */
export type Known<Value> = { readonly kind: 'known'; readonly value: Value } | Unknown;

export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
  /** When it can be known at the earliest, ISO 8601; absent where nobody can tell. */
  readonly knownAt?: string;
}

/** From when on an environment ran a set of images; until the next one came. */
export interface Stint {
  readonly release: number;
  readonly digests: readonly string[];
  readonly since: string;
}

/** When a window is open, in milliseconds since the epoch: each from its first number up to its second, in order. */
export interface Openings {
  readonly intervals: readonly (readonly [number, number])[];
  /** Nothing is known from here on; absent where these are all that there will be. */
  readonly knownUntil?: number;
}

export interface Measurement {
  readonly value: number;
  readonly at: string;
  /** By how much the value may be off, where that is known. */
  readonly within?: number;
  /** What it was made of, in words that follow the value. */
  readonly basis?: string;
}

/** How an external check stands. */
export type CheckState =
  /** `trouble`: why it has not taken the question yet. */
  | { readonly kind: 'asked'; readonly at: string; readonly trouble?: string }
  | { readonly kind: 'passed'; readonly at: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly at: string; readonly reason: string };

/** What an application runs somewhere; null where that is nothing yet. */
export interface InPlace {
  readonly current: { readonly release: number; readonly commit?: string } | null;
  readonly isChanging: boolean;
}

export interface TrustVerdict {
  readonly trusted: boolean;
  readonly reason: string;
  /** Of the policy by which it was judged. */
  readonly revision: string;
}

/** All that gates are judged by beside the votes. What is not there is not known. */
export interface GateFacts {
  readonly standing: Known<Standing>;
  /** Who wrote what is new in the release. */
  readonly authors?: Known<readonly string[]>;
  /** By environment. */
  readonly stints?: Readonly<Record<string, Known<readonly Stint[]>>>;
  /** By `factKey`. */
  readonly windows?: Readonly<Record<string, Known<Openings>>>;
  readonly metrics?: Readonly<Record<string, Known<Measurement>>>;
  readonly checks?: Readonly<Record<string, Known<CheckState>>>;
  /** By `placeKey`. */
  readonly applications?: Readonly<Record<string, Known<InPlace>>>;
  readonly trust?: Readonly<Record<string, Known<TrustVerdict>>>;
}

/** Names in the two files are independent of each other. */
export function factKey(origin: 'environment' | 'pipeline', name: string): string {
  return `${origin}/${name}`;
}

export function placeKey({ application, environment }: { readonly application: string; readonly environment: string }): string {
  return `${application}/${environment}`;
}

/** A fact, or that nobody read it. */
export function factOf<Value>(facts: Readonly<Record<string, Known<Value>>> | undefined, key: string): Known<Value> {
  const found = facts !== undefined && Object.hasOwn(facts, key) ? facts[key] : undefined;
  return found ?? { kind: 'unknown', reason: 'it has not been read yet' };
}
