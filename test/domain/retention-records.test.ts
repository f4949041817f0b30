import { describe, expect, it } from '@jest/globals';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Deletion } from '../../domain/retention.ts';
import { entriesLeft, hasBegun, namesConfirmed, pastDeletions, runEnds, timesNotDone, worthLooking } from '../../domain/retention-past.ts';
import { confirmationEntries, deletionEntry, endEntry, notDoneEntry, recordsOf } from '../../domain/retention-records.ts';
import { countRows, fitting, inOrder, type RetentionRow } from '../../domain/retention-report.ts';
import { digestNumber } from './arbitraries.ts';
import { daysAgo, REPOSITORY } from './retention-arbitraries.ts';

const RUN = { id: 'night-1', actor: 'tidegate' };
const AT = daysAgo(1);

function deletionOf(n: number, tags: readonly string[] = [], parts: readonly number[] = []): Deletion {
  const reasons = [{ kind: 'goes-with-deleted', bond: 'child', lead: digestNumber(99) }] as const;
  return {
    kind: 'manifest',
    digest: digestNumber(n),
    tags,
    parts: parts.map((part) => ({ digest: digestNumber(part), bond: 'referrer' })),
    reasons,
  };
}

const recorded = (n: number, more: Partial<LedgerEntry> = {}) => ({
  ...deletionEntry(REPOSITORY, RUN, deletionOf(n, [`t${n}`], [n + 100]), AT),
  ...more,
});
const ended = (run = RUN) => endEntry(REPOSITORY, run, { done: [], undone: [] }, AT);

describe('the records of retention', () => {
  it('begin with their repository, and with that of no other', () => {
    expect(recorded(1).key.startsWith(recordsOf(REPOSITORY))).toBe(true);
    expect(recorded(1).key.startsWith(recordsOf('registry.test/shop'))).toBe(false);
    expect(recorded(1).key.startsWith(recordsOf('registry.test/shop/we'))).toBe(false);
  });

  it('have one key for one deletion of a run, so that it is written once however often the run begins again', () => {
    expect(recorded(1, { at: daysAgo(0) }).key).toBe(recorded(1).key);
    expect(deletionEntry(REPOSITORY, { ...RUN, id: 'night-2' }, deletionOf(1), AT).key).not.toBe(recorded(1).key);
    expect(new Set([recorded(1), recorded(2), ended()].map(({ key }) => key)).size).toBe(3);
  });

  it('tell what was deleted since the last end of a run, with what went with it', () => {
    const past = pastDeletions([recorded(1), ended(), recorded(2), recorded(3)]);
    expect(past.departed).toEqual(
      [2, 3].map((n) => ({ digest: digestNumber(n), parts: [{ digest: digestNumber(n + 100), bond: 'child' }] })),
    );
    expect([...past.gone.keys()]).toEqual([digestNumber(1)]);
    expect(pastDeletions([])).toEqual({ departed: [], gone: new Map() });
  });

  it('spare a look for what was deleted since it was released, and not for what was released again', () => {
    const past = pastDeletions([recorded(1, { at: daysAgo(10) }), recorded(2, { at: daysAgo(10) }), ended()]);
    const release = (n: number, days: number) => ({
      application: 'shop',
      number: n,
      createdAt: daysAgo(days),
      images: [{ repository: REPOSITORY, digest: digestNumber(n) }],
    });
    expect(worthLooking([release(1, 30), release(2, 5), release(3, 30)], past)).toEqual([2, 3].map(digestNumber));
  });

  it('say of a run what it deleted, and what was kept after all', () => {
    const tag: Deletion = {
      kind: 'tag',
      name: 'feature',
      digest: digestNumber(7),
      reasons: [{ kind: 'tag-past-rules', rule: { tags: [] } }],
    };
    const records = [recorded(1), recorded(2), deletionEntry(REPOSITORY, RUN, tag, AT)];
    const contents = {
      repository: REPOSITORY,
      // The name of the tag is in use again, for something else.
      tags: [
        { kind: 'naming', name: 't2', digest: digestNumber(2) } as const,
        { kind: 'naming', name: 'feature', digest: digestNumber(8) } as const,
      ],
      manifests: [{ kind: 'image', digest: digestNumber(2) } as const],
      departed: [],
    };
    const left = entriesLeft(records, contents, AT);
    expect(left.map(({ key, action }) => [key, action])).toEqual([[`${recorded(2).key}/not-done`, 'deletion-not-done']]);
    expect(entriesLeft([...records, ...left], contents, AT)).toEqual([]);
    const ends = runEnds([...records, ...left], RUN, contents);
    expect(ends.done.map((row) => row.tag)).toEqual(['t1', 'feature']);
    expect(ends.undone.map((row) => row.tag)).toEqual(['t2']);
    expect(endEntry(REPOSITORY, RUN, ends, AT).reason).toBe('2 deleted; kept after all: t2');
    expect(hasBegun(records, RUN, REPOSITORY)).toBe(true);
    expect(hasBegun(records, { ...RUN, id: 'night' }, REPOSITORY)).toBe(false);
  });
});

