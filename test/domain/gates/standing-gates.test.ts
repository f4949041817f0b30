import { describe, expect, it } from '@jest/globals';
import { evaluateGates, lastReports, nextLook } from '../../../domain/gates/evaluate.ts';
import { looksAgainAfter } from '../../../domain/gates/looking.ts';
import type { GateQuestion } from '../../../domain/gates/question.ts';
import type { GateReport } from '../../../domain/gates/report.ts';
import { lastRules } from '../../../domain/gates/stage-rules.ts';
import type { BreakGlass, Freeze, Standing } from '../../../domain/standing.ts';
import { digestNumber } from '../arbitraries.ts';
import { at, facts, known, question, rule, SINCE, unknown, vote } from './questions.ts';

const decided = { id: 'x', reason: 'the sale', by: 'ana', at: at(-1) };
const FREEZE: Freeze = { kind: 'freeze', ...decided, scope: {}, owner: 'sales', from: at(0), until: at(100) };
const GLASS: BreakGlass = {
  kind: 'break-glass',
  ...decided,
  id: 'glass',
  reason: 'it burns',
  application: 'shop',
  environment: 'production',
  release: 2,
  digests: [digestNumber(2)],
  skips: ['x', 'environment/approval', 'environment/window'],
  incident: 'INC-7',
  expiresAt: at(500),
  ratifyBy: at(900),
  consequence: 'freeze',
};
const under = (standing: Partial<Standing>, more: Partial<GateQuestion> = {}) => question({}, { facts: facts({}, standing), ...more });

describe('what people decided beforehand', () => {
  it('is a gate each, until it ends', () => {
    const asked = under({
      freezes: [FREEZE],
      blocks: [{ kind: 'block', ...decided, id: 'b', application: 'shop', release: 2 }],
      holds: [{ kind: 'hold', ...decided, id: 'h', application: 'shop', environment: 'production', release: 1 }],
    });
    expect(evaluateGates(asked, SINCE)).toMatchObject({
      kind: 'closed',
      gates: [
        { kind: 'freeze', name: 'x', open: false, openedBy: ['sales'], changesAt: at(100), reason: expect.stringContaining('the sale') },
        { kind: 'block', name: 'b', open: false, openedBy: ['ana'] },
        { kind: 'hold', name: 'h', open: false, openedBy: ['ana'] },
      ],
    });
    expect(evaluateGates(asked, SINCE).gates[1]).not.toHaveProperty('changesAt');
    expect(evaluateGates(under({ freezes: [FREEZE] }), SINCE + 100)).toEqual({ kind: 'open', gates: [] });
  });

  it('keeps everything closed while nobody knows of it', () => {
    expect(evaluateGates(question({}, { facts: { standing: unknown('the ledger is locked') } }), SINCE)).toEqual({
      kind: 'closed',
      gates: [
        {
          kind: 'freeze',
          open: false,
          reason: 'It is not known whether a freeze, a block or a hold stands: the ledger is locked',
          openedBy: [],
        },
      ],
    });
    const late = question({ approvals: [rule()] }, { facts: { standing: unknown('locked') } });
    expect(evaluateGates(late, SINCE + 1_000).kind).toBe('expired');
  });

  it('never opens a stage that votes have not, and the other way round', () => {
    const both = under({ freezes: [FREEZE] }, { rules: [{ origin: 'environment', approvals: [rule()] }] });
    expect(evaluateGates(both, SINCE + 200).kind).toBe('closed');
    expect(evaluateGates({ ...both, votes: [vote('ana')] }, SINCE + 50).kind).toBe('closed');
    expect(evaluateGates({ ...both, votes: [vote('ana')] }, SINCE + 200).kind).toBe('open');
  });
});

