import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LEDGER_TREE } from '../../adapters/ledger/hashing.ts';
import { verify } from '../../cli/audit/verify.ts';
import type { Context } from '../../cli/context.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { printCheckpoint } from '../../domain/audit/checkpoint.ts';
import { GROWTH_FORMAT, type GrowthDocument } from '../../domain/audit/growth-document.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { toBase64 } from '../../domain/merkle/base64.ts';
import { NO_LEAVES, rootOf } from '../../domain/merkle/frontier.ts';
import { proveConsistency } from '../../domain/merkle/proofs.ts';
import { madeExport, madeTree, newSigner } from '../support/made-ledger.ts';

const SIGNER = newSigner('tidegate/test');
const ENTRIES = Array.from(
  { length: 7 },
  (_, index): LedgerEntry => ({ key: `k${index}`, action: 'vote', actor: 'rita', reason: `good ${index}`, at: '2026-01-01T00:00:00.000Z' }),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-audit-'));
  writeFileSync(join(folder, 'ledger.jsonl'), madeExport(ENTRIES, SIGNER, 3).join(''));
  writeFileSync(join(folder, 'ledger.pub'), `${SIGNER.verifierKey}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(file: string, options: { readonly key?: string; readonly checkpoint?: string } = {}) {
  const said = { out: '', err: '' };
  const output = (to: 'out' | 'err') => ({
    line: (text = '') => {
      said[to] += `${text}\n`;
    },
    style: (_style: string, text: string) => text,
  });
  const context = { terminal: { out: output('out'), err: output('err') } } as unknown as Context;
  const { key, checkpoint } = options;
  const code = await verify(context, join(folder, file), {
    ...(key !== undefined && { key: key.endsWith('.pub') ? join(folder, key) : key }),
    ...(checkpoint !== undefined && { checkpoint: join(folder, checkpoint) }),
  });
  return { ...said, code };
}

const TREE = madeTree(ENTRIES);
const noteOf = (size: number) =>
  SIGNER.sign(printCheckpoint({ origin: SIGNER.name, size, root: rootOf(TREE.frontiers[size] ?? NO_LEAVES, LEDGER_TREE) }));

async function growth(size: number): Promise<GrowthDocument> {
  const root = toBase64(rootOf(TREE.frontiers[size] ?? NO_LEAVES, LEDGER_TREE));
  const consistency = (await proveConsistency(size, ENTRIES.length, TREE.read, LEDGER_TREE)).map(toBase64);
  return { format: GROWTH_FORMAT, size, root, consistency, checkpoint: noteOf(ENTRIES.length), key: SIGNER.verifierKey };
}

describe('audit verify', () => {
  it('finds an export whole, by a key in a file or as it is, and says so where none was given', async () => {
    expect(await run('ledger.jsonl', { key: 'ledger.pub' })).toEqual({
      code: EXIT.done,
      out: 'All 7 records of tidegate/test are as they were written\n',
      err: '',
    });
    expect((await run('ledger.jsonl', { key: SIGNER.verifierKey })).code).toBe(EXIT.done);
    expect((await run('ledger.jsonl')).err).toContain('No --key was given');
  });

  it('names the first record that was changed, and ends with 1', async () => {
    writeFileSync(join(folder, 'edited.jsonl'), madeExport(ENTRIES, SIGNER, 3).join('').replace('good 4', 'fine 4'));
    const { code, out } = await run('edited.jsonl', { key: 'ledger.pub' });
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('record 5, line 7: who did it, how they were known, or why, was changed');
  });

  it('refuses another key, and an export that is older than a checkpoint that somebody kept', async () => {
    expect((await run('ledger.jsonl', { key: newSigner('tidegate/test').verifierKey })).out).toContain('its key is not the one');
    writeFileSync(join(folder, 'older.jsonl'), madeExport(ENTRIES.slice(0, 6), SIGNER, 3).join(''));
    const header = JSON.parse(madeExport(ENTRIES, SIGNER, 3)[0] ?? '') as { readonly checkpoint: string };
    writeFileSync(join(folder, 'kept'), header.checkpoint);
    const { code, out } = await run('older.jsonl', { key: 'ledger.pub', checkpoint: 'kept' });
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('it has 6 records, and the checkpoint that you kept is of 7');
    await expect(run('ledger.jsonl', { checkpoint: 'kept' })).rejects.toThrow('A checkpoint is checked with the key that signed it');
  });

  it('takes a proof that the ledger has only grown, from the checkpoint that somebody kept and from no other', async () => {
    const proof = await growth(3);
    writeFileSync(join(folder, 'growth.json'), JSON.stringify(proof, null, 2));
    writeFileSync(join(folder, 'kept-3'), noteOf(3));
    writeFileSync(join(folder, 'kept-4'), noteOf(4));
    const key = { key: 'ledger.pub' };
    expect(await run('growth.json', { ...key, checkpoint: 'kept-3' })).toEqual({
      code: EXIT.done,
      out: 'The ledger tidegate/test has only grown, from the checkpoint that you kept to 7 records\n',
      err: '',
    });
    expect((await run('growth.json')).out).toContain('from 3 records with the root that the proof names to 7 records');
    expect(await run('growth.json', { ...key, checkpoint: 'kept-4' })).toMatchObject({
      code: EXIT.failed,
      out: expect.stringContaining('it does not begin at the checkpoint that you kept, which is of 4 records'),
    });
    expect((await run('growth.json', { key: newSigner('tidegate/test').verifierKey })).code).toBe(EXIT.failed);
    for (const edited of [
      { ...proof, size: 2 },
      { ...proof, consistency: proof.consistency.slice(1) },
      { ...proof, root: (await growth(2)).root },
      { ...proof, root: 'x' },
      { ...proof, consistency: proof.consistency.map(() => 'x') },
    ]) {
      writeFileSync(join(folder, 'edited.json'), JSON.stringify(edited));
      expect((await run('edited.json', key)).out).toContain('the ledger does not begin with the');
    }
  });

  it('says what it cannot read, which is no verdict on the ledger, and takes no half a proof', async () => {
    await expect(run('nowhere')).rejects.toMatchObject({ exitCode: EXIT.usage });
    await expect(run('nowhere')).rejects.toThrow(/nowhere cannot be read/);
    writeFileSync(join(folder, 'half.json'), '{"format":"tidegate-proof/1"}');
    await expect(run('half.json')).rejects.toThrow('is no whole proof');
    writeFileSync(join(folder, 'other'), 'hello\n');
    expect((await run('other')).code).toBe(EXIT.failed);
  });
});
