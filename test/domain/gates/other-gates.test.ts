import { describe, expect, it } from '@jest/globals';
import { finish } from '../../../domain/ended-deployment.ts';
import { begin, enqueue } from '../../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../../../domain/environment-state.ts';
import { environmentStatusOf } from '../../../domain/environment-view.ts';
import { evaluateGates } from '../../../domain/gates/evaluate.ts';
import type { GateFacts, InPlace, Stint } from '../../../domain/gates/facts.ts';
import type { GateRules, OwnedRules } from '../../../domain/gates/rules.ts';
import { rulesOf } from '../../../domain/gates/stage-rules.ts';
import { stintsOf, withStint } from '../../../domain/gates/stints.ts';
import { digestNumber, good, request } from '../arbitraries.ts';
import { at, facts, known, question, rule, SINCE, unknown } from './questions.ts';

const reports = (rules: GateRules, more: Partial<GateFacts>, now = SINCE) =>
  evaluateGates(question(rules, { facts: facts(more) }), now).gates;
const report = (rules: GateRules, more: Partial<GateFacts>, now = SINCE) => reports(rules, more, now)[0];

describe('a soak gate', () => {
  const soak = { environment: 'staging', forMs: 3_600_000, mayBeReplaced: true };
  const stint = (release: number, since: number, ...digests: number[]): Stint => ({
    release,
    digests: (digests.length === 0 ? [release] : digests).map(digestNumber),
    since: at(since),
  });
  const ran = (...stints: Stint[]) => ({ stints: { staging: known(stints) } });
  const soaked = (now: number, stints: readonly Stint[], more = {}) =>
    report({ soaks: [{ ...soak, ...more }] }, ran(...stints), SINCE + now);

  it('opens when the images have run there for so long', () => {
    expect(soaked(3_599_999, [stint(2, 0)])).toEqual({
      kind: 'soak',
      id: 'environment/soak/staging',
      name: 'staging',
      open: false,
      reason: 'Runs in staging for 1h first',
      openedBy: ['time'],
      changesAt: at(3_600_000),
    });
    expect(soaked(3_600_000, [stint(2, 0)])).toEqual({
      kind: 'soak',
      id: 'environment/soak/staging',
      name: 'staging',
      open: true,
      reason: 'Ran in staging for 1h',
      openedBy: [],
    });
  });

  it('asks for exactly these images, whatever the number of the release', () => {
    expect(soaked(3_600_000, [stint(1, 0, 2)])).toMatchObject({ open: true });
    expect(soaked(3_600_000, [stint(2, 0, 2, 3)])).toMatchObject({ open: false });
    expect(soaked(3_600_000, [stint(2, 0, 3)])).toEqual({
      kind: 'soak',
      id: 'environment/soak/staging',
      name: 'staging',
      open: false,
      reason: 'Has to run in staging for 1h, and does not run there',
      openedBy: ['a deployment to staging'],
    });
    expect(soaked(3_600_000, [])).toMatchObject({ open: false });
  });

  it('is not opened by some of the images, where others never ran there', () => {
    const both = question({ soaks: [soak] }, { digests: [2, 3].map(digestNumber), facts: facts(ran(stint(2, 0))) });
    expect(evaluateGates(both, SINCE + 9_000_000).kind).toBe('closed');
  });

  it('opens for what still runs, where it must not be replaced', () => {
    expect(soaked(3_600_000, [stint(2, 0)], { mayBeReplaced: false })).toMatchObject({ open: true });
  });

  it('takes what ran on under another number as one stay', () => {
    expect(soaked(3_600_000, [stint(3, 1_800_000, 2), stint(2, 0)])).toMatchObject({ open: true });
    expect(soaked(3_599_999, [stint(3, 1_800_000, 2), stint(2, 0)])).toMatchObject({ open: false, changesAt: at(3_600_000) });
  });

  it('counts what a newer release has replaced, unless it must still run', () => {
    const replaced = [stint(3, 3_600_000), stint(2, 0)];
    expect(soaked(9_000_000, replaced)).toMatchObject({ open: true });
    expect(soaked(9_000_000, replaced, { mayBeReplaced: false })).toMatchObject({
      open: false,
      reason: 'Has to run in staging for 1h, and was replaced by release 3 there',
      openedBy: ['a deployment to staging'],
    });
    expect(soaked(9_000_000, [stint(3, 3_599_999), stint(2, 0)])).toMatchObject({
      open: false,
      reason: 'Has to run in staging for 1h, and was replaced by release 3 there after 59m of 1h',
    });
  });

  it('never counts what was taken back, and counts from anew what came again', () => {
    expect(soaked(9_000_000, [stint(1, 7_200_000), stint(2, 0)])).toMatchObject({
      open: false,
      reason: 'Has to run in staging for 1h, and was taken back there',
    });
    expect(soaked(9_000_000, [stint(2, 7_200_000), stint(3, 3_600_000), stint(2, 0)])).toMatchObject({ open: true });
    expect(soaked(9_000_000, [stint(2, 7_200_000), stint(1, 3_600_000), stint(2, 0)])).toMatchObject({
      open: false,
      changesAt: at(10_800_000),
    });
  });

  it('is closed while nobody knows what runs there', () => {
    expect(report({ soaks: [soak] }, { stints: { staging: unknown('Temporal is down') } })).toEqual({
      kind: 'soak',
      id: 'environment/soak/staging',
      name: 'staging',
      open: false,
      reason: 'What staging runs is not known: Temporal is down',
      openedBy: [],
    });
    expect(report({ soaks: [soak] }, {})?.reason).toBe('What staging runs is not known: it has not been read yet');
    expect(report({ soaks: [{ ...soak, environment: 'constructor' }] }, { stints: {} })?.reason).toContain('it has not been read yet');
  });

  it('is told by what an environment wrote down, and by what it runs where it wrote down nothing', () => {
    const now = { release: 2, digests: [digestNumber(2)], since: '2026-01-01T00:00:00Z' };
    expect(stintsOf({ current: null })).toEqual([]);
    expect(stintsOf({ current: good(2) })).toEqual([now]);
    expect(stintsOf({ current: good(2), stints: [stint(1, 0), now] })).toEqual([stint(1, 0), now]);
  });

  it('gives nobody the time of another, however often releases came and were taken back', () => {
    const hour = 3_600_000;
    const ran = [
      { release: 4, from: 0 },
      { release: 6, from: hour },
      { release: 5, from: hour + 300_000 },
      { release: 7, from: 9 * hour },
      { release: 5, from: 9.2 * hour },
    ].reduce<EnvironmentState>(
      (state, { release, from }) => {
        const promotion = begin(enqueue(state, request(`r${from}`, release), at(from)), (n) => `deployment/${n}`, at(from));
        return finish(promotion, { kind: 'succeeded', hosts: [] }, at(from), 0);
      },
      emptyEnvironment('shop', 'staging'),
    );
    const ofSix = question({ soaks: [soak] }, { digests: [digestNumber(6)] });
    const stints = known(stintsOf(environmentStatusOf(ran)));
    const verdict = evaluateGates({ ...ofSix, facts: facts({ stints: { staging: stints } }) }, SINCE + 10 * hour);
    expect(verdict.gates[0]).toMatchObject({ open: false, reason: 'Has to run in staging for 1h, and was taken back there' });
    expect(ran.stints?.map(({ release }) => release)).toEqual([4, 6, 5, 7, 5]);
  });

  it('is told of no more than so many changes', () => {
    const many = Array.from({ length: 80 }, (_, index) => index + 1);
    const stints = many.reduce<readonly Stint[]>((earlier, release) => withStint({ current: null, stints: earlier }, good(release)), []);
    expect([stints.length, stints[0]?.release, stints.at(-1)?.release]).toEqual([50, 31, 80]);
  });
});

