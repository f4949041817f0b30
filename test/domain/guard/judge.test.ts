import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GateReport } from '../../../domain/gates/report.ts';
import type { GuardedRelease, GuardedRun, GuardedStage, PlaceSeen } from '../../../domain/guard/guard.ts';
import { judgeGuard, needsReach, RELEASE_PATIENCE_MS } from '../../../domain/guard/judge.ts';
import type { StageState } from '../../../domain/release.ts';
import { ALL_STATES } from '../stage-states.ts';

const RUN: GuardedRun = { commit: 'a'.repeat(40), event: 'push', isForeign: false };
const SINCE = Date.parse('2026-03-02T09:30:00.000Z');
const YOUNG = { since: SINCE, now: SINCE + 1 };
const PASSED: StageState = { kind: 'passed', at: '2026-03-02T09:00:00.000Z', milliseconds: 1, images: {} };
const OPEN: GateReport = { kind: 'window', open: true, reason: 'it is open', openedBy: [] };
const FROZEN: GateReport = { kind: 'freeze', name: 'freeze-1', open: false, reason: 'olga has frozen everything', openedBy: ['olga'] };
const BLOCKED: GateReport = { kind: 'block', name: 'block-1', open: false, reason: 'olga has blocked release 2', openedBy: ['olga'] };
const ASKED: GateReport = { kind: 'approval', open: false, reason: 'Waiting for 1 of 1 approval', openedBy: ['rita'] };
const PLAN = { hash: '0123456789abcdef' } as Extract<StageState, { kind: 'waiting' }>['plan'];

const waiting = (...gates: GateReport[]): StageState => ({
  kind: 'waiting',
  since: '2026-03-02T09:00:00.000Z',
  gates,
  plan: PLAN,
  policyRevision: 'fedcba9876543210',
});
const stage = (state: StageState, last: readonly GateReport[] = [OPEN], name = 'production'): GuardedStage => ({ name, state, last });
const release = (more: Partial<GuardedRelease> = {}): GuardedRelease => ({
  number: 2,
  isRead: true,
  stages: [stage(PASSED)],
  current: 2,
  changing: null,
  ...more,
});
const place = (more: Partial<GuardedRelease> = {}, application = 'shop'): PlaceSeen => ({
  application,
  environment: 'production',
  release: release(more),
});
const judged = (...places: PlaceSeen[]) => judgeGuard(RUN, places, YOUNG);

describe('a run whose release has passed, and is what the environment runs', () => {
  it('is let through', () => {
    expect(judged(place())).toEqual({ kind: 'approved', reason: 'Stage production of shop#2 has passed' });
  });

  it('waits while a freeze stands, and is turned away by a block, which only a person ends', () => {
    expect(judged(place({ stages: [stage(PASSED, [OPEN, FROZEN])] }))).toEqual({
      kind: 'waiting',
      reason: 'Stage production of shop#2 waits: olga has frozen everything',
      commands: ['/explain shop#2 production'],
    });
    expect(judged(place({ stages: [stage(PASSED, [FROZEN, BLOCKED])] }))).toEqual({
      kind: 'rejected',
      reason: 'Stage production of shop#2: olga has blocked release 2',
    });
  });

  it('waits while the environment is being changed, to itself or to another release', () => {
    for (const changing of [2, 3])
      expect(judged(place({ changing }))).toMatchObject({ kind: 'waiting', reason: `production is being changed to release ${changing}` });
  });

  it('is turned away where the environment has gone on, or back, or runs nothing', () => {
    const reason = (runs: string) => `Stage production of shop#2 passed, and production ${runs} now; promote it again to bring it back`;
    expect(judged(place({ current: 3 }))).toEqual({ kind: 'rejected', reason: reason('runs release 3') });
    expect(judged(place({ current: 1 }))).toEqual({ kind: 'rejected', reason: reason('runs release 1') });
    expect(judged(place({ current: null }))).toEqual({ kind: 'rejected', reason: reason('runs nothing') });
  });
});

