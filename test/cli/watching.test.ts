import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StageState } from '../../domain/release.ts';
import { until } from '../../lab/until.ts';
import { TemporalUnavailable } from '../../temporal/errors.ts';
import { CompiledCli, type Running } from '../support/compiled-cli.ts';
import { PASSED, ROLLED_BACK, shopRecord, shopStatus, WAITING } from '../support/shop.ts';
import { type Desk, openDesk } from './desk.ts';

const at = '2026-03-02T09:40:00.000Z';
const RUNNING: StageState = {
  kind: 'running',
  since: at,
  detail: 'Deploying',
  progress: { phase: 'switching', hosts: { p1: 'switched', p2: 'switching' } },
};

describe('watching a release', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
  });
  afterAll(() => cli.remove());
  beforeEach(async () => {
    desk = await openDesk(cli, { applications: 'one' });
    desk.api.register.put(shopRecord(2));
  });
  afterEach(() => desk.close());

  const production = (state: StageState) =>
    desk.api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: state }));

  /** Everything that a command has printed so far, when it holds the text. */
  function printed(running: Running, wanted: string): Promise<string> {
    return until(`the command to print ${wanted}`, 60_000, async () => running.printed().includes(wanted) && running.printed());
  }

  it.each<[StageState, number, string]>([
    [PASSED, 0, 'shop#2 promoted'],
    [{ kind: 'failed', at, milliseconds: 1, reason: 'no route to p1' }, 1, 'shop#2 failed: production no route to p1'],
    [ROLLED_BACK, 1, 'shop#2 rolled back: production to #1: web on p1 never got healthy'],
    [{ kind: 'rejected', at, by: 'mira', comment: 'not today' }, 3, 'shop#2 rejected: production by mira: not today'],
    [{ kind: 'expired', at, reason: 'Nobody opened the gate' }, 3, 'shop#2 expired: production Nobody opened the gate'],
    [{ kind: 'cancelled', at, by: 'bo', reason: 'wrong branch' }, 1, 'shop#2 cancelled: production by bo: wrong branch'],
  ])('of %j ends with %d', async (state, exitCode, sentence) => {
    production(state);
    const answer = await desk.run(['watch', 'shop#2']);
    expect(answer.exitCode).toBe(exitCode);
    expect(answer.stdout.trimEnd().split('\n').at(-1)).toBe(sentence);
  });

  it('goes on through a gate and prints each change once', async () => {
    production(WAITING);
    const running = desk.start(['watch', 'shop#2']);
    await printed(running, 'waiting: Waiting for 1 of 1 approval');
    production(RUNNING);
    await printed(running, 'p2 switching');
    production(PASSED);
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toEqual(
      expect.arrayContaining(['shop#2  production  running: switching: 1 of 2 hosts switched', 'shop#2  production  p1 switched']),
    );
  });

  it('stops at a gate with 5 where it shall not wait', async () => {
    production(WAITING);
    expect((await desk.run(['watch', 'shop#2', '--no-wait'])).exitCode).toBe(5);
  });

  it('ends with a stage where asked to, though the release waits on', async () => {
    production(WAITING);
    const answer = await desk.run(['watch', 'shop#2', '--until', 'staging', '--json']);
    expect(answer.exitCode).toBe(0);
    expect(JSON.parse(answer.stdout)).toMatchObject({ state: 'waiting' });
    expect(answer.stderr).toContain('shop#2: staging passed');
  });

  it('names the stages to one that is not there', async () => {
    production(WAITING);
    const answer = await desk.run(['watch', 'shop#2', '--until', 'prod']);
    expect(answer).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('its stages are build, test, staging, production') });
  });

  it('ends with 1 for a release that could not begin', async () => {
    desk.api.engine.put({
      ...shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: PASSED }),
      stages: [],
      state: 'running',
      fault: 'pipeline.yaml:3:1 is missing',
    });
    const answer = await desk.run(['watch', 'shop#2']);
    expect(answer).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('could not begin: pipeline.yaml:3:1') });
  });

  it('says on Ctrl-C that the release goes on, and ends with 130', async () => {
    production(WAITING);
    const running = desk.start(['watch', 'shop#2']);
    await printed(running, 'waiting');
    running.process.kill('SIGINT');
    const answer = await running.ended;
    expect(answer).toMatchObject({ exitCode: 130, signal: null });
    expect(answer.stderr).toContain('shop#2 goes on');
    expect(desk.api.engine.changes).toEqual([]);
  });

  it('waits for a server that is away for a moment', async () => {
    production(WAITING);
    const running = desk.start(['watch', 'shop#2']);
    await printed(running, 'waiting');
    desk.api.engine.failure = new TemporalUnavailable('127.0.0.1:7233');
    await printed(running, 'trying again for a minute');
    desk.api.engine.failure = undefined;
    production(PASSED);
    expect((await running.ended).exitCode).toBe(0);
  });

  it('ends quietly when nobody reads on', async () => {
    production(WAITING);
    const running = desk.start(['watch', 'shop#2']);
    await printed(running, 'waiting');
    const unread = expect(running.ended).rejects.toThrow('Premature close');
    const exit = new Promise<number | null>((done) => running.process.once('exit', done));
    running.process.stdout?.destroy();
    production(RUNNING);
    expect(await exit).toBe(141);
    await unread;
  });
});