describe('change windows', () => {
  const window = (name: string, kind: 'allow' | 'deny' = 'allow') =>
    ({ name, kind, starts: '', zone: 'UTC', length: { days: 1 } }) as const;
  const from = (...intervals: (readonly [number, number])[]) => intervals.map(([begin, end]) => [SINCE + begin, SINCE + end] as const);
  const opens = (windows: Record<string, readonly (readonly [number, number])[]>, knownUntil?: number) => ({
    windows: Object.fromEntries(
      Object.entries(windows).map(([name, intervals]) => [
        `environment/${name}`,
        known({ intervals: from(...intervals), ...(knownUntil !== undefined && { knownUntil: SINCE + knownUntil }) }),
      ]),
    ),
  });

  it('are open from their first moment until their last', () => {
    const state = (now: number) =>
      report(
        { windows: [window('day')] },
        opens({
          day: [
            [10, 20],
            [30, 40],
          ],
        }),
        SINCE + now,
      );
    expect(state(9)).toEqual({
      kind: 'window',
      id: 'environment/window',
      name: 'environment',
      open: false,
      reason: 'Outside window day',
      openedBy: ['time'],
      changesAt: at(10),
    });
    expect(state(10)).toEqual({
      kind: 'window',
      id: 'environment/window',
      name: 'environment',
      open: true,
      reason: 'Window day is open',
      openedBy: ['time'],
      changesAt: at(20),
    });
    expect(state(19)).toMatchObject({ open: true });
    expect(state(20)).toMatchObject({ open: false, changesAt: at(30) });
    expect(state(40)).toEqual({
      kind: 'window',
      id: 'environment/window',
      name: 'environment',
      open: false,
      reason: 'Outside window day, and none opens any more',
      openedBy: ['other change windows'],
    });
  });

  it('add up, and a denial wins', () => {
    const windows = [window('day'), window('night'), window('sale', 'deny')];
    const state = (now: number) =>
      report(
        { windows },
        opens({
          day: [[10, 20]],
          night: [[20, 30]],
          sale: [
            [12, 14],
            [18, 26],
          ],
        }),
        SINCE + now,
      );
    expect(state(0)).toMatchObject({ open: false, reason: 'Outside windows day, night', changesAt: at(10) });
    expect(state(10)).toMatchObject({ open: true, changesAt: at(12) });
    expect(state(13)).toMatchObject({ open: false, reason: 'Window sale forbids it', changesAt: at(14) });
    expect(state(14)).toMatchObject({ open: true, changesAt: at(18) });
    expect(state(20)).toMatchObject({ open: false, changesAt: at(26) });
    expect(state(26)).toMatchObject({ open: true, reason: 'Window night is open', changesAt: at(30) });
  });

  it('that overlap are one, until the last of them closes', () => {
    const asked = opens({ day: [[10, 20]], night: [[15, 30]] });
    expect(report({ windows: [window('day'), window('night')] }, asked, SINCE + 12)).toMatchObject({ open: true, changesAt: at(30) });
  });

  it('that deny alone allow everything else', () => {
    const state = (now: number) => report({ windows: [window('sale', 'deny')] }, opens({ sale: [[10, 20]] }), SINCE + now);
    expect(state(0)).toMatchObject({ open: true, reason: 'No window forbids it now', changesAt: at(10) });
    expect(state(10)).toMatchObject({ open: false, changesAt: at(20) });
    expect(state(20)).toEqual({
      kind: 'window',
      id: 'environment/window',
      name: 'environment',
      open: true,
      reason: 'No window forbids it now',
      openedBy: ['time'],
    });
  });

  it('are not known beyond a horizon, and closed there', () => {
    const state = (now: number) =>
      report(
        { windows: [window('day')] },
        opens(
          {
            day: [
              [10, 20],
              [60, 70],
            ],
          },
          50,
        ),
        SINCE + now,
      );
    expect(state(30)).toMatchObject({ open: false, reason: 'Outside window day', changesAt: at(50) });
    expect(state(50)).toMatchObject({ open: false, reason: 'The change windows have to be read anew', openedBy: [] });
    expect(state(65)).toMatchObject({ open: false });
  });

  it('are known as far as the one that was read least far', () => {
    const windows = { ...opens({ day: [[10, 90]] }, 80).windows, ...opens({ night: [] }, 40).windows };
    const asked = (now: number) => report({ windows: [window('day'), window('night')] }, { windows }, SINCE + now);
    expect(asked(39)).toMatchObject({ open: true });
    expect(asked(40)).toMatchObject({ open: false, reason: 'The change windows have to be read anew' });
  });

  it('are closed while they have not been read', () => {
    expect(report({ windows: [window('day')] }, {})).toMatchObject({
      open: false,
      reason: 'Window day is not known: it has not been read yet',
      openedBy: [],
    });
  });

  it('of a pipeline are one more gate, so that it can only narrow them', () => {
    const rules: OwnedRules[] = [
      { origin: 'environment', windows: [window('day')] },
      { origin: 'pipeline', windows: [window('day')] },
    ];
    const read = { ...opens({ day: [[10, 20]] }).windows, 'pipeline/day': known({ intervals: from([15, 30]) }) };
    const kinds = [12, 16, 25].map((now) => evaluateGates(question({}, { rules, facts: facts({ windows: read }) }), SINCE + now).kind);
    expect(kinds).toEqual(['closed', 'open', 'closed']);
  });
});