describe('a run whose release has not passed', () => {
  it('waits at the gates as its release does, and is told how to vote', () => {
    expect(judged(place({ stages: [stage(waiting(OPEN, ASKED, FROZEN))] }))).toEqual({
      kind: 'waiting',
      reason: 'Stage production of shop#2 waits: Waiting for 1 of 1 approval; olga has frozen everything',
      commands: ['/explain shop#2 production', '/approve shop#2 production 0123456789ab.fedcba987654'],
    });
    expect(judged(place({ stages: [stage(waiting({ ...ASKED, open: true }, FROZEN))] }))).toMatchObject({
      commands: ['/explain shop#2 production'],
    });
    expect(judged(place({ stages: [stage(waiting(ASKED, BLOCKED))] }))).toMatchObject({ kind: 'rejected' });
  });

  it.each([
    ['pending', 'Stage production of shop#2 is not reached yet'],
    ['queued', 'Stage production of shop#2 has number 2 in the line of production'],
    ['running', 'Stage production of shop#2 is under way: Deploying to production'],
  ] as const)('waits while its stage is %s', (kind, reason) => {
    const states: Record<string, StageState> = {
      pending: { kind: 'pending' },
      queued: { kind: 'queued', since: '', position: 2, behind: 1 },
      running: { kind: 'running', since: '', detail: 'Deploying to production', deployment: 'deployment/shop/production/2' },
    };
    expect(judged(place({ stages: [stage(states[kind] ?? PASSED)] }))).toMatchObject({ kind: 'waiting', reason });
  });

  it('is turned away once its stage has ended, with the reason', () => {
    const rejected: StageState = { kind: 'rejected', at: '', by: 'rita', comment: 'not today' };
    expect(judged(place({ stages: [stage(rejected)] }))).toEqual({
      kind: 'rejected',
      reason: 'Stage production of shop#2: rita rejected it: not today',
    });
    expect(judged(place({ stages: [stage({ kind: 'skipped', reason: 'staging did not pass' })] }))).toEqual({
      kind: 'rejected',
      reason: 'Stage production of shop#2 was left out: staging did not pass',
    });
  });

  it('is turned away where the release could not begin, or has no stage that goes there', () => {
    expect(judged(place({ fault: 'the pipeline has faults', isRead: false, stages: [] }))).toEqual({
      kind: 'rejected',
      reason: 'Release shop#2 could not begin: the pipeline has faults',
    });
    expect(judged(place({ stages: [] }))).toEqual({ kind: 'rejected', reason: 'Release shop#2 has no stage that goes to production' });
    expect(judged(place({ isRead: false, stages: [] }))).toEqual({
      kind: 'waiting',
      reason: 'The pipeline of shop#2 has not been read yet',
      commands: [],
    });
  });
});

describe('a run of a commit without a release', () => {
  const nothing: PlaceSeen = { application: 'shop', environment: 'production' };

  it('waits for one for six hours, and no longer', () => {
    const at = (now: number) => judgeGuard(RUN, [nothing], { since: SINCE, now });
    expect(at(SINCE + RELEASE_PATIENCE_MS - 1)).toEqual({
      kind: 'waiting',
      reason: 'shop has no release of commit aaaaaaaaaaaa yet',
      commands: [],
    });
    expect(at(SINCE + RELEASE_PATIENCE_MS)).toEqual({
      kind: 'rejected',
      reason: 'shop has no release of commit aaaaaaaaaaaa, and none came within 6 hours',
    });
  });

  it('is looked for at GitHub meanwhile, as one that could be let through is, and nothing else', () => {
    expect(needsReach(judged(nothing), [nothing])).toBe(true);
    expect(needsReach(judged(place()), [place()])).toBe(true);
    const frozen = place({ stages: [stage(PASSED, [FROZEN])] });
    expect(needsReach(judged(frozen), [frozen])).toBe(false);
    expect(needsReach(judged(frozen, nothing), [frozen, nothing])).toBe(true);
    const gone = place({ current: 3 });
    expect(needsReach(judged(gone, nothing), [gone, nothing])).toBe(false);
  });
});

