import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseEnd, parseMoment } from '../../cli/moments.ts';
import { standingPage } from '../../cli/rendering/standing-page.ts';
import { styleFor } from '../../cli/rendering/styles.ts';
import type { StandingDecision } from '../../domain/standing.ts';
import { CompiledCli } from '../support/compiled-cli.ts';
import { emptyEnvironment } from '../support/fake-release-engine.ts';
import { digestOf, goodRelease, PASSED, shopRecord, shopStatus, WAITING } from '../support/shop.ts';
import { type Desk, openDesk } from './desk.ts';

describe('deciding beforehand', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
  });
  afterAll(() => cli.remove());
  beforeEach(async () => {
    desk = await openDesk(cli, { applications: 'one' });
    desk.api.register.put(shopRecord(2));
    desk.api.engine.environments.set('shop/production', { ...emptyEnvironment('shop', 'production'), current: goodRelease(2) });
  });
  afterEach(() => desk.close());

  it('freezes, blocks and holds, lists it, and ends it again', async () => {
    const frozen = await desk.run([
      'freeze',
      'shop',
      '--environment',
      'production',
      '--for',
      '2h',
      '--reason',
      'the sale',
      '--owner',
      'sales',
    ]);
    expect(frozen).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^freeze-[0-9a-f]{10}: shop in production is frozen from .* ask sales: the sale$/m),
    });
    await desk.run(['block', 'shop#2', '--reason', 'loses orders']);
    await desk.run(['hold', '--environment', 'production', '--reason', 'the audit']);
    const { decisions } = JSON.parse((await desk.run(['standing', '--json'])).stdout) as {
      readonly decisions: readonly StandingDecision[];
    };
    expect(decisions).toMatchObject([
      { kind: 'freeze', by: 'ana', owner: 'sales' },
      { kind: 'block', application: 'shop', release: 2 },
      { kind: 'hold', environment: 'production', release: 2 },
    ]);
    for (const verb of ['unfreeze', 'unblock', 'unhold'])
      expect(await desk.run([verb, '--reason', 'over'])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Ended: /) });
    expect((await desk.run(['standing'])).stdout).toBe('Nothing is frozen, blocked or held\n');
  });

  it('says what it needs to know, and decides nothing', async () => {
    const refused = async (...words: string[]) => (await desk.run([...words, '--reason', 'x'])).stderr;
    expect(await refused('freeze', '--for', '1h')).toContain('name an application, --environment, or --everything');
    expect(await refused('freeze', 'shop')).toContain('--until or --for');
    expect(await refused('block')).toContain('name a release, or --digest');
    expect(await refused('unfreeze')).toContain('There is no freeze');
    expect(desk.api.decisions.records).toEqual([]);
  });
});

describe('what waits', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
  });
  afterAll(() => cli.remove());
  beforeEach(async () => {
    desk = await openDesk(cli, { applications: 'one' });
  });
  afterEach(() => desk.close());

  it('for an environment is shown with whom it is behind, why, and how it is taken out', async () => {
    expect((await desk.run(['queue', 'production'])).stdout).toBe('Nothing waits for production\n');
    const since = new Date().toISOString();
    const held = [{ kind: 'freeze', reason: 'sales has frozen everything: the sale' }];
    const waiting = { requestId: 'a', release: 3, since, requestedBy: 'dev' };
    const queue = [
      { ...waiting, held },
      { ...waiting, requestId: 'b', release: 4 },
    ];
    const atGates = [{ ...waiting, requestId: 'c', release: 5 }];
    desk.api.engine.environments.set('shop/production', { ...emptyEnvironment('shop', 'production'), queue, atGates });
    const { stdout } = await desk.run(['queue', 'production']);
    expect(stdout).toMatch(
      /shop#3 +number 1 in line +sales has frozen everything: the sale; for .*, asked by dev; 'tidegate cancel shop#3' takes it out/,
    );
    expect(stdout).toMatch(/shop#4 +number 2 in line +behind #3; /);
    expect(stdout).toMatch(/shop#5 +at the gates +for /);
    expect(JSON.parse((await desk.run(['queue', 'production', '--json'])).stdout)).toMatchObject({
      queues: [{ application: 'shop', queue, atGates }],
    });
    expect(await desk.run(['queue', 'moon'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('There is no environment moon'),
    });
  });

  it('for a person is shown with theirs first, gates and broken glass alike', async () => {
    expect((await desk.run(['approvals'])).stdout).toBe('Nothing waits for anybody\n');
    desk.api.register.put(shopRecord(2));
    desk.api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: WAITING }));
    const glass = {
      application: 'shop',
      environment: 'production',
      release: 2,
      digests: [],
      skips: ['approval'],
      incident: 'INC-7',
    } as const;
    const until = '2099-01-01T00:00:00.000Z';
    for (const by of ['ana', 'mira']) {
      const decided = { id: `break-glass-${by}`, by, reason: 'nobody can pay', at: new Date().toISOString() };
      const decision = { kind: 'break-glass', ...glass, ...decided, expiresAt: until, ratifyBy: until, consequence: 'freeze' } as const;
      desk.api.decisions.kept.set(decided.id, { decision });
    }
    const { approvals } = JSON.parse((await desk.run(['approvals', '--json'])).stdout) as {
      readonly approvals: readonly { mine: boolean; verb: string }[];
    };
    expect(approvals.map(({ mine, verb }) => [mine, verb])).toEqual([
      [true, 'tidegate ratify break-glass-mira'],
      [false, "tidegate approve 'shop#2' --stage production"],
      [false, 'tidegate ratify break-glass-ana'],
    ]);
    expect((await desk.run(['approvals'])).stdout).toMatch(
      /yours +mira broke the glass past approval for INC-7: nobody can pay; .*tidegate ratify break-glass-mira/,
    );
  });
});

