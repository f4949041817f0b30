import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readPublicKey } from './public-key.ts';
import type { Refusal } from './scalars.ts';

const LARGEST_KEY_FILE = 65_536;

interface KeyEntry {
  readonly name: string;
  readonly pem?: string;
  readonly file?: string;
}

type PublicKey = Exclude<ReturnType<typeof readPublicKey>, Refusal>;

/** An entry of `trust.keys` with its key, or why it has none that counts. */
export interface KeyReading<Entry extends KeyEntry> {
  readonly entry: Entry;
  readonly key: PublicKey | Refusal;
}

/** Reads the keys that entries hold or name. One key under two names would count as two signers: the later one is refused. Relative paths begin in `directory`. */
export function readKeys<Entry extends KeyEntry>(entries: readonly Entry[], directory: string): readonly KeyReading<Entry>[] {
  const read = entries.map((entry) => ({ entry, key: publicKeyOf(entry, directory) }));
  // What the document holds comes first: a file changes without it, and may spoil no other key.
  const ordered = [...read.filter(({ entry }) => !isInFile(entry)), ...read.filter(({ entry }) => isInFile(entry))];
  const first = new Map<string, Entry>();
  for (const { entry, key } of ordered) if ('fingerprint' in key && !first.has(key.fingerprint)) first.set(key.fingerprint, entry);
  return read.map(({ entry, key }) => {
    const owner = 'fingerprint' in key ? first.get(key.fingerprint) : entry;
    return owner === undefined || owner === entry ? { entry, key } : { entry, key: twinOf(owner) };
  });
}

/** Whether its key is not in the document itself. */
export function isInFile({ file }: KeyEntry): boolean {
  return file !== undefined;
}

function twinOf({ name }: KeyEntry): Refusal {
  return { message: `is the key ${name} under another name`, hint: 'take one of them away' };
}

function publicKeyOf({ pem, file = '' }: KeyEntry, directory: string): PublicKey | Refusal {
  if (pem !== undefined) return readPublicKey(pem);
  const path = resolve(directory, file);
  try {
    const found = statSync(path);
    if (!found.isFile()) return { message: `${path} is no file`, hint: HINT };
    if (found.size > LARGEST_KEY_FILE) return { message: `${path} is too large for a key`, hint: HINT };
    return readPublicKey(readFileSync(path, 'utf8'));
  } catch (error) {
    return { message: `${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, hint: HINT };
  }
}

const HINT = 'name a file with a public key that this user may read';
