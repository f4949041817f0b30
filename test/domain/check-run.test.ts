import { describe, expect, it } from '@jest/globals';
import { checkName, checkNameAmongOthers, checkNews, checkPrefix } from '../../domain/check-run.ts';
import type { HostReport } from '../../domain/deployment.ts';
import type { DeploymentPlan, PlannedComponent } from '../../domain/plan.ts';
import type { StageState } from '../../domain/release.ts';
import { digestNumber } from './arbitraries.ts';
import { ALL_STATES, stateOfKind } from './stage-states.ts';

const news = (state: StageState) =>
  checkNews({ name: 'production', stageKind: 'deploy', environment: 'prod', state }, { application: 'shop', release: 7 }, 'The title');
const waiting = stateOfKind('waiting');
const summary = (state: StageState) => news(state).summary;
const lines = (state: StageState) => summary(state).split('\n');

describe('a check run', () => {
  it('is called by its stage, and by what a button’s answer has to name', () => {
    expect(checkNameAmongOthers(checkName('production'), 'shop')).toBe('Tidegate: shop/production');
    expect([checkName('production'), checkPrefix('shop', 7, 'production')]).toEqual(['Tidegate: production', 'shop/7/production/']);
    expect(news(waiting)).toMatchObject({ name: 'Tidegate: production', externalId: 'shop/7/production/plan.policy', title: 'The title' });
    expect(news(stateOfKind('running')).externalId).toBe('shop/7/production/');
  });

  it('stands as its stage does', () => {
    const stands = ALL_STATES.map((state) => [state.kind, news(state).status, news(state).conclusion]);
    expect(stands).toEqual([
      ['pending', 'queued', undefined],
      ['waiting', 'completed', 'action_required'],
      ['queued', 'queued', undefined],
      ['running', 'in_progress', undefined],
      ['passed', 'completed', 'success'],
      ['incomplete', 'completed', 'failure'],
      ['failed', 'completed', 'failure'],
      ['rolled-back', 'completed', 'failure'],
      ['rejected', 'completed', 'failure'],
      ['expired', 'completed', 'timed_out'],
      ['superseded', 'completed', 'cancelled'],
      ['cancelled', 'completed', 'cancelled'],
      ['skipped', 'completed', 'cancelled'],
    ]);
  });

  it('has buttons while an approval is waited for, and at no other time', () => {
    expect(news(waiting).actions).toEqual([
      { label: 'Approve', description: 'Say yes to exactly this plan', identifier: 'approve' },
      { label: 'Reject', description: 'Say no: the release ends here', identifier: 'reject' },
    ]);
    const [approved] = waiting.gates;
    const window = { kind: 'window' as const, open: false, reason: 'Outside window day', openedBy: ['time'] };
    const others = { ...waiting, gates: approved === undefined ? [window] : [approved, window] };
    expect(news(others)).toMatchObject({ status: 'in_progress' });
    expect(news(others)).not.toHaveProperty('actions');
    expect(news(others)).not.toHaveProperty('conclusion');
  });
});

