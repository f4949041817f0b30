import { describe, expect, it } from '@jest/globals';
import type { ApprovalRule } from '../../../domain/gates/rules.ts';
import { asksTrust, asksWhoStarted, lastRules, rulesOf } from '../../../domain/gates/stage-rules.ts';

const rule = (excludeInitiator: boolean): ApprovalRule => ({ approvers: ['rita'], count: 1, excludeInitiator, deadlineMs: 1 });
const [keeps, lets] = [rule(true), rule(false)];

describe('the rules of a stage', () => {
  it('are those of both files, each for itself, where they ask for anything', () => {
    expect(rulesOf({}, {})).toEqual([]);
    expect(rulesOf({ approval: keeps }, { protection: { approvals: [lets], promotion: 'manual' } })).toEqual([
      { origin: 'environment', approvals: [keeps] },
      { origin: 'pipeline', approvals: [lets], promotion: 'manual' },
    ]);
    expect(rulesOf({}, { approval: keeps, protection: { approvals: [lets] } })).toEqual([{ origin: 'pipeline', approvals: [keeps, lets] }]);
  });

  it('depend on who started the release where any approval of any file does', () => {
    expect(asksWhoStarted(rulesOf({ approval: keeps }, { protection: { promotion: 'manual' } }))).toBe(true);
    expect(asksWhoStarted(rulesOf({ approval: lets }, { protection: { approvals: [lets, keeps] } }))).toBe(true);
    expect(asksWhoStarted(rulesOf({ approval: lets }, { protection: { promotion: 'manual' } }))).toBe(false);
    expect(asksWhoStarted([])).toBe(false);
  });

  it('are about what is attached to images where any file asks for it', () => {
    expect(asksTrust(rulesOf({ protection: { trust: 'signed' } }, { approval: lets }))).toBe(true);
    expect(asksTrust(rulesOf({ approval: lets }, {}))).toBe(false);
    expect(asksTrust([])).toBe(false);
  });

  it('that are looked at again at its turn are its windows', () => {
    expect(
      lastRules([
        { origin: 'environment', windows: [] },
        { origin: 'pipeline', approvals: [lets] },
      ]),
    ).toEqual([{ origin: 'environment', windows: [] }]);
  });
});