describe('a metric gate', () => {
  const source = { kind: 'prometheus', url: 'http://p', query: 'up' } as const;
  const metric = { name: 'errors', source, atLeast: 1, atMost: 3, freshMs: 1_000 };
  const measured = (value: number, now = 0, more = {}) =>
    report({ metrics: [{ ...metric, ...more }] }, { metrics: { 'environment/errors': known({ value, at: at(0) }) } }, SINCE + now);

  it('opens while a figure lies between its limits, both included', () => {
    expect([0.9, 1, 3, 3.1].map((value) => measured(value)?.open)).toEqual([false, true, true, false]);
    expect(measured(2)).toEqual({
      kind: 'metric',
      id: 'environment/metric/errors',
      name: 'errors',
      open: true,
      reason: 'errors is 2, and at least 1 and at most 3',
      openedBy: [],
    });
    expect(measured(5)).toEqual({
      kind: 'metric',
      id: 'environment/metric/errors',
      name: 'errors',
      open: false,
      reason: 'errors is 5, and must be at least 1 and at most 3',
      openedBy: ['errors at least 1 and at most 3'],
    });
    const { atLeast: _, ...upper } = metric;
    const { atMost: __, ...lower } = metric;
    const one = (rules: typeof upper | typeof lower, value: number) =>
      report({ metrics: [rules] }, { metrics: { 'environment/errors': known({ value, at: at(0) }) } })?.open;
    expect([one(upper, -5), one(upper, 4), one(lower, 1e9), one(lower, 0)]).toEqual([true, false, true, false]);
  });

  it('names the limits that it has, and no others', () => {
    const only = (limits: object) =>
      report(
        { metrics: [{ name: 'errors', source, freshMs: 1, ...limits }] },
        { metrics: { 'environment/errors': known({ value: 2, at: at(0) }) } },
      )?.reason;
    expect(only({ atMost: 1 })).toBe('errors is 2, and must be at most 1');
    expect(only({ atLeast: 3 })).toBe('errors is 2, and must be at least 3');
  });

  it('is closed by a figure that is too old, and without one', () => {
    expect(measured(2, 999)?.open).toBe(true);
    expect(measured(2, 1_000)).toMatchObject({ open: false, reason: `errors is not known: it was last measured at ${at(0)}` });
    const lost = report({ metrics: [metric] }, { metrics: { 'environment/errors': unknown('no answer') } });
    expect(lost).toMatchObject({ open: false, reason: 'errors is not known: no answer' });
  });
});

