import { canonicalJson, type HashFunction } from '../canonical.ts';
import type { LedgerEntry } from '../ledger.ts';

/** What a record says that names a person or that a person wrote. It stands beside the leaf, which has its salted hash alone. */
export interface PersonalPart extends Pick<LedgerEntry, 'key' | 'actor' | 'authentication' | 'reason'> {
  /** Random, so that nobody finds what was erased by guessing. */
  readonly salt: string;
}

/** What a record says besides: nothing of it names a person. */
export type Facts = Omit<LedgerEntry, 'key' | 'actor' | 'authentication' | 'reason'>;

/** An entry of the ledger as it is proved. */
export interface LedgerRecord {
  /** 1, 2, 3, … without gaps. The leaf's index in the tree is one less. */
  readonly sequence: number;
  readonly facts: Facts;
  /** The hash of the personal part. */
  readonly commitment: string;
  /** Undefined once it was erased. */
  readonly personal?: PersonalPart;
}

/** Stands for a person, a key and a reason that were erased. */
export const ERASED = '(erased)';

/** An entry in its place, as it is written and proved. The salt is random. */
export function toRecord(
  entry: LedgerEntry,
  sequence: number,
  salt: string,
  hash: HashFunction,
): LedgerRecord & { readonly personal: PersonalPart } {
  const { key, actor, authentication, reason, ...facts } = entry;
  const personal = { key, actor, ...(authentication !== undefined && { authentication }), reason, salt };
  return { sequence, facts, commitment: commitmentOf(personal, hash), personal };
}

/** The entry again. */
export function entryOf({ sequence, facts, personal }: LedgerRecord): LedgerEntry {
  if (personal === undefined) return { ...facts, key: erasedKey(sequence), actor: ERASED, reason: ERASED };
  const { salt: _, ...rest } = personal;
  return { ...facts, ...rest };
}

/** What a record is found by once its own key, which may name a person, was erased. */
export function erasedKey(sequence: number): string {
  return `erased/${sequence}`;
}

/**
 * The leaf: everything that a record says, in canonical form. Lists, which can be long, and the personal part are in it as hashes, so that it
 * stays below the 65,535 bytes of a tile's entry. What a record says and what the leaf says of it have members of their own, and lists one
 * apart: no other record has the same leaf.
 */
export function leafText({ sequence, facts, commitment }: LedgerRecord, hash: HashFunction): string {
  const members = Object.entries(facts);
  const texts = Object.fromEntries(members.filter(([, value]) => !Array.isArray(value)));
  const lists = Object.fromEntries(members.flatMap(([name, value]) => (Array.isArray(value) ? [[name, hash(canonicalJson(value))]] : [])));
  return canonicalJson({ facts: texts, lists, personal: commitment, sequence, version: 2 });
}

/** Whether the personal part, where it is still there, is the one that the leaf was made with. */
export function isUnaltered({ personal, commitment }: LedgerRecord, hash: HashFunction): boolean {
  return personal === undefined || commitmentOf(personal, hash) === commitment;
}

function commitmentOf(personal: PersonalPart, hash: HashFunction): string {
  return hash(canonicalJson(personal));
}
