import { describe, expect, it } from '@jest/globals';
import { evaluateGates } from '../../domain/gates/evaluate.ts';
import { type Mover, type Movers, movedOutOfReach, withStarter } from '../../domain/reach.ts';
import { NOTHING_STANDS } from '../../domain/standing.ts';

const deploy = (environment: string, ...needs: string[]) =>
  ({ kind: 'deploy', name: environment, needs, environment, strategy: { kind: 'rolling', batch: 1 } }) as const;
const STAGING = deploy('staging', 'build');
const PRODUCTION = deploy('production', 'staging', 'load-test');
const ELSEWHERE = deploy('elsewhere', 'production');
const STAGES = [{ name: 'build', needs: [] }, { name: 'load-test', needs: ['build'] }, STAGING, PRODUCTION, ELSEWHERE];

const sam = { person: 'sam', environments: ['staging'] };
const rita = { person: 'rita' };
const stopped = (stage: typeof STAGING | typeof PRODUCTION | typeof ELSEWHERE, movers: Movers, ...starters: Mover[]) =>
  movedOutOfReach(stage, STAGES, movers, starters)?.person;

describe('who answers for a release that comes to a stage', () => {
  it('is who began it, as far as that person may take it', () => {
    expect(stopped(STAGING, {}, sam)).toBeUndefined();
    expect(stopped(PRODUCTION, {}, sam)).toBe('sam');
    expect(stopped(PRODUCTION, {})).toBeUndefined();
  });

  it('is each of those who set it off: it goes as far as all of them may take it', () => {
    expect(stopped(STAGING, {}, rita, sam)).toBeUndefined();
    expect(stopped(PRODUCTION, {}, rita, sam)).toBe('sam');
    expect(stopped(PRODUCTION, { 'load-test': rita }, rita, sam)).toBe('sam');
    expect(stopped(PRODUCTION, { build: rita }, rita, sam)).toBeUndefined();
  });

  it('is known once for each thing that is told of a person', () => {
    const unproved = { ...sam, isUnproved: true } as const;
    const all = [sam, rita, unproved, { person: 'sam' }].reduce(withStarter, [] as readonly Mover[]);
    expect(all).toEqual([sam, rita, unproved, { person: 'sam' }]);
    expect(withStarter(all, { person: 'sam', environments: ['staging'] })).toBe(all);
    expect(withStarter(all, { person: 'sam', environments: ['production'] })).toHaveLength(5);
  });

  it('is who last took on what it needs, near before far, and each of them where there are several', () => {
    expect(stopped(PRODUCTION, { staging: sam })).toBe('sam');
    // Somebody who may has taken on one way to it, and the other one still comes from who may not.
    expect(stopped(PRODUCTION, { staging: rita }, sam)).toBe('sam');
    expect(stopped(PRODUCTION, { staging: rita, 'load-test': rita }, sam)).toBeUndefined();
    expect(stopped(PRODUCTION, { build: rita }, sam)).toBeUndefined();
    expect(stopped(PRODUCTION, { build: rita, staging: sam })).toBe('sam');
  });

  it('is who took on the stage itself, and what follows it', () => {
    expect(stopped(PRODUCTION, { staging: sam, production: rita })).toBeUndefined();
    expect(stopped(ELSEWHERE, { staging: sam, production: rita })).toBeUndefined();
    expect(stopped(ELSEWHERE, { staging: rita, production: { person: 'ana', environments: ['production'] } }, sam)).toBe('ana');
  });
});

const PROMOTES = "'tidegate promote shop#1 --to production', or the comment '/promote shop#1 production'";

describe('a stage that somebody brought a release to without the right to', () => {
  const question = {
    subject: { release: 1, stage: 'production', planHash: 'p', policyRevision: 'r' },
    ...{ application: 'shop', environment: 'production', digests: [], rules: [], votes: [], initiator: 'sam', waitingSince: 0 },
    facts: { standing: { kind: 'known', value: NOTHING_STANDS } },
  } as const;

  it('opens only when somebody asks for it by hand, and asks that once', () => {
    expect(evaluateGates(question, 0).kind).toBe('open');
    expect(evaluateGates({ ...question, outOfReachOf: 'sam' }, 0)).toMatchObject({
      kind: 'closed',
      gates: [{ kind: 'promotion', open: false, reason: expect.stringContaining('sam brought it this far'), openedBy: [PROMOTES] }],
    });
    const [gate] = evaluateGates({ ...question, outOfReachOf: 'sam', isUnproved: true }, 0).gates;
    expect(gate).toMatchObject({ kind: 'promotion', open: false, openedBy: [PROMOTES] });
    expect(gate?.reason).toBe(
      'Nothing but a delivery says that sam set it off, and production depends on who did: somebody who may take a release there has to promote it. What the GitHub App’s own webhook tells of goes on by itself',
    );
    expect(evaluateGates({ ...question, outOfReachOf: 'sam', promotedBy: 'rita' }, 0).kind).toBe('open');
    const manual = { ...question, outOfReachOf: 'sam', rules: [{ origin: 'environment', promotion: 'manual' }] } as const;
    expect(evaluateGates(manual, 0).gates).toHaveLength(1);
  });
});