describe('a record that was taken back', () => {
  const takenBack = notDoneEntry(recorded(2), 'it runs in production', AT);

  it('is looked for no more as a deletion, neither before the end of its run nor after it', () => {
    expect(pastDeletions([recorded(1), recorded(2), takenBack]).departed.map(({ digest }) => digest)).toEqual([digestNumber(1)]);
    expect([...pastDeletions([recorded(1), recorded(2), takenBack, ended()]).gone.keys()]).toEqual([digestNumber(1)]);
  });

  it('lets the same deletion be recorded once more, under a key of its own, and carried out then', () => {
    const times = timesNotDone([recorded(2), takenBack], REPOSITORY, RUN, deletionOf(2));
    expect(times).toBe(1);
    const again = deletionEntry(REPOSITORY, RUN, deletionOf(2, ['t2'], [102]), AT, times);
    expect(again.key).not.toBe(recorded(2).key);
    expect(timesNotDone([takenBack, notDoneEntry(again, 'again', AT)], REPOSITORY, RUN, deletionOf(2))).toBe(2);
    expect(pastDeletions([recorded(2), takenBack, again]).departed.map(({ digest }) => digest)).toEqual([digestNumber(2)]);
    const ends = runEnds([recorded(2), takenBack, again], RUN, { repository: REPOSITORY, tags: [], manifests: [], departed: [] });
    expect(ends.done.map(({ tag }) => tag)).toEqual(['t2']);
  });

  it('says nothing of a tag whose name begins alike', () => {
    const tag = (name: string): Deletion => ({ kind: 'tag', name, digest: digestNumber(7), reasons: [] });
    const back = notDoneEntry(deletionEntry(REPOSITORY, RUN, tag('feature-2'), AT), 'moved', AT);
    expect(timesNotDone([back], REPOSITORY, RUN, tag('feature'))).toBe(0);
    expect(timesNotDone([back], REPOSITORY, RUN, tag('feature-2'))).toBe(1);
  });
});

describe('a confirmation', () => {
  it('is read back as it was given, however many records it takes', () => {
    const names = Array.from({ length: 2_500 }, (_, n) => digestNumber(n));
    const entries = confirmationEntries({ repository: REPOSITORY, run: RUN, planHash: 'seen', names }, AT);
    expect(entries.map(({ reason }) => reason)).toEqual([1, 2, 3].map((part) => `2500 to be deleted, part ${part} of 3`));
    expect(namesConfirmed(entries, RUN, REPOSITORY)).toEqual(names);
    expect(namesConfirmed(entries, { ...RUN, id: 'night-2' }, REPOSITORY)).toEqual([]);
    expect(namesConfirmed(entries.slice(0, 2), RUN, REPOSITORY)).toHaveLength(2_000);
  });
});

describe('a report', () => {
  const row = (tag: string, outcome: RetentionRow['outcome']): RetentionRow => ({ tag, outcome, reasons: [] });

  it('has deletions first, and counts everything', () => {
    const rows = inOrder([row('b', 'kept'), row('z', 'deleted'), row('a', 'kept'), row('m', 'stays'), row('c', 'deleted')]);
    expect(rows.map(({ tag }) => tag)).toEqual(['c', 'z', 'm', 'a', 'b']);
    expect(countRows(rows)).toEqual({ kept: 2, deleted: 2, stays: 1 });
  });

  it('has as many rows as there is room for', () => {
    const rows = ['a', 'b', 'c'].map((tag) => row(tag, 'kept'));
    const one = JSON.stringify(rows[0]).length + 1;
    expect([0, one - 1, one, 2 * one, 99 * one].map((room) => fitting(rows, room).length)).toEqual([0, 0, 1, 2, 3]);
  });
});
