import { describe, expect, it } from '@jest/globals';
import { type Deletion, isCovered, namesIn, namesOf, type RetentionPlan } from '../../domain/retention.ts';
import { confirmationEntries, deletionEntry, endEntry, notDoneEntry, whyNotDone } from '../../domain/retention-records.ts';
import { inOrder, type RetentionRow, rowsOf } from '../../domain/retention-report.ts';
import { digestNumber } from './arbitraries.ts';

const one = digestNumber(1);
const two = digestNumber(2);
const three = digestNumber(3);
const RUN = { id: 'night-1', actor: 'rita' };
const GONE = { kind: 'goes-with-deleted', bond: 'child', lead: digestNumber(9) } as const;
const PAST = { kind: 'tag-past-rules', rule: { tags: [] } } as const;
const GONE_WORDS = 'part of sha256:000000000000, which is deleted';
const PAST_WORDS = 'its image stays without this name; no tag is kept by name';

function manifest(n: number, tags: readonly string[] = [], parts: readonly number[] = []): Extract<Deletion, { kind: 'manifest' }> {
  const going = parts.map((part) => ({ digest: digestNumber(part), bond: 'child' as const }));
  return { kind: 'manifest', digest: digestNumber(n), tags, parts: going, reasons: [GONE] };
}
const tagAlone = (name: string, n: number): Deletion => ({ kind: 'tag', name, digest: digestNumber(n), reasons: [PAST, GONE] });

const PLAN: RetentionPlan = {
  repository: 'r/web',
  tags: [
    {
      tag: { kind: 'naming', name: 'v1', digest: digestNumber(1) },
      verdict: { kind: 'keep', reasons: [{ kind: 'held' }, { kind: 'router' }] },
    },
    { tag: { kind: 'naming', name: 'old', digest: digestNumber(2) }, verdict: { kind: 'delete', reasons: [PAST, PAST] } },
    { tag: { kind: 'empty', name: 'empty' }, verdict: { kind: 'keep', reasons: [{ kind: 'names-nothing' }] } },
    { tag: { kind: 'naming', name: 'lost', digest: digestNumber(8) }, verdict: { kind: 'keep', reasons: [] } },
  ],
  manifests: [
    { digest: digestNumber(1), manifest: 'index', tags: ['v1'], verdict: { kind: 'keep', reasons: [{ kind: 'held' }] } },
    { digest: digestNumber(2), manifest: 'image', tags: ['old'], verdict: { kind: 'delete', reasons: [GONE] } },
    { digest: digestNumber(3), manifest: 'artifact', tags: [], verdict: { kind: 'delete', reasons: [GONE] } },
  ],
  deletions: [manifest(2, ['old']), manifest(3)],
};

describe('what retention shows', () => {
  it('is every tag, and every manifest without one, with what becomes of it and why', () => {
    expect(rowsOf(PLAN)).toStrictEqual([
      { tag: 'old', digest: two, form: 'image', outcome: 'deleted', reasons: [PAST_WORDS] },
      { digest: three, form: 'artifact', outcome: 'deleted', reasons: [GONE_WORDS] },
      { tag: 'empty', outcome: 'kept', reasons: ['the registry lists it and holds nothing there'] },
      { tag: 'lost', digest: digestNumber(8), outcome: 'kept', reasons: [] },
      { tag: 'v1', digest: one, form: 'index', outcome: 'kept', reasons: ['held in tidegate.yaml', 'the router of every host'] },
    ]);
  });

  it('is in the order of names, those of manifests included', () => {
    const row = (tag: string): RetentionRow => ({ tag, outcome: 'kept', reasons: [] });
    const untagged: RetentionRow = { digest: digestNumber(1), outcome: 'kept', reasons: [] };
    expect(inOrder([row('zz'), untagged, row('b'), row('a'), row('b')])).toEqual([row('a'), row('b'), row('b'), untagged, row('zz')]);
  });
});

describe('what a deletion takes away', () => {
  it('is a name for each thing, and a tag is named with what it names', () => {
    expect(namesOf(tagAlone('old', 2))).toEqual([`tag old of ${two}`]);
    expect(namesOf(manifest(2, ['old', 'older']))).toEqual([two, `tag old of ${two}`, `tag older of ${two}`]);
    expect(namesIn({ deletions: [manifest(3), tagAlone('old', 2), manifest(1)] })).toEqual([one, three, `tag old of ${two}`]);
  });

  it('is covered by a record of the same names, and of no fewer parts', () => {
    expect(isCovered(manifest(2, ['a', 'b'], [1]), manifest(2, ['b', 'a'], [3, 1]))).toBe(true);
    expect(isCovered(manifest(2, ['a'], [1, 3]), manifest(2, ['a'], [1]))).toBe(false);
    expect(isCovered(manifest(2, ['a', 'b']), manifest(2, ['a']))).toBe(false);
    expect(isCovered(manifest(2, ['a']), manifest(2, ['a', 'b']))).toBe(false);
    expect(isCovered(manifest(2, ['a']), manifest(2, ['b']))).toBe(false);
    expect(isCovered(manifest(2), manifest(3))).toBe(false);
    expect(isCovered(tagAlone('a', 2), tagAlone('a', 2))).toBe(true);
    expect(isCovered(tagAlone('a', 2), tagAlone('a', 3))).toBe(false);
    expect(isCovered(tagAlone('a', 2), manifest(2, ['a']))).toBe(false);
    const likeATag = { ...tagAlone('a', 2), kind: 'manifest', tags: [], parts: [] } as unknown as Deletion;
    expect(isCovered(likeATag, tagAlone('a', 2))).toBe(false);
  });
});

