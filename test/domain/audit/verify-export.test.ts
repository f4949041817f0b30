import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ledgerHash } from '../../../adapters/ledger/hashing.ts';
import { parseCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { printLine } from '../../../domain/audit/export-lines.ts';
import { type Facts, leafText } from '../../../domain/audit/record.ts';
import { openNote } from '../../../domain/audit/signed-note.ts';
import { type ExportTrust, type ExportVerdict, ExportVerifier } from '../../../domain/audit/verify-export.ts';
import { canonicalJson } from '../../../domain/canonical.ts';
import type { LedgerEntry } from '../../../domain/ledger.ts';
import { BY_ITS_OWN_KEY, exported, madeExport, newSigner } from '../../support/made-ledger.ts';

const SIGNER = newSigner('tidegate/test');
const COUNT = 48;

function entryOf(index: number): LedgerEntry {
  return {
    key: `release/shop/${index}/vote/rita`,
    action: index % 5 === 0 ? 'image-deletion' : 'vote',
    actor: index % 3 === 0 ? 'rita' : 'tidegate',
    ...(index % 3 === 0 && { authentication: 'token tk_17', requestId: `request-${index}` }),
    application: 'shop',
    release: index,
    planHash: `sha256:${'ab'.repeat(32)}`,
    ...(index % 5 === 0 && { names: ['a', 'b'], tags: ['v1'] }),
    reason: `looks “good” ${index}`,
    at: '2026-01-01T00:00:00.000Z',
  };
}

const LINES = madeExport(
  Array.from({ length: COUNT }, (_, index) => entryOf(index)),
  SIGNER,
  10,
);
/** Where records stand among the lines. */
const RECORDS = LINES.flatMap((line, at) => (line.includes('"sequence":') ? [at] : []));

function verdictOn(text: string, trust: ExportTrust = BY_ITS_OWN_KEY): ExportVerdict {
  const lines = text.split('\n');
  const rest = lines.pop();
  const verifier = new ExportVerifier(trust);
  for (const line of lines) if (!verifier.take(line)) break;
  if (rest !== '' && rest !== undefined) verifier.take(rest);
  return verifier.finish(rest === '');
}

/** The export with some records (from 0) replaced by other lines. */
function withRecords(changed: ReadonlyMap<number, string>): string {
  const lines = [...LINES];
  for (const [record, line] of changed) lines[RECORDS[record] ?? -1] = line;
  return lines.join('');
}

const lineOf = (record: number) => LINES[RECORDS[record] ?? -1] ?? '';
const places = fc.integer({ min: 0, max: COUNT - 1 });

/** A thousand changes altogether. */
const RUNS = { numRuns: 250 };

describe('an export of the ledger', () => {
  it('is found whole as it was written, down to its last byte', () => {
    const verdict = verdictOn(LINES.join(''));
    expect(verdict).toMatchObject({ kind: 'whole', checkpoint: { origin: 'tidegate/test', size: COUNT }, erased: 0 });
  });

  it('is found changed by any one byte of any of its records, and the record is named', () => {
    fc.assert(
      fc.property(places, fc.nat(), fc.integer({ min: 1, max: 255 }), (record, at, mask) => {
        const bytes = Buffer.from(lineOf(record));
        const place = at % (bytes.length - 1);
        bytes[place] = (bytes[place] ?? 0) ^ mask;
        const verdict = verdictOn(withRecords(new Map([[record, bytes.toString()]])));
        expect(verdict).toMatchObject({ kind: 'broken', record: record + 1 });
      }),
      RUNS,
    );
  });

  it('is found changed by any one byte anywhere in it, its header and its checkpoints included', () => {
    const short = Buffer.from(madeExport([entryOf(0), entryOf(1)], SIGNER, 1).join(''));
    const unseen: number[] = [];
    for (let at = 0; at < short.length; at++) {
      const bytes = Buffer.from(short);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      if (verdictOn(bytes.toString()).kind !== 'broken') unseen.push(at);
    }
    expect(unseen).toEqual([]);
  });

  it.each<[string, (facts: Facts) => object]>([
    ['a list replaced by the text of its hash', (facts) => ({ ...facts, names: ledgerHash(canonicalJson(facts.names)) })],
    ['a list taken out', ({ names: _, ...facts }) => facts],
    ['a list of other things than texts', (facts) => ({ ...facts, names: [['a', 'b']] })],
    ['a number more, named as one of the leaf', (facts) => ({ ...facts, sequence: 7 })],
    ['a hash more, named as one of the leaf', (facts) => ({ ...facts, personal: 'sha256:00' })],
    ['a version more', (facts) => ({ ...facts, version: 1 })],
    ['lists more, named as those of the leaf', (facts) => ({ ...facts, lists: {} })],
    ['somebody who did it, in its facts', (facts) => ({ ...facts, actor: 'eve' })],
    ['a number in place of its text', (facts) => ({ ...facts, release: '0' })],
  ])('is found changed by %s', (_, edit) => {
    const record = exported(entryOf(0), 1);
    const edited = { ...record, facts: edit(record.facts) };
    expect(verdictOn(withRecords(new Map([[0, `${canonicalJson(edited)}\n`]])))).toMatchObject({ kind: 'broken', record: 1 });
  });

  it('gives no two records the same leaf, whatever their facts are', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.array(fc.string(), { maxLength: 2 }));
    const names = fc.constantFrom('names', 'facts', 'lists', 'sequence', 'personal', 'version');
    const facts = fc.dictionary(names, value, { maxKeys: 3 });
    const leaf = (given: object) => leafText({ sequence: 1, commitment: 'c', facts: given as Facts }, ledgerHash);
    fc.assert(
      fc.property(facts, facts, (one, other) => {
        expect(leaf(one) === leaf(other)).toBe(canonicalJson(one) === canonicalJson(other));
      }),
    );
    expect(leaf({ names: ['a'] })).not.toBe(leaf({ names: ledgerHash('["a"]') }));
  });

  it('is found to lack any one record, which is named', () => {
    fc.assert(
      fc.property(places, (record) => {
        expect(verdictOn(withRecords(new Map([[record, '']])))).toMatchObject({ kind: 'broken', record: record + 1 });
      }),
      RUNS,
    );
  });

  it('is found out of order when any two records changed places, and the first is named', () => {
    fc.assert(
      fc.property(places, places, (one, other) => {
        fc.pre(one !== other);
        const swapped = new Map([
          [one, lineOf(other)],
          [other, lineOf(one)],
        ]);
        expect(verdictOn(withRecords(swapped))).toMatchObject({ kind: 'broken', record: Math.min(one, other) + 1 });
      }),
      RUNS,
    );
  });

  it('is found cut off anywhere, between records and within them', () => {
    const text = LINES.join('');
    fc.assert(
      fc.property(fc.nat(text.length - 1), (end) => {
        expect(verdictOn(text.slice(0, end)).kind).toBe('broken');
      }),
      RUNS,
    );
    const beforeRecord = LINES.slice(0, RECORDS[29]).join('');
    expect(verdictOn(beforeRecord)).toMatchObject({ kind: 'broken', record: 30 });
    expect(verdictOn('')).toMatchObject({ kind: 'broken', reason: 'it is empty' });
  });

  it('is found forged when a record was changed together with its hash, between two checkpoints', () => {
    const forged = printLine(exported({ ...entryOf(34), reason: 'I never looked' }, 35));
    const verdict = verdictOn(withRecords(new Map([[34, forged]])));
    expect(verdict).toMatchObject({
      kind: 'broken',
      reason: expect.stringContaining('the records 31 to 40 are not those of a checkpoint'),
    });
  });

  it('is found forged when all of it was made anew, by the key or by a checkpoint that was kept', () => {
    const forger = newSigner('tidegate/test');
    const entries = Array.from({ length: 20 }, (_, index) => entryOf(index));
    const forged = madeExport([...entries.slice(0, 12), { ...entryOf(12), actor: 'eve' }, ...entries.slice(13)], forger, 10).join('');
    expect(verdictOn(forged).kind).toBe('whole');
    const ours = (key: string) => (key === SIGNER.verifierKey ? SIGNER.verifier : undefined);
    expect(verdictOn(forged, { ...BY_ITS_OWN_KEY, verifier: ours })).toMatchObject({ kind: 'broken', line: 1 });
    const header = JSON.parse(madeExport(entries, SIGNER, 10)[0] ?? '') as { checkpoint: string };
    const kept = parseCheckpoint(openNote(header.checkpoint, SIGNER.verifier) ?? '');
    if (kept === undefined) throw new Error('The made export has no checkpoint');
    expect(verdictOn(forged, { ...BY_ITS_OWN_KEY, kept })).toMatchObject({
      kind: 'broken',
      reason: expect.stringContaining('not those of the checkpoint that you kept'),
    });
    const shorter = madeExport(entries.slice(0, 10), SIGNER, 10).join('');
    expect(verdictOn(shorter, { ...BY_ITS_OWN_KEY, kept })).toMatchObject({ kind: 'broken', record: 11 });
  });

  it('takes records without who and why only where a later record says that they were erased', () => {
    const entries = [entryOf(0), entryOf(1), { ...entryOf(2), action: 'personal-data-erased' as const, names: ['2'] }];
    const lines = madeExport(entries, SIGNER, 10);
    const withoutPerson = (line: string) => {
      const { personal: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return `${JSON.stringify(rest)}\n`;
    };
    const erased = lines.map((line, at) => (at === 2 ? withoutPerson(line) : line)).join('');
    expect(erased).not.toContain('looks “good” 1"');
    expect(verdictOn(erased)).toMatchObject({ kind: 'whole', erased: 1 });
    const removed = lines.map((line, at) => (at === 1 ? withoutPerson(line) : line)).join('');
    expect(verdictOn(removed)).toMatchObject({ kind: 'broken', record: 1, reason: expect.stringContaining('no later record says') });
  });

  it('keeps names and reasons out of what is hashed, and notices when they change all the same', () => {
    const record = exported(entryOf(0), 1);
    const { personal, ...leaf } = record;
    expect(JSON.stringify(leaf)).not.toContain('rita');
    expect(JSON.stringify(leaf)).not.toContain('good');
    expect(personal).toMatchObject({ actor: 'rita', authentication: 'token tk_17', reason: 'looks “good” 0' });
    const edited = printLine({
      ...record,
      personal: { ...personal, reason: 'no reason', actor: 'rita', key: personal?.key ?? '', salt: personal?.salt ?? '' },
    });
    expect(verdictOn(withRecords(new Map([[0, edited]])))).toMatchObject({
      record: 1,
      reason: 'who did it, how they were known, or why, was changed',
    });
  });

  it('is found broken by what stands where nothing of the kind belongs', () => {
    const lines = madeExport([entryOf(0), entryOf(1)], SIGNER, 1);
    const [header = '', first = '', afterFirst = '', second = '', afterSecond = ''] = lines;
    const verdict = (...some: string[]) => verdictOn(some.join(''));
    const broken = (line: number, reason: string, more: object = {}) => ({ kind: 'broken', line, reason, ...more });
    expect(lines).toHaveLength(5);
    expect(verdict(...lines).kind).toBe('whole');
    expect(verdict(first)).toStrictEqual(broken(1, 'the first line is no header'));
    expect(verdict('nonsense\n')).toStrictEqual(broken(1, 'the line is not as an export has it'));
    expect(verdict(header, header)).toStrictEqual(broken(2, 'there is a second header'));
    expect(verdict(header, 'nonsense\n')).toStrictEqual(broken(2, 'the line is not as an export has it', { record: 1 }));
    expect(verdict(...lines, 'nonsense\n')).toStrictEqual(broken(6, 'the line is not as an export has it'));
    expect(verdict(header, second)).toStrictEqual(broken(2, 'record 1 is missing; record 2 stands in its place', { record: 1 }));
    expect(verdict(header, afterFirst)).toStrictEqual(broken(2, 'a checkpoint of 1 records stands after record 0', { record: 1 }));
    expect(verdict(header, first, second, afterFirst)).toStrictEqual(broken(4, 'a checkpoint of 1 records stands after record 2'));
    expect(verdict(header, first, afterFirst)).toStrictEqual(broken(3, 'it has 1 records, and its checkpoint is of 2', { record: 2 }));
    expect(verdict(...lines, second.replace('"sequence":2', '"sequence":3'))).toMatchObject({ kind: 'broken', line: 6, record: 3 });
    expect(verdict(header, first, second, afterSecond)).toStrictEqual(broken(4, 'of 2 earlier checkpoints it has 1'));
    expect(verdict(header, first, afterFirst, second, afterSecond.slice(0, -1))).toStrictEqual(
      broken(5, 'its last line is cut off', { record: 2 }),
    );
  });

  it('is found to have records more than its checkpoint is of', () => {
    const [header = ''] = madeExport([entryOf(0)], SIGNER, 10);
    const [, ...records] = madeExport([entryOf(0), entryOf(1)], SIGNER, 10);
    expect(verdictOn([header, ...records].join(''))).toMatchObject({
      kind: 'broken',
      record: 2,
      reason: 'it has 2 records, and its checkpoint is of 1',
    });
  });

  it('is found forged by the checkpoint in its header alone, where no other is there', () => {
    const [header = ''] = madeExport([entryOf(0), entryOf(1)], SIGNER, 10);
    const [, first = ''] = madeExport([entryOf(0)], SIGNER, 10);
    const [, , other = ''] = madeExport([entryOf(0), { ...entryOf(1), reason: 'another' }], SIGNER, 10);
    const verdict = verdictOn([header, first, other].join(''));
    expect(verdict).toMatchObject({
      kind: 'broken',
      line: 3,
      reason: expect.stringContaining('not those of the checkpoint in its header'),
    });
    expect(verdict).not.toHaveProperty('record');
    const [alone = ''] = madeExport([entryOf(0)], SIGNER, 10);
    const [, another = ''] = madeExport([{ ...entryOf(0), reason: 'another' }], SIGNER, 10);
    expect(verdictOn([alone, another].join(''))).toMatchObject({ kind: 'broken', line: 2, record: 1 });
  });

  it('is found signed by nobody who is trusted, header and checkpoints alike', () => {
    const entries = [entryOf(0), entryOf(1)];
    const [header = '', first = '', ...rest] = madeExport(entries, SIGNER, 1);
    const [theirs = '', , checkpoint = ''] = madeExport(entries, newSigner('tidegate/test'), 1);
    const ours = (key: string) => (key === SIGNER.verifierKey ? SIGNER.verifier : undefined);
    const trust = { ...BY_ITS_OWN_KEY, verifier: ours };
    expect(verdictOn([theirs, first, ...rest].join(''), trust)).toStrictEqual({
      kind: 'broken',
      line: 1,
      reason: 'its key is not the one that it is to be checked with',
    });
    const mixed = theirs.replace(/"key":"[^"]*"/, JSON.stringify({ key: SIGNER.verifierKey }).slice(1, -1));
    expect(verdictOn([mixed, first, ...rest].join(''), trust)).toStrictEqual({
      kind: 'broken',
      line: 1,
      reason: 'the checkpoint in its header is not signed by the key',
    });
    expect(verdictOn([header, first, checkpoint].join(''), trust)).toStrictEqual({
      kind: 'broken',
      line: 3,
      reason: 'the checkpoint is not signed by the key',
    });
  });

  it('is found to be shorter than the checkpoint that was kept, and whole with one that it holds', () => {
    const keptOf = (count: number) => {
      const entries = Array.from({ length: count }, (_, index) => entryOf(index));
      const { checkpoint } = JSON.parse(madeExport(entries, SIGNER, 10)[0] ?? '') as { checkpoint: string };
      const kept = parseCheckpoint(openNote(checkpoint, SIGNER.verifier) ?? '');
      if (kept === undefined) throw new Error('The made export has no checkpoint');
      return kept;
    };
    const two = madeExport([entryOf(0), entryOf(1)], SIGNER, 10).join('');
    expect(verdictOn(two, { ...BY_ITS_OWN_KEY, kept: keptOf(3) })).toStrictEqual({
      kind: 'broken',
      line: 1,
      record: 3,
      reason: 'it has 2 records, and the checkpoint that you kept is of 3',
    });
    for (const size of [0, 1, 2]) expect(verdictOn(two, { ...BY_ITS_OWN_KEY, kept: keptOf(size) }).kind).toBe('whole');
    const empty = { ...keptOf(0), root: keptOf(1).root };
    expect(verdictOn(two, { ...BY_ITS_OWN_KEY, kept: empty })).toMatchObject({ kind: 'broken', line: 1 });
  });

  it('takes only a record of the erasing for what erases', () => {
    const entries = [entryOf(0), { ...entryOf(1), names: ['1'] }, { ...entryOf(2), action: 'personal-data-erased' as const }];
    const lines = madeExport(entries, SIGNER, 10).map((line, at) => {
      const { personal: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return at === 1 ? `${JSON.stringify(rest)}\n` : line;
    });
    expect(verdictOn(lines.join(''))).toMatchObject({ kind: 'broken', line: 2, record: 1 });
  });
});
