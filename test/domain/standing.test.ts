import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SKIPPABLE_GATES } from '../../domain/skippable-gate.ts';
import {
  type Block,
  type BreakGlass,
  blockOn,
  breakGlassFor,
  endOf,
  type Forward,
  type Freeze,
  glassPast,
  type Hold,
  NOTHING_STANDS,
  nextChange,
  obstaclesTo,
  remainingObstacles,
  type StandingDecision,
  scopeOf,
  standingOf,
} from '../../domain/standing.ts';
import { digestNumber } from './arbitraries.ts';
import { BLOCK, DELEGATION, FREEZE, GLASS, HOLD } from './standing-decisions.ts';

const FORWARD: Forward = { application: 'shop', environment: 'production', release: 7, digests: [digestNumber(7)] };
const NOON = Date.parse('2026-03-02T12:00:00.000Z');
const HOUR = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const decided = { id: 'one', reason: 'the sale', by: 'olga', at: iso(NOON - HOUR) };

const freeze = (more: Partial<Freeze> = {}): Freeze => ({
  kind: 'freeze',
  ...decided,
  scope: {},
  owner: 'sales',
  from: iso(NOON),
  until: iso(NOON + HOUR),
  ...more,
});
const block = (more: Partial<Block>): Block => ({ kind: 'block', ...decided, ...more });
const hold = (more: Partial<Hold> = {}): Hold => ({
  kind: 'hold',
  ...decided,
  application: 'shop',
  environment: 'production',
  release: 6,
  ...more,
});
const glass = (more: Partial<BreakGlass> = {}): BreakGlass => ({
  kind: 'break-glass',
  ...decided,
  application: 'shop',
  environment: 'production',
  release: 7,
  digests: [digestNumber(7)],
  skips: ['freeze'],
  incident: 'INC-1',
  expiresAt: iso(NOON + HOUR),
  ratifyBy: iso(NOON + HOUR),
  consequence: 'freeze',
  ...more,
});

const kindsAt = (decisions: readonly StandingDecision[], now = NOON, forward = FORWARD): string[] =>
  remainingObstacles(forward, standingOf(decisions), now).map(({ kind }) => kind);

describe('a freeze', () => {
  it('stands from its beginning until its end, and no moment longer', () => {
    const moments = [NOON - 1, NOON, NOON + HOUR - 1, NOON + HOUR];
    expect(moments.map((moment) => kindsAt([freeze()], moment).length)).toEqual([0, 1, 1, 0]);
  });

  it.each([
    [{}, true],
    [{ application: 'shop' }, true],
    [{ environment: 'production' }, true],
    [{ application: 'shop', environment: 'production' }, true],
    [{ application: 'bank' }, false],
    [{ environment: 'staging' }, false],
    [{ application: 'shop', environment: 'staging' }, false],
  ])('of %j is in the way of shop in production: %s', (scope, concerned) => {
    expect(kindsAt([freeze({ scope })])).toEqual(concerned ? ['freeze'] : []);
  });

  it('says whom to ask, what is frozen, why, since when and until when', () => {
    expect(obstaclesTo(FORWARD, standingOf([freeze({ scope: { environment: 'production' } })]), NOON)).toEqual([
      {
        kind: 'freeze',
        id: 'one',
        reason: 'olga has frozen production until 2026-03-02T13:00:00.000Z for sales: the sale',
        since: iso(NOON),
        until: iso(NOON + HOUR),
        owner: 'sales',
      },
    ]);
    const reasonOf = (scope: Freeze['scope']) => obstaclesTo(FORWARD, standingOf([freeze({ scope })]), NOON)[0]?.reason;
    expect(reasonOf({})).toContain('frozen everything until');
    expect(obstaclesTo(FORWARD, standingOf([freeze({ owner: 'olga' })]), NOON)[0]?.reason).toBe(
      'olga has frozen everything until 2026-03-02T13:00:00.000Z: the sale',
    );
    expect(reasonOf({ application: 'shop', environment: 'production' })).toContain('frozen shop in production until');
  });
});