describe('a run of code that nobody let in', () => {
  it.each([
    [{ isForeign: true }, 'It runs for a fork: nothing of a fork is let into an environment'],
    [{ event: 'pull_request' }, 'It runs for a pull request: what that brings is let in once it is on a branch and has a release'],
    [{ event: 'pull_request_target' }, 'It runs for a pull request: what that brings is let in once it is on a branch and has a release'],
  ])('is turned away though its commit has passed: %j', (more, reason) => {
    expect(judgeGuard({ ...RUN, ...more }, [place()], YOUNG)).toEqual({ kind: 'rejected', reason });
  });
});

describe('what stands for several', () => {
  it('is let through by all of them together, turned away by one, and waits for each', () => {
    expect(judged(place(), place({ number: 7, current: 7 }, 'kiosk'))).toEqual({
      kind: 'approved',
      reason: 'Stage production of shop#2 has passed. Stage production of kiosk#7 has passed',
    });
    expect(judged(place({ current: 3 }), place({ changing: 9 }, 'kiosk')).kind).toBe('rejected');
    expect(judged(place(), place({ changing: 9 }, 'kiosk'))).toMatchObject({
      kind: 'waiting',
      reason: 'production is being changed to release 9',
    });
    expect(judged(place({ stages: [stage(PASSED), stage({ kind: 'pending' }, [], 'eu')] }))).toMatchObject({
      kind: 'waiting',
      reason: 'Stage eu of shop#2 is not reached yet',
    });
  });

  it('is turned away where it stands for nothing', () => {
    expect(judged()).toEqual({ kind: 'rejected', reason: 'It stands for nothing here' });
  });
});

describe('whatever is seen', () => {
  const gate = fc.record({
    kind: fc.constantFrom('window', 'freeze', 'block', 'hold', 'approval') as fc.Arbitrary<GateReport['kind']>,
    open: fc.boolean(),
    reason: fc.string(),
    openedBy: fc.constant([]),
  });
  const number = fc.integer({ min: 1, max: 3 });
  const seen = fc.record({
    application: fc.constantFrom('shop', 'kiosk'),
    environment: fc.constant('production'),
    release: fc.record(
      {
        number,
        fault: fc.string(),
        isRead: fc.boolean(),
        stages: fc.array(
          fc.record({
            name: fc.string(),
            state: fc.oneof({ weight: 4, arbitrary: fc.constant(PASSED) }, { weight: 1, arbitrary: fc.constantFrom(...ALL_STATES) }),
            last: fc.array(gate),
          }),
          { maxLength: 2 },
        ),
        current: fc.option(number),
        changing: fc.option(number, { freq: 1 }),
      },
      { requiredKeys: ['number', 'isRead', 'stages', 'current', 'changing'] },
    ),
  });
  const run = fc.record({
    commit: fc.constant('a'.repeat(40)),
    event: fc.constantFrom('push', 'pull_request', 'schedule'),
    isForeign: fc.boolean(),
  });

  it('a yes is said for nothing but passes of what runs there, with nothing closed', () => {
    fc.assert(
      fc.property(run, fc.array(seen as fc.Arbitrary<PlaceSeen>, { maxLength: 3 }), fc.nat(), (of, places, late) => {
        const { kind } = judgeGuard(of, places, { since: SINCE, now: SINCE + late });
        const isGood = ({ release: one }: PlaceSeen) =>
          one !== undefined &&
          one.fault === undefined &&
          one.changing === null &&
          one.current === one.number &&
          one.stages.length > 0 &&
          one.stages.every(({ state, last }) => state.kind === 'passed' && last.every(({ open }) => open));
        const isOwn = !of.isForeign && !of.event.startsWith('pull_request');
        if (kind === 'approved') expect(isOwn && places.length > 0 && places.every(isGood)).toBe(true);
        if (isOwn && places.length > 0 && places.every((one) => isGood(one) && one.release?.isRead === true)) expect(kind).toBe('approved');
      }),
      { numRuns: 2_000 },
    );
  });
});
