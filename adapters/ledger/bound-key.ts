import { CHECKPOINT_STATEMENTS } from './checkpoint-statements.ts';
import type { Database } from './database.ts';
import { LedgerKeyUnfit } from './errors.ts';
import { makeKeyFile, readKeyFile } from './key-file.ts';
import type { NoteSigner } from './note-keys.ts';
import type { Reader } from './tree-rows.ts';

/** Which key signs for which ledger. */
export interface KeySettings {
  readonly origin: string;
  readonly keyFile: string;
}

/** The signer of a ledger; its key is made where neither a checkpoint nor the database knows of one. Throws LedgerKeyUnfit. */
export async function ledgerSigner(reader: Reader, { keyFile, origin }: KeySettings, hasSigned: boolean): Promise<NoteSigner> {
  const kept = await readKeyFile(keyFile, origin);
  if (kept !== undefined) return kept;
  if (hasSigned || (await readBoundKey(reader, origin)) !== undefined)
    throw new LedgerKeyUnfit(keyFile, 'there is none, and the ledger was begun with one');
  await makeKeyFile(keyFile, origin);
  const made = await readKeyFile(keyFile, origin);
  if (made === undefined) throw new LedgerKeyUnfit(keyFile, 'it was made, and is gone');
  return made;
}

/** Of several processes that begin with keys of their own the first one's is the ledger's for good. Throws LedgerKeyUnfit. */
export async function bindKey(database: Database, { verifierKey }: NoteSigner, { origin, keyFile }: KeySettings): Promise<void> {
  const bound = await database.transaction(async (transaction) => {
    await transaction.write([CHECKPOINT_STATEMENTS.bindKey(origin, verifierKey)]);
    return readBoundKey(transaction, origin);
  });
  if (bound !== verifierKey) throw new LedgerKeyUnfit(keyFile, `the ledger was begun with the key whose public part is ${bound}`);
}

async function readBoundKey(reader: Reader, origin: string): Promise<string | undefined> {
  const [row] = await reader.read(CHECKPOINT_STATEMENTS.key(origin));
  return row === undefined ? undefined : String(row.key);
}