describe('moments', () => {
  it.each([
    ['2026-12-24', '2026-12-24T00:00:00.000Z'],
    ['2026-12-24T18:00Z', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24T18:00+01:00', '2026-12-24T17:00:00.000Z'],
  ])('%s is %s', (text, moment) => {
    expect(parseMoment('--until', text)).toBe(moment);
  });

  it.each(['2026-12-24T18:00', 'tomorrow', '2026-13-01', '24.12.2026', '12'])('%s is none', (text) => {
    expect(() => parseMoment('--until', text)).toThrow('is no moment');
  });

  it('are given by an end or a length, and not by both', () => {
    const from = Date.parse('2026-12-24T00:00:00Z');
    expect(parseEnd({ for: '12h' }, from)).toBe('2026-12-24T12:00:00.000Z');
    expect(parseEnd({}, from)).toBeUndefined();
    expect(() => parseEnd({ for: 'long' }, from)).toThrow('is no duration');
    expect(() => parseEnd({ for: '1h', until: '2026-12-25' }, from)).toThrow('say the same');
  });
});

describe('the list of what stands', () => {
  it('says what each keeps from happening, until when, why and by whom', () => {
    const decided = { reason: 'the sale', by: 'olga', at: '2026-03-02T12:00:00.000Z' };
    const [noon, one] = ['2026-03-02T12:00:00.000Z', '2026-03-02T13:00:00.000Z'];
    const glass = { application: 'shop', environment: 'production', release: 7, digests: [], skips: ['freeze', 'approval'] } as const;
    const decisions: StandingDecision[] = [
      { kind: 'freeze', id: 'freeze-1', scope: {}, owner: 'sales', from: noon, until: one, ...decided },
      { kind: 'block', id: 'block-1', digest: digestOf('a'), ...decided },
      { kind: 'hold', id: 'hold-1', application: 'shop', environment: 'production', release: 6, until: one, ...decided },
      {
        kind: 'break-glass',
        id: 'glass-1',
        ...glass,
        incident: 'INC-1',
        expiresAt: one,
        ratifyBy: one,
        consequence: 'rollback',
        ...decided,
      },
    ];
    const page = standingPage(decisions, { style: styleFor(false), columns: undefined, now: Date.parse(one) });
    expect(page.split('\n').map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
      'freeze-1 | everything is frozen from 2026-03-02 12:00 UTC until 2026-03-02 13:00 UTC, ask sales: the sale | by olga, 1 h ago',
      'block-1 | whatever has sha256:aaaaaaaaaaaa is blocked: the sale | by olga, 1 h ago',
      'hold-1 | shop in production is held at #6 until 2026-03-02 13:00 UTC: the sale | by olga, 1 h ago',
      'glass-1 | shop#7 may go past freeze, approval into production until 2026-03-02 13:00 UTC for INC-1, to be ratified until 2026-03-02 13:00 UTC, or else rollback: the sale | by olga, 1 h ago',
    ]);
  });
});