describe('a block', () => {
  it.each<[Partial<Block>, boolean]>([
    [{ application: 'shop', release: 7 }, true],
    [{ application: 'shop', release: 8 }, false],
    [{ application: 'bank', release: 7 }, false],
    [{ digest: digestNumber(7) }, true],
    [{ digest: digestNumber(8) }, false],
    [{ application: 'shop', digest: digestNumber(7) }, true],
    [{ application: 'bank', digest: digestNumber(7) }, false],
    [{}, false],
  ])('of %j is in the way of release 7 of shop: %s', (what, forbids) => {
    expect(kindsAt([block(what)])).toEqual(forbids ? ['block'] : []);
    expect(blockOn(FORWARD, [block(what)]) !== undefined).toBe(forbids);
  });

  it('says what is blocked and by whom, and has no end', () => {
    const [byRelease, byDigest] = [block({ application: 'shop', release: 7 }), block({ digest: digestNumber(7) })];
    const [first, second] = obstaclesTo(FORWARD, standingOf([byRelease, byDigest]), NOON);
    expect(first).toEqual({ kind: 'block', id: 'one', reason: 'olga has blocked release 7: the sale', since: decided.at, owner: 'olga' });
    expect(second?.reason).toBe(`olga has blocked the image ${digestNumber(7)}: the sale`);
    expect(endOf(byRelease)).toBeUndefined();
  });
});

describe('a hold', () => {
  it('is in the way of every release but the one that it keeps, there alone', () => {
    expect(kindsAt([hold()])).toEqual(['hold']);
    expect(kindsAt([hold({ release: 7 })])).toEqual([]);
    expect(kindsAt([hold({ environment: 'staging' })])).toEqual([]);
    expect(kindsAt([hold({ application: 'bank' })])).toEqual([]);
  });

  it('ends when it was said to, or when somebody releases it', () => {
    expect(kindsAt([hold({ until: iso(NOON + 1) })])).toEqual(['hold']);
    expect(kindsAt([hold({ until: iso(NOON) })])).toEqual([]);
    expect(obstaclesTo(FORWARD, standingOf([hold(), hold({ until: iso(NOON + 1) })]), NOON)).toEqual([
      { kind: 'hold', id: 'one', reason: 'olga holds production at release 6: the sale', since: decided.at, owner: 'olga' },
      {
        kind: 'hold',
        id: 'one',
        reason: 'olga holds production at release 6 until 2026-03-02T12:00:00.001Z: the sale',
        since: decided.at,
        until: iso(NOON + 1),
        owner: 'olga',
      },
    ]);
  });
});

describe('break-glass', () => {
  it('lets its own release past the gates that it names, and past no others', () => {
    expect(kindsAt([freeze(), hold(), glass()])).toEqual(['hold']);
    expect(kindsAt([freeze(), hold(), glass({ skips: ['hold', 'freeze'] })])).toEqual([]);
    expect(kindsAt([freeze(), freeze({ id: 'freeze-2' }), hold(), glass({ skips: ['freeze-2'] })])).toEqual(['freeze', 'hold']);
    const broken = standingOf([
      glass({ skips: ['environment/window'] }),
      glass({ id: 'second', skips: ['environment/window', 'freeze-2'] }),
    ]);
    const past = (kind: string, id: string) => glassPast({ kind, id }, FORWARD, broken, NOON)?.id;
    expect([past('window', 'environment/window'), past('window', 'pipeline/window')]).toEqual([glass().id, undefined]);
    expect([past('freeze', 'freeze-2'), past('freeze', 'freeze-1'), past('block', 'freeze-2')]).toEqual(['second', undefined, undefined]);
  });

  it('never lets anything past a block', () => {
    fc.assert(
      fc.property(fc.subarray([...SKIPPABLE_GATES]), (skips) => {
        expect(kindsAt([block({ application: 'shop', release: 7 }), glass({ skips })])).toEqual(['block']);
      }),
    );
  });

  it.each<[string, Partial<Forward>]>([
    ['release', { release: 8 }],
    ['environment', { environment: 'staging' }],
    ['application', { application: 'bank' }],
    ['image', { digests: [digestNumber(7), digestNumber(8)] }],
  ])('is of no use to another %s', (_, other) => {
    expect(breakGlassFor({ ...FORWARD, ...other }, standingOf([glass()]), NOON)).toEqual([]);
    expect(breakGlassFor(FORWARD, standingOf([glass()]), NOON)).toHaveLength(1);
    expect(breakGlassFor({ ...FORWARD, digests: [] }, standingOf([glass()]), NOON)).toEqual([]);
  });

  it('is of use from when it was broken until it expires', () => {
    const moments = [NOON - HOUR - 1, NOON - HOUR, NOON + HOUR - 1, NOON + HOUR];
    const isPast = (moment: number) => glassPast({ kind: 'freeze', id: 'x' }, FORWARD, standingOf([glass()]), moment) !== undefined;
    expect(moments.map(isPast)).toEqual([false, true, true, false]);
    expect(endOf(glass())).toBe(iso(NOON + HOUR));
    expect(endOf(glass({ ratifyBy: iso(NOON + 2 * HOUR) }))).toBe(iso(NOON + 2 * HOUR));
    expect(endOf(glass({ expiresAt: iso(NOON + 2 * HOUR) }))).toBe(iso(NOON + 2 * HOUR));
  });
});