describe('broken glass', () => {
  const window = { name: 'w', kind: 'allow', starts: '', zone: 'UTC', length: { days: 1 } } as const;
  const rules = [{ origin: 'environment' as const, approvals: [rule()], windows: [window] }];
  const windows = { 'environment/w': known({ intervals: [] }) };
  const broken = (more: Partial<BreakGlass> = {}, standing: Partial<Standing> = { freezes: [FREEZE] }) =>
    question({}, { rules, facts: facts({ windows }, { ...standing, breakGlass: [{ ...GLASS, ...more }] }) });

  it('opens the gates that it names, says for whom and why, and nothing else', () => {
    const { kind, gates } = evaluateGates(broken(), SINCE);
    expect(kind).toBe('open');
    expect(gates[0]).toEqual({
      kind: 'approval',
      id: 'environment/approval',
      open: true,
      reason: 'Skipped: ana broke the glass for INC-7, it burns. It was: Waiting for 1 of 1 approval',
      openedBy: [],
      changesAt: at(500),
    });
    expect(evaluateGates(broken({ skips: ['x', 'environment/approval'] }), SINCE)).toMatchObject({
      kind: 'closed',
      gates: [{ open: true }, { kind: 'window', open: false }, { open: true }],
    });
    const blocked = broken({}, { blocks: [{ kind: 'block', ...decided, application: 'shop', release: 2 }] });
    expect(evaluateGates(blocked, SINCE).kind).toBe('closed');
    const untrusted = { ...broken({}, {}), rules: [{ origin: 'environment' as const, trust: 'signed' }] };
    expect(evaluateGates(untrusted, SINCE).kind).toBe('closed');
  });

  it('goes past a gate of the file that it names, and past none of its like in the other file or of another name', () => {
    const both = (['environment', 'pipeline'] as const).map((origin) => ({
      ...{ origin, approvals: [rule(), rule({ name: 'security' })], windows: [window] },
    }));
    const shut = { 'environment/w': known({ intervals: [] }), 'pipeline/w': known({ intervals: [] }) };
    const opened = (skips: BreakGlass['skips']) => {
      const breakGlass = [{ ...GLASS, skips }];
      const asked = question(
        {},
        { rules: both, facts: facts({ windows: shut }, { freezes: [FREEZE, { ...FREEZE, id: 'y' }], breakGlass }) },
      );
      return evaluateGates(asked, SINCE).gates.flatMap(({ id, open }) => (open ? [id] : []));
    };
    expect(opened(['environment/window'])).toEqual(['environment/window']);
    expect(opened(['pipeline/window', 'pipeline/approval/security'])).toEqual(['pipeline/approval/security', 'pipeline/window']);
    expect(opened(['environment/approval'])).toEqual(['environment/approval']);
    expect(opened(['y'])).toEqual(['y']);
    expect(opened(['environment/approval/other', 'window/environment', 'environment'])).toEqual([]);
    // What was broken before gates had names.
    expect(opened(['window', 'freeze'])).toEqual(['environment/window', 'pipeline/window', 'x', 'y']);
  });

  it('never opens what is not to be skipped, whatever it names', () => {
    const rules = [{ origin: 'environment' as const, trust: 'signed', promotion: 'manual' as const }];
    const skips = ['environment/trust/signed', 'trust', 'environment/promotion', 'promotion', 'x', 'block'];
    const blocks = [{ kind: 'block' as const, ...decided, application: 'shop', release: 2 }];
    const asked = question({}, { rules, facts: facts({}, { blocks, breakGlass: [{ ...GLASS, skips }] }) });
    expect(evaluateGates(asked, SINCE).gates.map(({ id, open }) => [id, open])).toEqual([
      ['environment/promotion', false],
      ['environment/trust/signed', false],
      ['x', false],
    ]);
  });

  it('is of one release in one environment, for a while', () => {
    expect(evaluateGates(broken({ release: 3 }), SINCE).kind).toBe('closed');
    expect(evaluateGates(broken({ environment: 'staging' }), SINCE).kind).toBe('closed');
    expect(evaluateGates(broken({ digests: [digestNumber(3)] }), SINCE).kind).toBe('closed');
    expect(evaluateGates(broken(), SINCE + 500).kind).toBe('closed');
  });

  it('keeps a gate that it opens from expiring, and a gate that it does not open expires', () => {
    const late = { deadlineMs: 10 };
    const of = (skips: BreakGlass['skips']) => {
      const asked = broken({ skips });
      return { ...asked, rules: [{ origin: 'environment' as const, approvals: [rule(late)] }] };
    };
    expect(evaluateGates(of(['environment/approval']), SINCE + 50).kind).toBe('closed');
    expect(evaluateGates(of(['approval']), SINCE + 50).kind).toBe('closed');
    expect(evaluateGates(of(['pipeline/approval']), SINCE + 50).kind).toBe('expired');
    expect(evaluateGates(of(['x']), SINCE + 50).kind).toBe('expired');
  });

  it('lets nobody be overheard who says no', () => {
    expect(evaluateGates({ ...broken(), votes: [vote('ana', { decision: 'reject' })] }, SINCE).kind).toBe('rejected');
  });

  it('opens what is open without it', () => {
    const asked = { ...broken({}, {}), rules: [{ origin: 'environment' as const, approvals: [rule()] }], votes: [vote('ana')] };
    expect(evaluateGates(asked, SINCE).gates[0]?.reason).toBe('Approved by ana');
  });
});

