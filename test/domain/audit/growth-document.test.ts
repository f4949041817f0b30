import { describe, expect, it } from '@jest/globals';
import { LEDGER_TREE } from '../../../adapters/ledger/hashing.ts';
import { printCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { GROWTH_FORMAT, type GrowthDocument, isGrowth, verifyGrowth } from '../../../domain/audit/growth-document.ts';
import { toBase64 } from '../../../domain/merkle/base64.ts';
import { noteBy, verifierOf } from './made-notes.ts';

const leaf = (text: string) => LEDGER_TREE.leaf(Buffer.from(text));
const first = LEDGER_TREE.node(leaf('a'), leaf('b'));
const root = LEDGER_TREE.node(first, leaf('c'));
const checkpoint = { origin: 'ours', size: 3, root };
const GROWTH: GrowthDocument = {
  format: GROWTH_FORMAT,
  size: 2,
  root: toBase64(first),
  consistency: [toBase64(leaf('c'))],
  checkpoint: noteBy('ours', printCheckpoint(checkpoint)),
  key: 'ours',
};
const trust = { verifier: (key: string) => (key === 'ours' ? verifierOf('ours') : undefined), tree: LEDGER_TREE };
const verdict = (more: Partial<GrowthDocument>, kept?: { origin: string; size: number; root: Uint8Array }) =>
  verifyGrowth({ ...GROWTH, ...more }, { ...trust, ...(kept !== undefined && { kept }) });
const broken = (reason: string) => ({ kind: 'broken', reason });

describe('a proof that a ledger has only grown', () => {
  it('leads from what it was to a checkpoint, and from one that was kept', () => {
    expect(GROWTH_FORMAT).toBe('tidegate-growth/1');
    expect(verdict({})).toEqual({ kind: 'whole', checkpoint });
    expect(verdict({}, { origin: 'ours', size: 2, root: first })).toEqual({ kind: 'whole', checkpoint });
  });

  it('shows nothing by another key, or by a checkpoint that the key did not sign', () => {
    expect(verdict({ key: 'theirs' })).toEqual(broken('its key is not the one that it is to be checked with'));
    expect(verdict({ checkpoint: 'x' })).toEqual(broken('its checkpoint is not signed by the key'));
  });

  it('shows nothing from elsewhere than the checkpoint that was kept', () => {
    const elsewhere = (size: number) => broken(`it does not begin at the checkpoint that you kept, which is of ${size} records`);
    expect(verdict({}, { origin: 'ours', size: 1, root: first })).toEqual(elsewhere(1));
    expect(verdict({}, { origin: 'ours', size: 2, root })).toEqual(elsewhere(2));
    expect(verdict({ root: '!' }, { origin: 'ours', size: 2, root: first })).toEqual(elsewhere(2));
  });

  it('shows nothing by another beginning, or by another path', () => {
    const not = broken('the ledger does not begin with the 2 records that it had then');
    expect(verdict({ root: toBase64(root) })).toEqual(not);
    expect(verdict({ root: '!' })).toEqual(not);
    expect(verdict({ consistency: [] })).toEqual(not);
    expect(verdict({ consistency: ['!', toBase64(leaf('c'))] })).toEqual(not);
    expect(verdict({ size: 0, root: '!', consistency: [] })).toMatchObject({ kind: 'broken' });
  });
});

describe('what was read', () => {
  it('is such a proof with all its members', () => {
    expect(isGrowth(GROWTH)).toBe(true);
    expect(isGrowth({ ...GROWTH, consistency: [] })).toBe(true);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['nothing at all', undefined],
    ['a text', 'growth'],
    ['another format', { ...GROWTH, format: 'tidegate-growth/2' }],
    ['a size in pieces', { ...GROWTH, size: 1.5 }],
    ['a size that is a text', { ...GROWTH, size: '2' }],
    ['a root that is no text', { ...GROWTH, root: 1 }],
    ['a path that is a text', { ...GROWTH, consistency: 'x' }],
    ['a path of numbers', { ...GROWTH, consistency: ['x', 1] }],
    ['a checkpoint that is no text', { ...GROWTH, checkpoint: 1 }],
    ['a key that is no text', { ...GROWTH, key: 1 }],
  ])('is none with %s', (_, value) => {
    expect(isGrowth(value)).toBe(false);
  });
});
