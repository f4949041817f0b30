import { describe, expect, it } from '@jest/globals';
import { ledgerHash } from '../../../adapters/ledger/hashing.ts';
import { EXPORT_FORMAT, parseLine, printLine } from '../../../domain/audit/export-lines.ts';
import { ERASED, entryOf, erasedKey, isUnaltered, leafText, toRecord } from '../../../domain/audit/record.ts';
import { hasExactly, isLedgerRecord } from '../../../domain/audit/record-form.ts';
import { canonicalJson } from '../../../domain/canonical.ts';
import type { LedgerEntry } from '../../../domain/ledger.ts';
import { exported } from '../../support/made-ledger.ts';

const ENTRY: LedgerEntry = {
  key: 'k',
  action: 'vote',
  actor: 'rita',
  authentication: 'token 1',
  application: 'shop',
  release: 3,
  stage: 'production',
  environment: 'prod',
  image: 'r/web@sha256:0',
  planHash: 'p',
  requestId: 'q',
  names: ['a', 'b'],
  parts: ['c'],
  tags: [],
  reason: 'good',
  at: '2026-01-01T00:00:00.000Z',
};
const RECORD = toRecord(ENTRY, 7, 'salt', ledgerHash);

describe('a record of the ledger', () => {
  it('is the entry, what names a person apart', () => {
    expect(entryOf(RECORD)).toStrictEqual(ENTRY);
    const { authentication: _, ...unknown } = ENTRY;
    expect(Object.keys(toRecord(unknown, 7, 'salt', ledgerHash).personal)).toEqual(['key', 'actor', 'reason', 'salt']);
    expect(JSON.stringify(RECORD.facts)).not.toContain('rita');
  });

  it('is told without who and why once that was erased, and found by its place', () => {
    const { personal: _, ...erased } = RECORD;
    expect(entryOf(erased)).toMatchObject({ key: 'erased/7', actor: '(erased)', reason: '(erased)', application: 'shop' });
    expect([erasedKey(7), ERASED]).toEqual(['erased/7', '(erased)']);
    expect(isUnaltered(erased, ledgerHash)).toBe(true);
    expect(isUnaltered({ ...RECORD, personal: { ...RECORD.personal, actor: 'eve' } }, ledgerHash)).toBe(false);
  });

  it('has lists in its leaf as hashes alone', () => {
    const leaf = JSON.parse(leafText(RECORD, ledgerHash)) as Record<string, Record<string, unknown>>;
    expect(Object.keys(leaf)).toEqual(['facts', 'lists', 'personal', 'sequence', 'version']);
    expect(Object.keys(Object(leaf.facts))).toEqual([
      'action',
      'application',
      'at',
      'environment',
      'image',
      'planHash',
      'release',
      'requestId',
      'stage',
    ]);
    expect(leaf.lists).toEqual({ names: ledgerHash('["a","b"]'), parts: ledgerHash('["c"]'), tags: ledgerHash('[]') });
    expect(leaf.version).toBe(2);
  });
});

