import { describe, expect, it } from '@jest/globals';
import { brokenGlass, consequenceEntry, DEFAULT_BREAK_GLASS, freezeAfter, objectionToRatifier } from '../../domain/break-glass.ts';
import { GLASS } from './standing-decisions.ts';

const HOUR = 3_600_000;

describe('broken glass', () => {
  it('lets the release past for an hour, and has to be ratified within a day, where owners say nothing else', () => {
    const { kind: _, expiresAt: __, ratifyBy: ___, consequence: ____, ...wish } = GLASS;
    expect(brokenGlass({ ...wish, known: { authentication: 'token 1', requestId: 'r' } }, DEFAULT_BREAK_GLASS)).toStrictEqual({
      ...GLASS,
      consequence: 'freeze',
    });
    expect(DEFAULT_BREAK_GLASS.freezeMs).toBe(7 * 24 * HOUR);
  });

  it('is of the environment where owners say how long, and what follows', () => {
    const rules = { expiresMs: 2 * HOUR, ratifyWithinMs: HOUR, consequence: 'rollback', freezeMs: 1 } as const;
    expect(brokenGlass(GLASS, rules)).toMatchObject({
      expiresAt: '2026-03-02T13:00:00.000Z',
      ratifyBy: '2026-03-02T12:00:00.000Z',
      consequence: 'rollback',
    });
  });
});

describe('who ratifies', () => {
  const until = Date.parse(GLASS.ratifyBy);

  it('is a second person, and never who broke it', () => {
    expect(objectionToRatifier('pia', GLASS, until - 1)).toBeUndefined();
    expect(objectionToRatifier('olga', GLASS, until - 1)).toBe('olga broke the glass and cannot ratify it; a second person can');
  });

  it('does so in time', () => {
    expect(objectionToRatifier('pia', GLASS, until)).toBe('break-glass-1 was to be ratified until 2026-03-03T11:00:00.000Z');
  });
});

describe('what follows where nobody ratified it', () => {
  const at = '2026-03-03T11:00:01.000Z';

  it('is in the ledger first, once for each time that glass was broken', () => {
    expect(consequenceEntry(GLASS, at)).toStrictEqual({
      key: 'standing/break-glass-1/ended',
      action: 'glass-consequence',
      actor: 'tidegate',
      application: 'shop',
      environment: 'production',
      release: 7,
      reason: 'break-glass-1 of olga, incident INC-7, was not ratified until 2026-03-03T11:00:00.000Z: rollback',
      at,
    });
  });

  it('can be a freeze of that environment alone, which ends, and which whoever broke the glass is asked about', () => {
    expect(freezeAfter(GLASS, HOUR, at)).toStrictEqual({
      kind: 'freeze',
      id: 'freeze-1',
      scope: { application: 'shop', environment: 'production' },
      owner: 'olga',
      from: at,
      until: '2026-03-03T12:00:01.000Z',
      reason: 'nobody ratified that release 7 went past gates for incident INC-7',
      by: 'tidegate',
      at,
    });
  });

  it('says why it is not the rollback that was to follow, as far as that can be said in short', () => {
    expect(freezeAfter(GLASS, HOUR, at, 'web was never healthy').reason).toBe(
      'nobody ratified that release 7 went past gates for incident INC-7, and it was not rolled back: web was never healthy',
    );
    expect(freezeAfter(GLASS, HOUR, at, 'x'.repeat(5_000)).reason.endsWith(`back: ${'x'.repeat(1_000)}`)).toBe(true);
  });
});
