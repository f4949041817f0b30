import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RetentionRow } from '../../domain/retention-report.ts';
import type { RepositoryProgress, RetentionOrder, RetentionStatus } from '../../domain/retention-run.ts';
import { until } from '../../lab/until.ts';
import { Refused } from '../../temporal/errors.ts';
import { CompiledCli } from '../support/compiled-cli.ts';
import { digestOf } from '../support/shop.ts';
import { type Desk, openDesk } from './desk.ts';

const WEB = '127.0.0.1:5000/shop/web';
const WORKER = '127.0.0.1:5000/shop/worker';

const ROWS: readonly RetentionRow[] = [
  { tag: 'old', digest: digestOf('a'), form: 'image', outcome: 'deleted', reasons: ['made 2026-01-01; older than 30 days'] },
  { digest: digestOf('b'), form: 'artifact', outcome: 'deleted', reasons: ['refers to sha256:aaaaaaaaaaaa, which is deleted'] },
  { tag: 'feature', outcome: 'stays', reasons: ['its registry cannot delete a tag alone', 'its image stays without this name'] },
  {
    tag: 'v12',
    digest: digestOf('c'),
    form: 'index',
    outcome: 'kept',
    reasons: ['runs in production as release 12 of shop', 'held in tidegate.yaml'],
  },
];

const done = (repository: string, deleted: number, more: Partial<Extract<RepositoryProgress, { kind: 'done' }>> = {}) =>
  ({ kind: 'done', repository, planHash: `plan of ${repository}`, counts: { kept: 1, deleted, stays: 1 }, leftOut: 0, ...more }) as const;

function ended(order: RetentionOrder, ...repositories: readonly RepositoryProgress[]): RetentionStatus {
  const state = repositories.some((one) => one.kind === 'failed') ? 'failed' : 'done';
  return { apply: order.apply, actor: order.actor, state, repositories };
}