describe('the last look before a deployment begins', () => {
  it('is at windows and at what people decided beforehand, and at nothing that was settled before', () => {
    const window = { name: 'w', kind: 'deny', starts: '', zone: 'UTC', length: { days: 1 } } as const;
    const rules = [{ origin: 'environment' as const, approvals: [rule()], windows: [window] }];
    expect(lastRules(rules)).toEqual([{ origin: 'environment', windows: [window] }]);
    expect(lastRules([{ origin: 'pipeline', approvals: [rule()] }])).toEqual([]);
    const windows = { 'environment/w': known({ intervals: [[SINCE, SINCE + 5] as const] }) };
    const asked = question({}, { rules, facts: facts({ windows }, { freezes: [FREEZE] }) });
    expect(lastReports(asked, SINCE).map(({ kind, open }) => [kind, open])).toEqual([
      ['window', false],
      ['freeze', false],
    ]);
    expect(lastReports(asked, SINCE + 100).every(({ open }) => open)).toBe(true);
    const glass = question({}, { rules, facts: facts({ windows }, { freezes: [FREEZE], breakGlass: [GLASS] }) });
    expect(lastReports(glass, SINCE).every(({ open }) => open)).toBe(true);
  });
});

describe('the next look', () => {
  it('is at the first moment at which something can change by itself', () => {
    expect(nextLook(question(), SINCE)).toBe(Number.POSITIVE_INFINITY);
    expect(nextLook(question({ approvals: [rule(), rule({ deadlineMs: 500 })] }), SINCE)).toBe(SINCE + 500);
    expect(nextLook(question({ approvals: [rule()] }, { votes: [vote('ana')] }), SINCE)).toBe(Number.POSITIVE_INFINITY);
    const window = { name: 'w', kind: 'allow', starts: '', zone: 'UTC', length: { days: 1 } } as const;
    const open = { 'environment/w': known({ intervals: [[SINCE, SINCE + 20] as const] }) };
    expect(nextLook(question({ approvals: [rule()], windows: [window] }, { facts: facts({ windows: open }) }), SINCE)).toBe(SINCE + 1_000);
    expect(nextLook(under({ freezes: [{ ...FREEZE, from: at(50) }] }), SINCE)).toBe(SINCE + 50);
    expect(nextLook(under({ freezes: [FREEZE] }), SINCE + 10)).toBe(SINCE + 100);
    expect(nextLook(question({ approvals: [rule()] }, { facts: { standing: unknown('x') } }), SINCE)).toBe(SINCE + 1_000);
    expect(nextLook(question({ approvals: [rule()] }), SINCE + 1_000)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is rarer from time to time where nobody says anything, and sooner where a figure or an answer is missing', () => {
    const gate = (more: Partial<GateReport> = {}): GateReport => ({
      kind: 'approval',
      open: false,
      reason: '',
      openedBy: ['ana'],
      ...more,
    });
    const minutes = (gates: readonly GateReport[], looks: number) => looksAgainAfter(gates, looks) / 60_000;
    expect([0, 1, 2, 100].map((looks) => minutes([gate()], looks))).toEqual([10, 12.5, 15.625, 180]);
    expect([0, 1, 100].map((looks) => minutes([gate({ kind: 'metric' })], looks))).toEqual([1, 1.25, 30]);
    expect(minutes([gate({ kind: 'trust' })], 0)).toBe(1);
    expect(minutes([gate({ openedBy: [] })], 0)).toBe(1);
    expect(minutes([gate({ kind: 'metric', open: true }), gate({ open: true, openedBy: [] })], 0)).toBe(10);
    expect(minutes([gate(), gate({ kind: 'metric' })], 0)).toBe(1);
  });

  it.each([60_000, 300_000])('fits a week of a figure out of its limits, fresh for %i ms, into the history of one release', (freshMs) => {
    const week = SINCE + 7 * 86_400_000;
    const source = { kind: 'prometheus', url: 'http://p', query: 'errors' } as const;
    let looks = 0;
    for (let now = SINCE; now < week; looks += 1) {
      const errors = { 'environment/errors': known({ value: 5, at: new Date(now).toISOString() }) };
      const asked = question({ metrics: [{ name: 'errors', source, atMost: 1, freshMs }] }, { facts: facts({ metrics: errors }) });
      now = Math.min(nextLook(asked, now), now + looksAgainAfter(evaluateGates(asked, now).gates, looks));
    }
    expect(looks).toBeLessThan(400);
  });
});
