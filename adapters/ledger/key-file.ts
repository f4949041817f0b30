import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LedgerKeyUnfit } from './errors.ts';
import { makeSigningKey, type NoteSigner, readSigningKey } from './note-keys.ts';

/** The signer whose private key is in a file; undefined where there is no file. Throws LedgerKeyUnfit. */
export async function readKeyFile(file: string, origin: string): Promise<NoteSigner | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new LedgerKeyUnfit(file, `it cannot be read (${error.code})`);
  });
  if (text === undefined) return undefined;
  const signer = readSigningKey(text);
  if (signer === undefined) throw new LedgerKeyUnfit(file, 'it holds no Ed25519 key of a signed note');
  if (signer.name !== origin) throw new LedgerKeyUnfit(file, `it is the key of ${signer.name}, and the ledger is ${origin}`);
  return signer;
}

/** Makes a key that its owner alone may read, whole or not at all: of several processes that begin together one makes it. */
export async function makeKeyFile(file: string, origin: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, `${makeSigningKey(origin)}\n`, { mode: 0o600, flag: 'wx', flush: true });
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