describe('the summary of a check run', () => {
  it('is its gates, and who or what opens them', () => {
    const gates = [
      { kind: 'approval' as const, open: true, reason: 'Approved by ana', openedBy: [] },
      { kind: 'window' as const, name: 'day', open: false, reason: 'Outside', openedBy: ['time', 'bo'], changesAt: 'then' },
    ];
    expect(lines({ ...waiting, gates }).slice(0, 4)).toEqual([
      '| Gate |  | Why | Who or what opens it |',
      '| --- | --- | --- | --- |',
      '| approval | open | Approved by ana |  |',
      '| window day | **closed** | Outside | time, bo, changes at then |',
    ]);
  });

  it('is its plan: what is done to each component, on which hosts, and what differs', () => {
    const version = (n: number) => ({ release: n, digest: digestNumber(n) });
    const effects: PlannedComponent[] = [
      { component: 'web', action: 'replace', from: version(1), to: version(2), changes: [{ what: 'image' }, { what: 'memory' }] },
      { component: 'api', action: 'create', to: version(2), changes: [] },
      { component: 'old', action: 'remove', from: version(1), changes: [] },
    ];
    const hosts = ['p1', 'p2', 'p3', 'p4'].map((host, place) => ({ host, effects: place < 3 ? [0, 1] : [0] }));
    const plan: DeploymentPlan = { strategy: 'rolling', effects, hosts, hash: 'sha256:plan' };
    const text = summary({ ...waiting, plan })
      .split('\n\n')
      .slice(1);
    const short = '`sha256:000000000000`';
    expect(text).toEqual([
      'As a comment on a pull request: `/approve shop#7 production plan.policy`, or `/reject`',
      '### Plan `sha256:plan`',
      'rolling. 4 hosts.',
      [
        '| Component | Action | Versions | Hosts | Differs |',
        '| --- | --- | --- | --- | --- |',
        `| web | replace | release 1 ${short} → release 2 ${short} | p1, p2, p3 and 1 more | image, memory |`,
        `| api | create | nothing → release 2 ${short} | p1, p2, p3 |  |`,
        `| old | remove | release 1 ${short} → nothing |  |  |`,
      ].join('\n'),
    ]);
    expect(summary({ ...waiting, plan: { ...plan, hosts: hosts.slice(0, 1) } })).toContain('rolling. 1 host.');
    const first = { hash: 'x' } as unknown as DeploymentPlan;
    expect(summary({ ...waiting, plan: first })).not.toContain('### Plan');
  });

  it('is what a comment has to tell besides, where an approval that is closed asks for it', () => {
    const form = {
      type: 'object',
      required: ['ticket'],
      properties: { ticket: { type: 'string', title: 'No [link]' }, risk: { enum: ['low'] } },
    };
    const asking = { kind: 'approval' as const, open: false, reason: 'Waiting', openedBy: ['rita'], form };
    const told = String.raw`, with a line such as ${'`NAME: …`'} below it for each of: ticket \(required, string\): No \[link\]; risk \(one of low\)`;
    expect(summary({ ...waiting, gates: [asking] })).toContain(`plan.policy\`, or \`/reject\`${told}\n\n`);
    expect(summary({ ...waiting, gates: [{ ...asking, open: true }, { ...asking, form: undefined } as never] })).not.toContain(
      'with a line',
    );
  });

  it('is what became of each host, and how to read what is kept', () => {
    const report = (host: string, more: Partial<HostReport> = {}): HostReport => ({
      host,
      outcome: 'restored',
      detail: 'web never got healthy',
      digests: {},
      ...more,
    });
    const failed = (...hosts: HostReport[]) => summary({ ...stateOfKind('rolled-back'), hosts }).split('\n\n');
    expect(failed(report('p1'), report('p2', { dossier: 'd' }))).toEqual([
      'never healthy',
      '| Host | Outcome | What happened |\n| --- | --- | --- |\n| p1 | restored | web never got healthy |\n| p2 | restored | web never got healthy |',
      "What is known of the containers that were removed: `tidegate dossier 'shop#7' --stage production`",
    ]);
    expect(failed(report('p1'))).toHaveLength(2);
    expect(failed()).toEqual(['never healthy']);
    expect(summary(stateOfKind('failed'))).toBe('no space left');
    expect(summary(stateOfKind('running'))).toBe('The title');
  });

  it('tells the first thirty of many rows, and how many more there are', () => {
    const hosts = Array.from({ length: 31 }, (_, n): HostReport => ({ host: `p${n}`, outcome: 'restored', detail: '', digests: {} }));
    const all = lines({ ...stateOfKind('rolled-back'), hosts });
    expect(all.at(-1)).toBe('| and 1 more |  |  |');
    expect(all).toHaveLength(2 + 2 + 31);
    expect(lines({ ...stateOfKind('rolled-back'), hosts: hosts.slice(1) }).at(-1)).toBe('| p30 | restored |  |');
  });

  it('holds text of others as text alone, and not too much of it', () => {
    const reason = (text: string) => summary({ ...stateOfKind('failed'), reason: text });
    expect(reason('a | *b*\n@ana [x](y) <z> `c` \\ #1 ~d~ _e_ {f} +g !h')).toBe(
      'a \\| \\*b\\* @\u200bana \\[x\\]\\(y\\) \\<z\\> \\`c\\` \\\\ \\#1 \\~d\\~ \\_e\\_ \\{f\\} \\+g \\!h',
    );
    expect(reason('x'.repeat(300))).toBe('x'.repeat(300));
    expect(reason('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`);
  });
});