describe('a gate of another application', () => {
  const api = { application: 'api', environment: 'production' };
  const runs = (value: InPlace) => ({ applications: { 'api/production': known(value) } });
  const state = (more: object, value: InPlace, commit = 'abc') =>
    evaluateGates(question({ applications: [{ ...api, ...more }] }, { facts: facts(runs(value)), commit }), SINCE).gates[0];

  it('opens when a release of it is in place', () => {
    expect(state({}, { current: { release: 1 }, isChanging: false })).toEqual({
      kind: 'application',
      id: 'environment/application/api/production',
      name: 'api/production',
      open: true,
      reason: 'api in production is in place',
      openedBy: [],
    });
    expect(state({}, { current: null, isChanging: false })).toEqual({
      kind: 'application',
      id: 'environment/application/api/production',
      name: 'api/production',
      open: false,
      reason: 'Needs a release of api in production, and nothing runs there',
      openedBy: ['a deployment of api to production'],
    });
    expect(state({}, { current: { release: 1 }, isChanging: true })?.reason).toBe(
      'Needs a release of api in production, and it is being changed',
    );
  });

  it('asks for a number, or for the same commit', () => {
    expect(state({ atLeast: 2 }, { current: { release: 2 }, isChanging: false })?.open).toBe(true);
    expect(state({ atLeast: 3 }, { current: { release: 2 }, isChanging: false })?.reason).toBe(
      'Needs release 3 of api or a later one in production, and release 2 runs there',
    );
    expect(state({ sameCommit: true }, { current: { release: 2, commit: 'abc' }, isChanging: false })?.open).toBe(true);
    expect(state({ sameCommit: true }, { current: { release: 2, commit: 'abd' }, isChanging: false })?.reason).toBe(
      'Needs a release of api from the same commit in production, and release 2 is of another commit',
    );
    expect(state({ sameCommit: true }, { current: { release: 2 }, isChanging: false })?.open).toBe(false);
    expect(
      evaluateGates(
        question({ applications: [{ ...api, sameCommit: true }] }, { facts: facts(runs({ current: { release: 2 }, isChanging: false })) }),
        SINCE,
      ).kind,
    ).toBe('closed');
  });

  it('is closed while nobody knows', () => {
    expect(report({ applications: [api] }, {})?.reason).toBe(
      'Needs a release of api in production, and it is not known what runs there: it has not been read yet',
    );
  });
});