describe('tidegate registry retention', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
  });
  afterAll(() => cli.remove());
  beforeEach(async () => {
    desk = await openDesk(cli);
    desk.api.retention.rowsOf = { [WEB]: ROWS };
    desk.api.retention.answer = (order) => ended(order, done(WEB, 2), done(WORKER, 0));
  });
  afterEach(() => desk.close());

  const retention = (...words: string[]) => desk.run(['registry', 'retention', ...words]);
  const orders = () => desk.api.retention.orders.map(({ order }) => order);

  /** The command with somebody before a terminal, who types this when asked. */
  async function attended(typed: string, ...words: string[]): Promise<{ readonly exitCode: number; readonly shown: string }> {
    const command = [process.execPath, join(cli.folder, 'cli/main.js'), 'registry', 'retention', ...words]
      .map((word) => `'${word}'`)
      .join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: desk.folder,
      env: { PATH: process.env.PATH, HOME: cli.folder, TERM: 'xterm', NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (!shown.includes('[y/N]') && `${shown}${chunk.toString()}`.includes('[y/N]')) child.stdin.write(typed);
      shown += chunk.toString();
    });
    const [exitCode] = (await once(child, 'close')) as [number];
    return { exitCode, shown };
  }

  it('says of every tag what would become of it and why, and deletes nothing', async () => {
    const { exitCode, stdout, stderr } = await retention();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(orders()).toEqual([{ apply: false, actor: 'ana' }]);
    expect(stdout).toContain(`${WEB}  2 to delete, 1 kept, 1 cannot be deleted`);
    expect(stdout).toMatch(/ {2}old +delete +made 2026-01-01; older than 30 days/);
    expect(stdout).toMatch(/sha256:bbbbbbbbbbbb \(artifact\) +delete +refers to sha256:aaaaaaaaaaaa, which is deleted/);
    expect(stdout).toMatch(/feature +stays +its registry cannot delete a tag alone/);
    expect(stdout).toMatch(/v12 +keep +runs in production as release 12 of shop\n +held in tidegate.yaml/);
    expect(stdout).toContain("Nothing was deleted; '--apply' deletes this");
  });

  it('asks for the repositories that are named', async () => {
    await retention(WEB);
    expect(orders()).toEqual([{ apply: false, actor: 'ana', repositories: [WEB] }]);
  });

  it('gives one JSON document with every row', async () => {
    const { stdout } = await retention('--json');
    expect(JSON.parse(stdout)).toEqual({
      run: 'look-1',
      apply: false,
      actor: 'ana',
      state: 'done',
      repositories: [
        { ...done(WEB, 2), rows: ROWS },
        { ...done(WORKER, 0), rows: [] },
      ],
    });
  });

  it('does not delete where nobody can be asked', async () => {
    const answer = await retention('--apply');
    expect(answer).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('then add --yes') });
    expect(await retention('--yes')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes belongs to --apply') });
    expect(orders()).toEqual([]);
  });

  it('deletes at once with --yes, and says where the space is', async () => {
    const { exitCode, stdout } = await retention('--apply', '--yes');
    expect(exitCode).toBe(0);
    expect(orders()).toEqual([{ apply: true, actor: 'ana' }]);
    expect(stdout).toMatch(/ {2}old +deleted/);
    expect(stdout).toContain('garbage collection');
  });

  it('deletes exactly what somebody saw and confirmed', async () => {
    const { exitCode, shown } = await attended('y\n', '--apply');
    expect(shown).toContain('Delete these 2 for good? [y/N]');
    expect(exitCode).toBe(0);
    expect(orders()).toEqual([
      { apply: false, actor: 'ana' },
      { apply: true, actor: 'ana', repositories: [WEB], planHashes: { [WEB]: `plan of ${WEB}` } },
    ]);
  });

  it.each(['n\n', '\n', 'delete\n'])('deletes nothing when the answer is %j', async (typed) => {
    const { exitCode, shown } = await attended(typed, '--apply');
    expect(shown).toContain('Nothing was deleted');
    expect(exitCode).toBe(0);
    expect(orders().every((order) => !order.apply)).toBe(true);
  });

  it('asks nothing when there is nothing to delete', async () => {
    desk.api.retention.answer = (order) => ended(order, done(WEB, 0));
    const { exitCode, shown } = await attended('y\n', '--apply');
    expect(exitCode).toBe(0);
    expect(shown).not.toContain('[y/N]');
    expect(orders()).toHaveLength(1);
  });

  it('shows how far it is, and waits for the end', async () => {
    const working = { kind: 'working', repository: WEB, detail: 'deleted 3 of 9' } as const;
    desk.api.retention.answer = (order) => ({ ...ended(order, working), state: 'running' });
    const running = desk.start(['registry', 'retention', '--apply', '--yes']);
    await until('the progress', 60_000, async () => running.printed().includes('deleted 3 of 9'));
    desk.api.retention.put('apply-1', ended({ apply: true, actor: 'ana' }, done(WEB, 9)));
    expect(await running.ended).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('9 deleted') });
  });

  it('stops the run on Ctrl-C', async () => {
    desk.api.retention.answer = (order) => ({ ...ended(order, { kind: 'working', repository: WEB, detail: 'at it' }), state: 'running' });
    const running = desk.start(['registry', 'retention', '--apply', '--yes']);
    await until('the progress', 60_000, async () => running.printed().includes('at it'));
    running.process.kill('SIGINT');
    expect(await running.ended).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('Stopped run apply-1') });
    expect(desk.api.retention.stopped).toEqual(['apply-1']);
  });

  it('ends with 1 when a repository fails, and shows the others', async () => {
    const failed = { kind: 'failed', repository: WORKER, reason: 'Nothing is deleted, as it cannot be told what must stay' } as const;
    desk.api.retention.answer = (order) => ended(order, done(WEB, 2), failed);
    const { exitCode, stdout } = await retention('--apply', '--yes');
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${WORKER}  failed: Nothing is deleted, as it cannot be told what must stay`);
    expect(stdout).toMatch(/ {2}old +deleted/);
  });

  it('says what stands in the way', async () => {
    desk.api.retention.answer = (order) => ({ ...ended(order), state: 'failed', fault: 'tidegate.yaml cannot be read' });
    expect(await retention()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('tidegate.yaml cannot be read') });
    desk.api.retention.failure = new Refused('Retention has been under way since noon');
    expect(await retention('--apply', '--yes')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('under way since noon') });
  });

  it('of an installation without rules says so', async () => {
    desk.api.retention.answer = (order) => ended(order);
    expect(await retention()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No rule of tidegate.yaml') });
  });
});
