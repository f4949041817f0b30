import { describe, expect, it } from '@jest/globals';
import type { StandingDecision } from '../../domain/standing.ts';
import { endedEntry, keptEntry, ratifiedEntry } from '../../domain/standing-record.ts';
import { digestNumber } from './arbitraries.ts';
import { BLOCK, DELEGATION, FREEZE, GLASS, HOLD } from './standing-decisions.ts';

const { at } = FREEZE;
const there = { application: 'shop', environment: 'production' };

describe('the record of a decision', () => {
  it.each<[StandingDecision, object]>([
    [
      FREEZE,
      {
        key: 'standing/freeze-1/kept',
        action: 'freeze-begun',
        application: 'shop',
        reason: 'freeze-1 of sales, from 2026-03-02T12:00:00.000Z until 2026-03-02T13:00:00.000Z: the sale',
      },
    ],
    [BLOCK, { key: 'standing/block-1/kept', action: 'release-blocked', application: 'shop', release: 6, reason: 'block-1: the sale' }],
    [HOLD, { key: 'standing/hold-1/kept', action: 'environment-held', ...there, release: 6, reason: 'hold-1: the sale' }],
    [
      DELEGATION,
      {
        key: 'standing/delegation-1/kept',
        action: 'vote-delegated',
        reason: 'delegation-1 to pia, until 2026-03-09T11:00:00.000Z: the sale',
      },
    ],
    [
      GLASS,
      {
        key: 'standing/break-glass-1/kept',
        action: 'glass-broken',
        ...there,
        release: 7,
        reason:
          'break-glass-1, incident INC-7, past freeze, approval, until 2026-03-02T12:00:00.000Z, to be ratified until 2026-03-03T11:00:00.000Z or rollback: the sale',
      },
    ],
  ])('says who decided what about which release, where and why: $kind', (decision, entry) => {
    expect(keptEntry(decision)).toStrictEqual({ actor: 'olga', at, ...entry });
  });

  it('names the image where an image is blocked, of one application or of all', () => {
    const { application: _, release: __, ...everywhere } = BLOCK;
    const image = { ...everywhere, digest: digestNumber(6) };
    const reason = `block-1, image ${digestNumber(6)}: the sale`;
    expect(keptEntry(image)).toStrictEqual({ key: 'standing/block-1/kept', action: 'release-blocked', actor: 'olga', reason, at });
    expect(keptEntry({ ...image, application: 'shop' })).toMatchObject({ application: 'shop', reason });
  });

  it('says until when an environment is held, where that ends by itself', () => {
    expect(keptEntry({ ...HOLD, until: at }).reason).toBe('hold-1, until 2026-03-02T11:00:00.000Z: the sale');
  });
});

describe('the record of its end', () => {
  it.each([
    [FREEZE, 'freeze-lifted'],
    [BLOCK, 'block-lifted'],
    [HOLD, 'hold-released'],
    [DELEGATION, 'delegation-ended'],
  ] as const)('says who ended it and why: $kind', (decision, action) => {
    const { key: _, action: __, reason: ___, ...about } = keptEntry(decision);
    const ended = { ...about, key: `standing/${decision.id}/ended`, action, actor: 'pia', at: 'then' };
    const end = (reason: string) => endedEntry(decision, { by: 'pia', at: 'then', reason });
    expect(end('all sold')).toStrictEqual({ ...ended, reason: `${decision.id}: all sold` });
    expect(end('')).toStrictEqual({ ...ended, reason: decision.id });
  });
});

describe('the record that somebody ratified it', () => {
  it('says who did, and whose emergency it was', () => {
    const ratified = {
      key: 'standing/break-glass-1/ratified',
      action: 'glass-ratified',
      actor: 'pia',
      ...there,
      release: 7,
      at: 'then',
    };
    const entry = (reason: string) => ratifiedEntry(GLASS, { by: 'pia', at: 'then' }, reason);
    expect(entry('it burned')).toStrictEqual({ ...ratified, reason: 'break-glass-1 of olga, incident INC-7: it burned' });
    expect(entry('')).toStrictEqual({ ...ratified, reason: 'break-glass-1 of olga, incident INC-7' });
  });
});
