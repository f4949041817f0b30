import { describe, expect, it } from '@jest/globals';
import { explanationPage } from '../../cli/rendering/explanation-page.ts';
import type { Page } from '../../cli/rendering/page.ts';
import type { StageExplanation } from '../../domain/gates/explain.ts';

const page: Page = { style: (_tone, text) => text, now: Date.parse('2026-05-11T12:00:00Z'), columns: 120 };

const STAGES: readonly StageExplanation[] = [
  { stage: 'test', state: 'passed', hindrances: [], gates: [] },
  {
    stage: 'production',
    environment: 'prod',
    state: 'rejected',
    hindrances: [{ reason: 'ana rejected it', todo: "'tidegate promote shop#2 --to production' takes it there again" }],
    gates: [
      { kind: 'soak', id: 'pipeline/soak/staging', name: 'staging', open: true, reason: 'Ran in staging for 1h', openedBy: [] },
      {
        kind: 'approval',
        id: 'environment/approval',
        open: false,
        reason: 'Waiting for 1 of 1 approval; sam votes for rita no more',
        openedBy: ['rita', 'group ops'],
        changesAt: '2026-05-18T14:02:00Z',
        form: { type: 'object', properties: { ticket: {} } },
      },
      {
        kind: 'freeze',
        id: 'freeze-1',
        name: 'freeze-1',
        open: false,
        reason: 'sales has frozen everything',
        openedBy: ['sales'],
        changesAt: '2026-05-18T14:02:00Z',
      },
      {
        kind: 'window',
        id: 'environment/window',
        name: 'environment',
        open: false,
        reason: 'Outside window day',
        openedBy: ['time'],
        changesAt: '2026-05-18T14:02:00Z',
      },
      { kind: 'trust', name: 'signed', open: false, reason: `Attach it to r/web@sha256:${'a'.repeat(200)}`, openedBy: ['evidence'] },
    ],
  },
];

describe('an explanation', () => {
  it('says for each stage what comes first, which gates are closed and open, and what to type', () => {
    expect(explanationPage('shop#2', STAGES, page)).toBe(`test  passed
  it has passed

production to prod  rejected
  ana rejected it
    'tidegate promote shop#2 --to production' takes it there again
  closed  environment/approval: Waiting for 1 of 1 approval from rita or group ops, until 2026-05-18 14:02 UTC; sam votes for rita no more
            'tidegate approve shop#2 --stage production --input '{"ticket": …}'' approves it
  closed  freeze-1: sales has frozen everything
            'tidegate unfreeze freeze-1' lifts it
  closed  environment/window: Outside window day, until 2026-05-18 14:02 UTC
  closed  trust signed: Attach it to r/web@sha256:${'a'.repeat(200)}
  open    pipeline/soak/staging: Ran in staging for 1h`);
  });
});
