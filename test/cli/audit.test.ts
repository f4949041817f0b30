import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LEDGER_TREE } from '../../adapters/ledger/hashing.ts';
import { filtered } from '../../cli/audit/lines.ts';
import { prove } from '../../cli/audit/prove.ts';
import { verify } from '../../cli/audit/verify.ts';
import type { ApiClient } from '../../cli/client/api-client.ts';
import type { Context } from '../../cli/context.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { printCheckpoint } from '../../domain/audit/checkpoint.ts';
import { CSV_HEADER } from '../../domain/audit/csv.ts';
import { GROWTH_FORMAT, type GrowthDocument } from '../../domain/audit/growth-document.ts';
import { PROOF_FORMAT, type ProofDocument } from '../../domain/audit/proof-document.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { toBase64 } from '../../domain/merkle/base64.ts';
import { NO_LEAVES, rootOf } from '../../domain/merkle/frontier.ts';
import { proveConsistency, proveInclusion } from '../../domain/merkle/proofs.ts';
import { Secret } from '../../domain/secret.ts';
import { HttpServers } from '../support/http-servers.ts';
import { exported, madeExport, madeTree, newSigner } from '../support/made-ledger.ts';

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

async function proofOf(sequence: number): Promise<ProofDocument> {
  const { hash: _, ...record } = exported(ENTRIES[sequence - 1] ?? { key: '', action: 'vote', actor: '', reason: '', at: '' }, sequence);
  const inclusion = (await proveInclusion(sequence - 1, ENTRIES.length, TREE.read, LEDGER_TREE)).map(toBase64);
  return { format: PROOF_FORMAT, record, inclusion, checkpoint: noteOf(ENTRIES.length), key: SIGNER.verifierKey };
}

interface Answers {
  readonly size?: number;
  readonly key?: string;
  readonly growth?: GrowthDocument;
  readonly proof?: ProofDocument;
}

const OTHER = newSigner('tidegate/test');

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

  it('holds the proof of a record against the checkpoint that somebody kept, and refuses one of another moment', async () => {
    writeFileSync(join(folder, 'proof.json'), JSON.stringify(await proofOf(5)));
    writeFileSync(join(folder, 'kept-7'), noteOf(7));
    const other = printCheckpoint({ origin: SIGNER.name, size: 7, root: rootOf(TREE.frontiers[6] ?? NO_LEAVES, LEDGER_TREE) });
    writeFileSync(join(folder, 'other-7'), SIGNER.sign(other));
    writeFileSync(join(folder, 'kept-6'), noteOf(6));
    const key = { key: 'ledger.pub' };
    expect(await run('proof.json', { ...key, checkpoint: 'kept-7' })).toMatchObject({ code: EXIT.done });
    expect(await run('proof.json', { ...key, checkpoint: 'other-7' })).toMatchObject({
      code: EXIT.failed,
      out: expect.stringContaining('the checkpoint that you kept, of 7 records too, is of other records'),
    });
    const refused = run('proof.json', { ...key, checkpoint: 'kept-6' });
    await expect(refused).rejects.toMatchObject({ exitCode: EXIT.usage });
    await expect(refused).rejects.toThrow('nothing in the proof holds one against the other');
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

describe('audit prove', () => {
  const servers = new HttpServers();
  afterAll(() => servers.end());

  /** What comes of it at a server whose ledger has seven records and answers so. */
  async function ask(wish: { readonly record?: number; readonly since?: string; readonly key?: string }, answers: Answers = {}) {
    const given: Answers = { size: 7, key: SIGNER.verifierKey, ...answers };
    const paths: string[] = [];
    const { address } = await servers.serve(async ({ url = '' }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://server');
      if (pathname !== '/healthz') paths.push(pathname);
      const known: Readonly<Record<string, () => unknown>> = {
        '/healthz': () => ({ status: 'pass' }),
        '/api/v1/audit/checkpoint': () => ({ checkpoint: noteOf(7), size: given.size, key: given.key, checkpoints: 0 }),
        '/api/v1/audit/growth': async () => given.growth ?? growth(Number(searchParams.get('since'))),
        '/api/v1/audit/records/5/proof': async () => given.proof ?? proofOf(5),
      };
      response.setHeader('tidegate-version', '1.0.0').end(JSON.stringify(await known[pathname]?.()));
    });
    let out = '';
    const line = (text = '') => {
      out += text;
    };
    const context = {
      terminal: { out: { line }, err: { line } },
      environment: { url: `http://${address}`, token: new Secret('tdg_x') },
      directory: folder,
      interrupted: new AbortController().signal,
    } as unknown as Context;
    const { record, since, key } = wish;
    const code = await prove(context, record, { ...(since !== undefined && { since }), ...(key !== undefined && { key }) });
    return { code, proof: JSON.parse(out) as { readonly format: string }, paths };
  }

  it('gives a proof that holds', async () => {
    expect(await ask({ since: '3' })).toMatchObject({ code: EXIT.done, proof: { format: GROWTH_FORMAT, size: 3 } });
    expect(await ask({ record: 5, key: SIGNER.verifierKey })).toMatchObject({ code: EXIT.done, proof: { format: PROOF_FORMAT } });
  });

  it.each<[string, Parameters<typeof ask>[0], () => Promise<Answers>, RegExp]>([
    [
      'of a number, that does not hold',
      { since: '3' },
      async () => ({ growth: { ...(await growth(3)), consistency: [] } }),
      /does not begin with the 3 records/,
    ],
    [
      'of another number than the one asked for',
      { since: '3' },
      async () => ({ growth: await growth(4) }),
      /proves what it was with 4 records/,
    ],
    ['of more records than there are', { since: '9' }, async () => ({}), /when it had 9 records: it has 7 records now/],
    [
      'by another key than --key',
      { since: '3', key: SIGNER.verifierKey },
      async () => ({ key: OTHER.verifierKey }),
      /has another key than --key/,
    ],
    [
      'whose own key is not the server\u2019s',
      { since: '3' },
      async () => ({ growth: { ...(await growth(3)), key: OTHER.verifierKey } }),
      /its key is not the one/,
    ],
    [
      'of a record, that does not hold',
      { record: 5 },
      async () => ({ proof: { ...(await proofOf(5)), inclusion: [] } }),
      /does not prove record 5/,
    ],
    ['of another record', { record: 5 }, async () => ({ proof: await proofOf(4) }), /does not prove record 5/],
  ])('gives nobody a proof %s, and ends with 1', async (_what, wish, answers, message) => {
    const asked = ask(wish, await answers());
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toMatchObject({ exitCode: EXIT.failed });
  });

  it('ends with 1 where a checkpoint was kept of another key, and with 2 for what is no checkpoint', async () => {
    writeFileSync(join(folder, 'kept-3'), noteOf(3));
    expect((await ask({ since: join(folder, 'kept-3') })).code).toBe(EXIT.done);
    const changed = ask({ since: join(folder, 'kept-3') }, { key: OTHER.verifierKey });
    await expect(changed).rejects.toThrow("of 3 records, was signed: the ledger's key did not sign that checkpoint");
    await expect(changed).rejects.toMatchObject({ exitCode: EXIT.failed });
    await expect(ask({ since: join(folder, 'ledger.pub') })).rejects.toMatchObject({ exitCode: EXIT.usage });
  });
});

describe('audit export', () => {
  it('has of an empty ledger the head of a table, and asks for no record number 0', async () => {
    const lines: string[] = [];
    for await (const line of filtered({} as ApiClient, { last: '0' }, '1.0.0', 'csv')) lines.push(line);
    expect(lines).toEqual([CSV_HEADER]);
  });
});