describe('the record of a deletion', () => {
  const about = { actor: 'rita', at: 'then' };

  it('tells what goes, with which names and parts, why, and by whom', () => {
    expect(deletionEntry('r/web', RUN, manifest(2, ['old'], [3, 3]), 'then')).toStrictEqual({
      key: `retention/r/web@night-1/${two}`,
      action: 'image-deletion',
      image: `r/web@${two}`,
      tags: ['old'],
      parts: [three],
      reason: GONE_WORDS,
      ...about,
    });
    expect(Object.keys(deletionEntry('r/web', RUN, manifest(2), 'then'))).toEqual(['key', 'action', 'image', 'actor', 'reason', 'at']);
  });

  it('tells which name an image loses', () => {
    expect(deletionEntry('r/web', RUN, tagAlone('old', 2), 'then')).toStrictEqual({
      key: 'retention/r/web@night-1/tag/old',
      action: 'tag-deletion',
      image: 'r/web:old',
      names: [`tag old of ${two}`],
      reason: `${PAST_WORDS}; ${GONE_WORDS}`,
      ...about,
    });
  });

  it('has another key each time that it was taken back', () => {
    const keys = [0, 1, 2].map((times) => deletionEntry('r/web', RUN, manifest(2), 'then', times).key);
    expect(keys).toEqual(['', '/2', '/3'].map((end) => `retention/r/web@night-1/${two}${end}`));
  });

  it('is taken back by one that tells the same of it', () => {
    const entry = deletionEntry('r/web', RUN, manifest(2, ['old']), 'then');
    expect(notDoneEntry(entry, 'kept', 'later')).toStrictEqual({
      key: `${entry.key}/not-done`,
      action: 'deletion-not-done',
      actor: 'rita',
      image: entry.image,
      tags: ['old'],
      reason: 'kept',
      at: 'later',
    });
    const { image: _, tags: __, ...bare } = entry;
    expect(Object.keys(notDoneEntry(bare, 'kept', 'later'))).toEqual(['key', 'action', 'actor', 'reason', 'at']);
  });

  it('is not carried out where something keeps it by now, or it is another one', () => {
    expect(whyNotDone(tagAlone('v1', 1), PLAN)).toBe('held in tidegate.yaml; the router of every host');
    expect(whyNotDone(manifest(1), PLAN)).toBe('held in tidegate.yaml');
    const changed = 'its tags, or what goes with it, changed meanwhile';
    expect([tagAlone('old', 2), tagAlone('gone', 2), manifest(2), manifest(7)].map((one) => whyNotDone(one, PLAN))).toEqual(
      Array(4).fill(changed),
    );
  });
});

describe('the records of a run', () => {
  it('are one for what was confirmed, where it is not much', () => {
    expect(confirmationEntries({ repository: 'r/web', run: RUN, planHash: 'seen', names: ['a', 'b'] }, 'then')).toStrictEqual([
      {
        key: 'retention/r/web@night-1/confirmed/1',
        action: 'retention-confirmed',
        actor: 'rita',
        image: 'r/web',
        planHash: 'seen',
        names: ['a', 'b'],
        reason: '2 to be deleted',
        at: 'then',
      },
    ]);
    const many = Array.from({ length: 1_001 }, (_, index) => `${index}`);
    const parts = confirmationEntries({ repository: 'r/web', run: RUN, planHash: 'seen', names: many }, 'then');
    expect(parts.map(({ key }) => key)).toEqual(['retention/r/web@night-1/confirmed/1', 'retention/r/web@night-1/confirmed/2']);
  });

  it('end with how many were deleted, and what was kept after all', () => {
    const row = (more: Partial<RetentionRow>): RetentionRow => ({ outcome: 'deleted', reasons: [], ...more });
    const end = (undone: RetentionRow[]) => endEntry('r/web', RUN, { done: [row({}), row({})], undone }, 'then');
    expect(end([])).toStrictEqual({
      key: 'retention/r/web@night-1/ended',
      action: 'retention-ended',
      actor: 'rita',
      image: 'r/web',
      reason: '2 deleted',
      at: 'then',
    });
    expect(end([row({ tag: 'old', digest: two }), row({ digest: three })]).reason).toBe(`2 deleted; kept after all: old, ${three}`);
  });
});
