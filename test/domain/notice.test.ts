import { describe, expect, it } from '@jest/globals';
import { noticeOf } from '../../domain/notice.ts';
import { glassUsed, hasLapsed } from '../../domain/past-gates.ts';
import { NOTHING_STANDS } from '../../domain/standing.ts';
import { request } from './arbitraries.ts';
import { known, question, unknown } from './gates/questions.ts';
import { GLASS } from './standing-decisions.ts';

const WHAT = 'release 7 of shop past freeze, approval into production';

describe('a notice', () => {
  it('says at once who lets what past which gates, why, and what a second person is to do', () => {
    expect(noticeOf('glass-broken', GLASS, 'then')).toStrictEqual({
      id: 'break-glass-1/glass-broken',
      event: 'glass-broken',
      summary: `olga lets ${WHAT} for incident INC-7: the sale. A second person is to ratify it until 2026-03-03T11:00:00.000Z: tidegate ratify break-glass-1`,
      at: 'then',
      application: 'shop',
      environment: 'production',
      release: 7,
      glass: GLASS,
    });
  });

  it('says who ratified it', () => {
    const summary = (glass: typeof GLASS) => noticeOf('glass-ratified', glass, 'then').summary;
    expect(summary({ ...GLASS, ratified: { by: 'pia', at: 'then' } })).toBe(`pia ratified that olga let ${WHAT} for incident INC-7`);
    expect(summary(GLASS)).toBe(` ratified that olga let ${WHAT} for incident INC-7`);
  });

  it('says what was done where nobody did', () => {
    expect(noticeOf('glass-not-ratified', GLASS, 'then', 'production is frozen').summary).toBe(
      `Nobody ratified that olga let ${WHAT} for incident INC-7; production is frozen`,
    );
    expect(noticeOf('glass-not-ratified', GLASS, 'then').summary).toMatch(/INC-7; $/);
    expect(noticeOf('glass-rollback-failed', GLASS, 'then', 'never healthy; production is frozen')).toMatchObject({
      id: 'break-glass-1/glass-rollback-failed',
      summary: `Nobody ratified that olga let ${WHAT} for incident INC-7, and the rollback that followed came to nothing: never healthy; production is frozen`,
    });
  });
});

describe('the glass by which a stage’s gates opened', () => {
  const broken = Date.parse(GLASS.at);
  const asked = question({}, { subject: { ...question().subject, release: 7 }, digests: GLASS.digests });
  const standing = { ...NOTHING_STANDS, breakGlass: [GLASS, { ...GLASS, id: 'other', environment: 'staging' }] };

  it('is what lets exactly this release past here and now', () => {
    expect(glassUsed({ ...asked, facts: { standing: known(standing) } }, broken)).toEqual(['break-glass-1']);
    expect(glassUsed({ ...asked, facts: { standing: known(standing) } }, Date.parse(GLASS.expiresAt))).toEqual([]);
    expect(glassUsed({ ...asked, facts: { standing: unknown('the ledger is down') } }, broken)).toEqual([]);
  });

  it('is not asked for again where none was used', () => {
    expect(hasLapsed(request('r', 7), NOTHING_STANDS, broken)).toBe(false);
    expect(hasLapsed({ ...request('r', 7), past: ['break-glass-1'] }, NOTHING_STANDS, broken)).toBe(true);
  });
});