describe('a trust gate', () => {
  it('is closed until it is known that the images meet the policy', () => {
    expect(report({ trust: 'signed' }, {})).toEqual({
      kind: 'trust',
      id: 'environment/trust/signed',
      name: 'signed',
      open: false,
      reason: 'Whether the images meet signed is not known: it has not been read yet',
      openedBy: ['evidence that meets signed'],
    });
    const verdict = (trusted: boolean) =>
      report({ trust: 'signed' }, { trust: { signed: known({ trusted, reason: 'because', revision: 'r1' }) } });
    expect(verdict(true)).toEqual({
      kind: 'trust',
      id: 'environment/trust/signed',
      name: 'signed',
      open: true,
      reason: 'because',
      openedBy: [],
    });
    expect(verdict(false)).toEqual({
      kind: 'trust',
      id: 'environment/trust/signed',
      name: 'signed',
      open: false,
      reason: 'because',
      openedBy: ['evidence that meets signed'],
    });
  });
});

describe('an external check', () => {
  const check = { name: 'itsm', deadlineMs: 100 };
  const answered = (kind: 'asked' | 'passed' | 'failed', now = 0) =>
    evaluateGates(
      question({ checks: [check] }, { facts: facts({ checks: { 'environment/itsm': known({ kind, at: at(0), reason: 'CHG-7' }) } }) }),
      SINCE + now,
    );

  it('opens with its yes, ends the stage with its no, and expires without an answer', () => {
    expect(answered('asked')).toEqual({
      kind: 'closed',
      gates: [
        {
          kind: 'check',
          id: 'environment/check/itsm',
          name: 'itsm',
          open: false,
          reason: 'Waiting for the answer of itsm',
          openedBy: ['itsm'],
          changesAt: at(100),
        },
      ],
    });
    expect(answered('asked', 99).kind).toBe('closed');
    expect(answered('asked', 100)).toMatchObject({ kind: 'expired', reason: 'itsm did not answer before its deadline' });
    expect(answered('passed', 500)).toEqual({
      kind: 'open',
      gates: [{ kind: 'check', id: 'environment/check/itsm', name: 'itsm', open: true, reason: 'itsm said yes: CHG-7', openedBy: [] }],
    });
    expect(answered('failed')).toMatchObject({
      kind: 'rejected',
      by: 'itsm',
      comment: 'itsm said no: CHG-7',
      gates: [{ open: false, openedBy: [] }],
    });
    expect(report({ checks: [check] }, {})).toMatchObject({
      open: false,
      reason: 'itsm was not asked: it has not been read yet',
      openedBy: ['itsm'],
    });
  });
});