describe('what was read', () => {
  const { personal, facts, ...rest } = RECORD;
  const withFacts = (more: object) => ({ ...RECORD, facts: { ...facts, ...more } });
  const without = (name: keyof typeof facts) => Object.fromEntries(Object.entries(facts).filter(([key]) => key !== name));

  it.each<[string, unknown]>([
    ['all that it can say', RECORD],
    ['nobody', { ...rest, facts }],
    ['nobody’s credential', { ...RECORD, personal: toRecord({ ...ENTRY, authentication: 'x' }, 1, '', ledgerHash).personal }],
    ['an action and a time alone', { ...RECORD, facts: { action: 'vote', at: 'then' } }],
  ])('is a record with %s', (_, value) => {
    expect(isLedgerRecord(value)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'record'],
    ['a list', [RECORD]],
    ['a member more', { ...RECORD, more: 1 }],
    ['no commitment', { sequence: 1, personal, facts }],
    ['a commitment that is a number', { ...RECORD, commitment: 1 }],
    ['a sequence that is a text', { ...RECORD, sequence: '1' }],
    ['a sequence that is null', { ...RECORD, sequence: null }],
    ['no facts', { ...rest, personal }],
    ['a list of facts', { ...RECORD, facts: [] }],
    ['no action', { ...RECORD, facts: without('action') }],
    ['no time', { ...RECORD, facts: without('at') }],
    ['a fact that no record has', withFacts({ more: 'x' })],
    ['a fact of every object', withFacts({ constructor: 'x' })],
    ['a release that is a text', withFacts({ release: '3' })],
    ['an application that is a number', withFacts({ application: 3 })],
    ['a stage that is null', withFacts({ stage: null })],
    ['names that are a text', withFacts({ names: 'a' })],
    ['names that are no texts', withFacts({ names: ['a', 1] })],
    ['somebody who is a text', { ...RECORD, personal: 'rita' }],
    ['somebody without a name', { ...RECORD, personal: { key: 'k', reason: 'r', salt: 's' } }],
    ['somebody with more', { ...RECORD, personal: { ...personal, more: 'x' } }],
    ['a credential that is no text', { ...RECORD, personal: { ...personal, authentication: 1 } }],
    ['a reason that is no text', { ...RECORD, personal: { ...personal, reason: 1 } }],
    ['nobody, as null', { ...RECORD, personal: null }],
  ])('is no record with %s', (_, value) => {
    expect(isLedgerRecord(value)).toBe(false);
  });

  it.each(['action', 'application', 'at', 'environment', 'image', 'planHash', 'requestId', 'stage'])('has a text as its %s', (name) => {
    expect(isLedgerRecord(withFacts({ [name]: 'x' }))).toBe(true);
    for (const wrong of [1, ['x']]) expect(isLedgerRecord(withFacts({ [name]: wrong }))).toBe(false);
  });

  it.each(['names', 'parts', 'tags'])('has a list of texts as its %s', (name) => {
    expect(isLedgerRecord(withFacts({ [name]: ['x'] }))).toBe(true);
    expect(isLedgerRecord(withFacts({ [name]: 'x' }))).toBe(false);
  });

  it('has exactly the members that are asked for, of their types', () => {
    expect(hasExactly({ a: 'x', b: 1 }, { a: 'string', b: 'number' })).toBe(true);
    for (const other of [{ a: 'x' }, { a: 'x', b: 1, c: 1 }, { a: 1, b: 1 }, { a: 'x', c: 1 }, { a: null, b: 1 }])
      expect(hasExactly(other, { a: 'string', b: 'number' })).toBe(false);
    expect(hasExactly({ a: null }, { a: 'object' })).toBe(false);
  });
});

describe('a line of an export', () => {
  const header = { format: EXPORT_FORMAT, checkpoint: 'note', key: 'key', checkpoints: 2 } as const;
  const record = exported(ENTRY, 7);
  const read = (line: object) => parseLine(printLine(line as typeof header).slice(0, -1));

  it('is a header, a record or a checkpoint, as it was written', () => {
    expect(EXPORT_FORMAT).toBe('tidegate-ledger/1');
    expect(read(header)).toEqual({ kind: 'header', header });
    expect(read(record)).toEqual({ kind: 'record', record });
    expect(read({ checkpoint: 'note' })).toEqual({ kind: 'checkpoint', note: 'note' });
  });

  it.each<[string, string]>([
    ['no JSON', '{'],
    ['a text', '"x"'],
    ['a number', '7'],
    ['null', 'null'],
    ['a list', '[]'],
    ['something else', '{"a":1}'],
    ['a checkpoint that is no text', '{"checkpoint":1}'],
    ['white space more', ` ${canonicalJson({ checkpoint: 'note' })}`],
    ['members in another order', JSON.stringify(Object.fromEntries(Object.entries(record).reverse()))],
    ['a member twice', '{"checkpoint":"a","checkpoint":"a"}'],
    ['another format', canonicalJson({ ...header, format: 'tidegate-ledger/2' })],
    ['a header with more', canonicalJson({ ...header, more: 1 })],
    ['a record without its hash', canonicalJson(RECORD)],
    ['a record whose hash is a number', canonicalJson({ ...record, hash: 1 })],
    ['a record with more', canonicalJson({ ...record, more: 1 })],
  ])('is not %s', (_, text) => {
    expect(parseLine(text)).toBeUndefined();
  });
});
