import { describe, expect, it } from '@jest/globals';
import { LEDGER_TREE, ledgerHash } from '../../../adapters/ledger/hashing.ts';
import { printCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { isProof, PROOF_FORMAT, type ProofDocument, type ProofTrust, verifyProof } from '../../../domain/audit/proof-document.ts';
import { leafText, toRecord } from '../../../domain/audit/record.ts';
import { toBase64 } from '../../../domain/merkle/base64.ts';
import { noteBy, verifierOf } from './made-notes.ts';

const record = (sequence: number) =>
  toRecord({ key: `k${sequence}`, action: 'vote', actor: 'rita', reason: 'good', at: 'then' }, sequence, 'salt', ledgerHash);
const leaf = (sequence: number) => LEDGER_TREE.leaf(Buffer.from(leafText(record(sequence), ledgerHash)));
const root = LEDGER_TREE.node(leaf(1), leaf(2));
const checkpoint = { origin: 'ours', size: 2, root };

const PROOF: ProofDocument = {
  format: PROOF_FORMAT,
  record: record(2),
  inclusion: [toBase64(leaf(1))],
  checkpoint: noteBy('ours', printCheckpoint(checkpoint)),
  key: 'ours',
};
const TRUST: ProofTrust = {
  verifier: (key) => (key === 'ours' ? verifierOf('ours') : undefined),
  hash: ledgerHash,
  tree: LEDGER_TREE,
  toBytes: (text) => Buffer.from(text),
};
const verdict = (more: Partial<ProofDocument>) => verifyProof({ ...PROOF, ...more }, TRUST);
const broken = (reason: string) => ({ kind: 'broken', reason });

describe('a proof', () => {
  it('shows that a record is in the ledger of a checkpoint', () => {
    expect(PROOF_FORMAT).toBe('tidegate-proof/1');
    expect(verifyProof(PROOF, TRUST)).toEqual({ kind: 'whole', checkpoint });
    expect(verdict({ record: record(1), inclusion: [toBase64(leaf(2))] })).toEqual({ kind: 'whole', checkpoint });
  });

  it('shows it also of a record without who and why, and not of one with another who', () => {
    const { personal, ...erased } = record(2);
    expect(verdict({ record: erased }).kind).toBe('whole');
    expect(verdict({ record: { ...erased, personal: { ...personal, actor: 'eve' } } })).toEqual(
      broken('who did it, how they were known, or why, was changed'),
    );
  });

  it('shows nothing by another key, or by a checkpoint that the key did not sign', () => {
    expect(verdict({ key: 'theirs' })).toEqual(broken('its key is not the one that it is to be checked with'));
    expect(verdict({ checkpoint: noteBy('theirs', printCheckpoint(checkpoint)) })).toEqual(
      broken('its checkpoint is not signed by the key'),
    );
  });

  it('shows nothing of another record, in another place, or by another path', () => {
    const elsewhere = broken('the record is not in the ledger of that checkpoint');
    expect(verdict({ record: { ...record(2), facts: { ...record(2).facts, at: 'now' } } })).toEqual(elsewhere);
    expect(verdict({ record: { ...record(2), sequence: 1 } })).toEqual(elsewhere);
    expect(verdict({ inclusion: [] })).toEqual(elsewhere);
    expect(verdict({ inclusion: [toBase64(leaf(2))] })).toEqual(elsewhere);
    expect(verdict({ inclusion: ['no base64', toBase64(leaf(1))] })).toEqual(elsewhere);
  });
});

describe('what was read', () => {
  it('is a proof with all its members', () => {
    expect(isProof(PROOF)).toBe(true);
    expect(isProof({ ...PROOF, inclusion: [] })).toBe(true);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['nothing at all', undefined],
    ['a text', 'proof'],
    ['another format', { ...PROOF, format: 'tidegate-proof/2' }],
    ['no record', { ...PROOF, record: {} }],
    ['a path that is a text', { ...PROOF, inclusion: 'x' }],
    ['a path of numbers', { ...PROOF, inclusion: ['x', 1] }],
    ['a checkpoint that is no text', { ...PROOF, checkpoint: 1 }],
    ['a key that is no text', { ...PROOF, key: 1 }],
  ])('is no proof with %s', (_, value) => {
    expect(isProof(value)).toBe(false);
  });
});