describe('the answer to an external check', () => {
  const check = { name: 'itsm', url: 'https://itsm', deadlineMs: 100 };
  const told = (kind: 'asked' | 'passed' | 'failed') => known({ kind, at: at(0), reason: 'CHG-7' });

  it('that came in time counts after its deadline too, while other gates are waited for', () => {
    const asked = question({ checks: [check], approvals: [rule()] }, { facts: facts({ checks: { 'environment/itsm': told('passed') } }) });
    expect(evaluateGates(asked, SINCE + 500).kind).toBe('closed');
  });

  it("is the check's own, whatever else has its name", () => {
    const metric = { name: 'itsm', source: { kind: 'prometheus', url: 'http://p', query: 'up' }, freshMs: 1 } as const;
    const asked = question({ checks: [check], metrics: [metric] }, { facts: facts({ checks: { 'environment/itsm': told('failed') } }) });
    expect(evaluateGates(asked, SINCE)).toMatchObject({ kind: 'rejected', by: 'itsm', comment: 'itsm said no: CHG-7' });
  });

  it('is a no where only one of two checks of its name says no', () => {
    const rules: OwnedRules[] = [
      { origin: 'environment', checks: [check] },
      { origin: 'pipeline', checks: [check] },
    ];
    const checks = { 'environment/itsm': told('passed'), 'pipeline/itsm': told('failed') };
    expect(evaluateGates(question({}, { rules, facts: facts({ checks }) }), SINCE).kind).toBe('rejected');
  });

  it('is waited for beside others that did not answer either', () => {
    const other = { ...check, name: 'change-board' };
    const asked = question(
      { checks: [other, check] },
      { facts: facts({ checks: { 'environment/change-board': told('passed'), 'environment/itsm': told('asked') } }) },
    );
    expect(evaluateGates(asked, SINCE + 99).kind).toBe('closed');
    expect(evaluateGates(asked, SINCE + 100)).toMatchObject({ kind: 'expired', reason: 'itsm did not answer before its deadline' });
  });
});

describe('a stage that somebody must promote', () => {
  it('waits until somebody does', () => {
    expect(report({ promotion: 'manual' }, {})).toEqual({
      kind: 'promotion',
      id: 'environment/promotion',
      open: false,
      reason: 'production takes a release when somebody promotes it',
      openedBy: ["'tidegate promote'"],
    });
    const promoted = evaluateGates(question({ promotion: 'manual' }, { promotedBy: 'ana' }), SINCE);
    expect(promoted).toEqual({
      kind: 'open',
      gates: [{ kind: 'promotion', id: 'environment/promotion', open: true, reason: 'ana promoted it', openedBy: [] }],
    });
    expect(reports({ promotion: 'automatic' }, {})).toEqual([]);
  });
});

describe('the rules of a stage', () => {
  it("are the environment's and the pipeline's, each for itself, and nothing where nothing is asked", () => {
    expect(rulesOf({}, {})).toEqual([]);
    const own = rule({ approvers: ['ana'] });
    const added = rule({ approvers: ['bo'] });
    const named = rule({ name: 'security' });
    expect(rulesOf({ approval: own, protection: { approvals: [named], promotion: 'manual' } }, { approval: added })).toEqual([
      { origin: 'environment', approvals: [own, named], promotion: 'manual' },
      { origin: 'pipeline', approvals: [added] },
    ]);
    expect(rulesOf({}, { protection: { soaks: [] } })).toEqual([{ origin: 'pipeline', soaks: [] }]);
  });
});