describe('decisions', () => {
  it('are sorted by their kind, and what there is none of is not there', () => {
    expect(standingOf([])).toStrictEqual(NOTHING_STANDS);
    expect(standingOf([HOLD, GLASS, DELEGATION, BLOCK, FREEZE, { ...BLOCK, id: 'later' }])).toStrictEqual({
      freezes: [FREEZE],
      blocks: [BLOCK, { ...BLOCK, id: 'later' }],
      holds: [HOLD],
      breakGlass: [GLASS],
      delegations: [DELEGATION],
    });
  });

  it('concern what they name, and all of what they do not name', () => {
    const there = { application: 'shop', environment: 'production' };
    expect([FREEZE, BLOCK, HOLD, GLASS, DELEGATION].map(scopeOf)).toStrictEqual([
      { application: 'shop' },
      { application: 'shop' },
      there,
      there,
      {},
    ]);
    expect(scopeOf(block({ digest: digestNumber(7) }))).toStrictEqual({});
  });

  it('end by themselves, except for a block', () => {
    expect(endOf({ ...BLOCK, until: iso(NOON) } as Block)).toBeUndefined();
    expect([FREEZE, DELEGATION].map(endOf)).toEqual([FREEZE.until, DELEGATION.until]);
  });
});

describe('the next change', () => {
  it('is the first moment after now at which anything begins or ends by itself', () => {
    const all = standingOf([freeze({ from: iso(NOON + 5), until: iso(NOON + 9) }), hold({ until: iso(NOON + 7) }), hold(), glass()]);
    const at = (now: number) => nextChange(all, now);
    expect([at(NOON), at(NOON + 5), at(NOON + 7), at(NOON + 9)]).toEqual([NOON + 5, NOON + 7, NOON + 9, NOON + HOUR]);
    expect(at(NOON + HOUR)).toBeUndefined();
    expect(endOf(freeze())).toBe(iso(NOON + HOUR));
    expect(endOf(hold())).toBeUndefined();
  });

  it('is never later than the moment at which what stands in the way becomes another thing', () => {
    const decision = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.constantFrom('freeze', 'hold', 'glass'));
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 6 }), fc.integer({ min: 0, max: 45 }), (some, later) => {
        const all = standingOf(
          some.map(([from, length, kind]): StandingDecision => {
            const [begins, ends] = [iso(NOON + from), iso(NOON + from + length)];
            if (kind === 'freeze') return freeze({ from: begins, until: ends });
            return kind === 'hold' ? hold({ until: ends }) : glass({ expiresAt: ends });
          }),
        );
        const [now, then] = [NOON, NOON + later];
        const next = nextChange(all, now);
        if (next !== undefined && next <= then) return;
        expect(remainingObstacles(FORWARD, all, then)).toEqual(remainingObstacles(FORWARD, all, now));
      }),
    );
  });
});
