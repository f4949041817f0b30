import { describe, expect, it } from '@jest/globals';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Deletion } from '../../domain/retention.ts';
import type { RepositoryContents } from '../../domain/retention-contents.ts';
import { entriesLeft, hasBegun, namesConfirmed, pastDeletions, runEnds, timesNotDone, worthLooking } from '../../domain/retention-past.ts';
import { confirmationEntries, deletionEntry, endEntry, notDoneEntry } from '../../domain/retention-records.ts';
import { digestNumber } from './arbitraries.ts';
import { daysAgo, REPOSITORY } from './retention-arbitraries.ts';

const RUN = { id: 'night-1', actor: 'tidegate' };
const OTHER = { id: 'night-0', actor: 'rita' };
const AT = daysAgo(1);

const ofImage = (n: number, tags: readonly string[] = []): Deletion => ({
  kind: 'manifest',
  digest: digestNumber(n),
  tags,
  parts: [],
  reasons: [],
});
const ofTag = (name: string, n = 7): Deletion => ({ kind: 'tag', name, digest: digestNumber(n), reasons: [] });
const record = (deletion: Deletion, reason = 'old'): LedgerEntry => ({ ...deletionEntry(REPOSITORY, RUN, deletion, AT), reason });
const ended = endEntry(REPOSITORY, RUN, { done: [], undone: [] }, AT);

function holding(manifests: readonly number[], tags: RepositoryContents['tags'] = []): RepositoryContents {
  return { repository: REPOSITORY, manifests: manifests.map((n) => ({ kind: 'image', digest: digestNumber(n) })), tags, departed: [] };
}

const naming = (name: string, n: number) => ({ kind: 'naming', name, digest: digestNumber(n) }) as const;
const left = (entries: readonly LedgerEntry[], contents: RepositoryContents) => entriesLeft(entries, contents, AT).map(({ key }) => key);

describe('what records say of a run', () => {
  it('is that it began once any of them is its own', () => {
    const others = deletionEntry(REPOSITORY, OTHER, ofImage(1), AT);
    expect(hasBegun([others, record(ofImage(2))], RUN, REPOSITORY)).toBe(true);
    expect(hasBegun([others], RUN, REPOSITORY)).toBe(false);
    expect(hasBegun([], RUN, REPOSITORY)).toBe(false);
  });

  it('is what was confirmed, and not what was deleted by those names', () => {
    const confirmed = confirmationEntries({ repository: REPOSITORY, run: RUN, planHash: 'p', names: ['a', 'b'] }, AT);
    const { names: _, ...nameless } = confirmed[0] ?? record(ofImage(1));
    expect(namesConfirmed([record(ofTag('feature')), ...confirmed, { ...nameless }], RUN, REPOSITORY)).toEqual(['a', 'b']);
  });

  it('is how often a deletion was taken back, however often that was and whatever the repository is called', () => {
    const repository = 'registry.test/9/web';
    const again = (times: number) => notDoneEntry(deletionEntry(repository, RUN, ofImage(1), AT, times), 'kept', AT);
    const entries = [again(0), again(1), again(11)];
    expect(timesNotDone(entries, repository, RUN, ofImage(1))).toBe(3);
    expect(timesNotDone(entries, repository, RUN, ofImage(2))).toBe(0);
    expect(
      timesNotDone(
        entries.map((entry) => ({ ...entry, action: 'image-deletion' })),
        repository,
        RUN,
        ofImage(1),
      ),
    ).toBe(0);
  });
});

describe('a deletion of which nobody knows whether it was carried out', () => {
  it('is taken back where its object is there, and says why', () => {
    const [entry, ...more] = entriesLeft([record(ofImage(2))], holding([1, 2]), AT);
    expect([entry?.key, entry?.reason, entry?.at, more]).toEqual([
      `${record(ofImage(2)).key}/not-done`,
      'it is there at the end of the run',
      AT,
      [],
    ]);
    expect(left([record(ofImage(2))], holding([1, 3]))).toEqual([]);
  });

  it('is no matter any more where its run has ended', () => {
    expect(left([record(ofImage(2)), ended], holding([2]))).toEqual([]);
    expect(left([record(ofImage(1)), ended, record(ofImage(2))], holding([1, 2]))).toEqual([`${record(ofImage(2)).key}/not-done`]);
  });

  it.each([
    ['names the same', [naming('other', 1), naming('feature', 7)], true],
    ['names something else by now', [naming('feature', 8)], false],
    ['names nothing that can be read', [{ kind: 'empty', name: 'feature' } as const], true],
    ['is of another name', [naming('features', 7)], false],
    ['is of another name, and names nothing that can be read', [{ kind: 'empty', name: 'features' } as const], false],
    ['is gone', [], false],
  ])('is one of a tag that is there where the tag %s', (_what, tags, isThere) => {
    expect(left([record(ofTag('feature'))], holding([7], tags))).toHaveLength(isThere ? 1 : 0);
  });

  it('is one of a tag by its name alone, where an older record says no more', () => {
    const { names: _, ...old } = record(ofTag('feature'));
    expect(left([old], holding([], [naming('feature', 8)]))).toHaveLength(1);
  });
});

describe('what became of a run', () => {
  it('is told for each tag that an image had, and for the image where it had none, with the reason', () => {
    const records = [record(ofImage(1, ['a', 'b']), 'one'), record(ofImage(2), 'two'), record(ofTag('feature'), 'three')];
    expect(runEnds(records, RUN, holding([]))).toEqual({
      done: [
        { tag: 'a', digest: digestNumber(1), outcome: 'deleted', reasons: ['one'] },
        { tag: 'b', digest: digestNumber(1), outcome: 'deleted', reasons: ['one'] },
        { digest: digestNumber(2), outcome: 'deleted', reasons: ['two'] },
        { tag: 'feature', outcome: 'deleted', reasons: ['three'] },
      ],
      undone: [],
    });
    expect(runEnds(records, OTHER, holding([]))).toEqual({ done: [], undone: [] });
  });

  it('has as kept what was taken back and is there, and says nothing of what is gone by other hands', () => {
    const [one, two] = [record(ofImage(1)), record(ofImage(2))];
    const records = [one, two, notDoneEntry(one, 'runs', AT), notDoneEntry(two, 'runs', AT)];
    const { done, undone } = runEnds(records, RUN, holding([1]));
    expect([done, undone.map(({ digest }) => digest)]).toEqual([[], [digestNumber(1)]]);
  });

  it('takes a deletion back by nothing but its own record, whatever tags are called', () => {
    const { done } = runEnds([record(ofTag('feature')), record(ofTag('feature-abcdefgh'))], RUN, holding([]));
    expect(done.map(({ tag }) => tag)).toEqual(['feature', 'feature-abcdefgh']);
  });
});

describe('earlier deletions', () => {
  it('are those of images: a tag that went took nothing with it', () => {
    const past = pastDeletions([record(ofTag('old')), record(ofImage(1)), ended, record(ofTag('feature')), record(ofImage(2))]);
    expect(past).toEqual({ departed: [{ digest: digestNumber(2), parts: [] }], gone: new Map([[digestNumber(1), AT]]) });
  });

  it('spare a look also where the release is of the same moment, and each image is looked for once', () => {
    const release = (n: number) => ({
      application: 'shop',
      number: n,
      createdAt: AT,
      images: [{ repository: REPOSITORY, digest: digestNumber(n) }],
    });
    expect(worthLooking([release(1), release(2), release(2)], pastDeletions([record(ofImage(1)), ended]))).toEqual([digestNumber(2)]);
  });
});
