import { describe, expect, it } from '@jest/globals';
import { type DeleteReason, type KeepReason, printReason } from '../../domain/retention-reasons.ts';
import { digestNumber } from './arbitraries.ts';

const at = { application: 'shop', environment: 'production', release: 7 };
const lead = digestNumber(1);
const created = { kind: 'created', at: '2026-05-01T23:59:59Z' } as const;

describe('a reason in words', () => {
  it.each<[KeepReason | DeleteReason, string]>([
    [{ kind: 'deployed', ...at }, 'runs in production as release 7 of shop'],
    [{ kind: 'rollback-reach', ...at }, 'shop in production can be rolled back to it, release 7'],
    [{ kind: 'deploying', ...at }, 'release 7 of shop is being deployed to production'],
    [{ kind: 'queued', ...at }, 'release 7 of shop waits for its turn in production'],
    [{ kind: 'left-behind', host: 'p2', ...at }, 'host p2 was left behind in production with release 7 of shop'],
    [{ kind: 'last-attempt', ...at }, 'release 7 of shop was the last attempt in production, and hosts may still have it'],
    [{ kind: 'under-way', application: 'shop', release: 7 }, 'release 7 of shop is under way'],
    [{ kind: 'held' }, 'held in tidegate.yaml'],
    [{ kind: 'tag-held', tag: 'audit' }, 'tag audit is held in tidegate.yaml'],
    [{ kind: 'router' }, 'the router of every host'],
    [{ kind: 'age-unknown' }, 'nobody can tell its age, and no release has it'],
    [{ kind: 'names-nothing' }, 'the registry lists it and holds nothing there'],
    [{ kind: 'outdated' }, "of Docker's first schema, which is not judged"],
    [{ kind: 'stray' }, 'nobody knows what it belongs to'],
    [{ kind: 'young', age: created, days: 2 }, 'made 2026-05-01, not more than 2 days ago'],
    [{ kind: 'past-rules', age: { kind: 'unknown' }, rule: { tags: [] } }, 'of unknown age; no tag is kept by name'],
    [{ kind: 'past-rules', age: created, rule: { days: 1, tags: ['a', 'b'] } }, 'made 2026-05-01; older than a day; no tag fits a or b'],
    [{ kind: 'goes-with-deleted', bond: 'attached', lead }, 'attached by its tag to sha256:000000000000, which is deleted'],
  ])('says what keeps or dooms an image: %j', (reason, words) => {
    expect(printReason(reason)).toBe(words);
  });
});
