import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Refused } from '../../temporal/errors.ts';
import { TOKENS } from '../support/api-under-test.ts';
import { CompiledCli } from '../support/compiled-cli.ts';
import { ASKING, COMMIT, INCOMPLETE, PASSED, ROLLED_BACK, shopRecord, shopStatus, UNCLEAR, WAITING } from '../support/shop.ts';
import { type Desk, openDesk } from './desk.ts';

describe('deciding from the terminal', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
  });
  afterAll(() => cli.remove());
  beforeEach(async () => {
    desk = await openDesk(cli, { applications: 'one' });
    for (const number of [1, 2]) desk.api.register.put(shopRecord(number));
    desk.api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: WAITING }));
  });
  afterEach(() => desk.close());

  it.each([['shop#2'], ['shop', '2'], ['2'], ['#2']])('understands %s %s', async (...words) => {
    const answer = await desk.run(['approve', ...words.filter((word) => word !== undefined), '--stage', 'production']);
    expect(answer.exitCode).toBe(0);
    expect(desk.api.engine.changes).toMatchObject([{ method: 'vote', on: 'shop#2' }]);
  });

  it('binds a vote to the plan that waits, and finds the only stage that waits', async () => {
    const answer = await desk.run(['approve', 'shop#2', '--comment', 'seen in staging']);
    expect(answer.stdout).toContain('Approved production of shop#2 (plan plan-7)');
    const message = { stage: 'production', decision: 'approve', comment: 'seen in staging', planHash: 'plan-7', person: 'ana' };
    expect(desk.api.engine.changes).toMatchObject([{ message }]);
  });

  it('binds a vote to the plan that is named', async () => {
    await desk.run(['reject', 'shop#2', '--stage', 'production', '--plan', 'plan-6']);
    expect(desk.api.engine.changes).toMatchObject([{ message: { decision: 'reject', planHash: 'plan-6' } }]);
  });

  it('ends with 4 where somebody may not, and says who may', async () => {
    desk.api.engine.refusal = new Refused('ana is no approver of stage production; ask mira or bo', {}, true);
    const answer = await desk.run(['approve', 'shop#2', '--stage', 'production']);
    expect(answer.exitCode).toBe(4);
    expect(answer.stderr).toContain('ana is no approver');
    expect(answer.stderr).toContain('mira and bo');
  });

  it('ends with 1 where the engine refuses otherwise', async () => {
    desk.api.engine.refusal = new Refused('Stage production is running already');
    const answer = await desk.run(['promote', 'shop#2', '--to', 'production']);
    expect(answer).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is running already') });
  });

  it.each([
    [['approve', 'shop#9', '--stage', 'production'], 'the newest is 2'],
    [['approve', 'shop#2', '--stage', 'prod'], 'its stages are build, test, staging and production'],
    [['promote', 'shop#2', '--to', 'prod'], 'its stages are build, test, staging and production'],
    [['rollback', '--environment', 'prod', '--reason', 'x'], 'the installation has staging and production'],
    [['cancel', 'shoop#2', '--reason', 'x'], 'the installation has shop'],
    [['approve', 'shop'], 'is no release'],
  ])('%j ends with 2 and says what there is', async (words, message) => {
    const answer = await desk.run(words);
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).toContain(message);
    expect(desk.api.engine.changes).toEqual([]);
  });

  it('asks which application is meant where there are several', async () => {
    const other = await openDesk(cli);
    const answer = await other.run(['approve', '2', '--stage', 'production']);
    await other.close();
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).toContain('There are several applications: shop, kiosk');
  });

  it('cancels with a reason', async () => {
    expect((await desk.run(['cancel', 'shop#2', '--reason', 'wrong branch'])).exitCode).toBe(0);
    expect(desk.api.engine.changes).toMatchObject([{ method: 'cancel', message: { reason: 'wrong branch', person: 'ana' } }]);
  });

  it('prints one JSON document', async () => {
    const answer = await desk.run(['approve', 'shop#2', '--json']);
    expect(JSON.parse(answer.stdout)).toMatchObject({ release: { number: 2 }, state: 'waiting' });
    expect(answer.stderr).toBe('');
  });

  it('makes a release of a branch, in the name of whose token it is', async () => {
    const answer = await desk.run(['release', 'create', '--commit', 'main', '--json'], {
      environment: { TIDEGATE_URL: desk.api.url, TIDEGATE_TOKEN: TOKENS.mira },
    });
    expect(answer.exitCode).toBe(0);
    expect(JSON.parse(answer.stdout)).toMatchObject({ number: 3, commit: COMMIT, initiator: 'mira' });
  });

  it.each([
    [[], 'give --commit REF, --image'],
    [['--image', 'web'], 'names no component and image'],
    [['--image', 'web=1.0', '--image', 'web=1.1'], 'given twice'],
    [['--commit', 'gone'], 'no commit, branch or tag "gone"'],
    [['--commit', 'main', '--image', 'web=nope'], 'Registry 127.0.0.1:5000 has no tag nope in repository 127.0.0.1:5000/shop/web'],
  ])('refuses to make a release with %j', async (words, message) => {
    const answer = await desk.run(['release', 'create', 'shop', ...words]);
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).toContain(message);
    expect(desk.api.engine.changes).toEqual([]);
  });

  describe('about a host that failed', () => {
    beforeEach(() => desk.api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: ASKING })));

    it('shows what is asked, until when, and how to answer', async () => {
      const { stdout } = await desk.run(['status', 'shop#2']);
      expect(stdout).toContain('p2 waits for a decision: retry, skip, exclude or roll-back, until 2026-03-02 10:10 UTC, then roll-back');
      expect(stdout).toContain('it failed while switching: web answered 503');
      expect(stdout).toContain("'tidegate decide shop#2 --stage production --host p2 --question 2.1 ANSWER', by mira or bo");
    });

    it.each([
      [['decide', 'shop#2', '--stage', 'production', '--host', 'p2', 'retry'], 'retry'],
      [['decide', 'shop', '2', 'skip', '--reason', 'disk'], 'skip'],
      [['decide', '#2', '--host', 'p2', 'roll-back'], 'roll-back'],
    ])('%j answers', async (words, answer) => {
      const ended = await desk.run(words);
      expect(ended).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Decided for p2 in production of shop#2: ${answer}`) });
      expect(desk.api.engine.changes).toMatchObject([
        { method: 'decideHost', message: { host: 'p2', question: '2.1', answer, person: 'ana' } },
      ]);
    });

    it('binds an answer to the question that is named', async () => {
      await desk.run(['decide', 'shop#2', '--stage', 'production', '--host', 'p2', '--question', '1.4', 'skip']);
      expect(desk.api.engine.changes).toMatchObject([{ message: { host: 'p2', question: '1.4' } }]);
    });

    it.each([
      [
        ['decide', 'shop#2', '--host', 'p2', 'jump'],
        2,
        'Expected retry, skip, exclude, roll-back, proceed as the last word, and saw "jump"',
      ],
      [['decide', 'shop#2'], 2, 'as the last word'],
      [['decide', 'shop#2', '--host', 'p1', 'skip'], 2, 'asks nothing about such a host'],
    ])('%j is refused', async (words, exitCode, message) => {
      expect(await desk.run(words)).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
      expect(desk.api.engine.changes).toEqual([]);
    });

    it('ends with 4 where somebody may not, and says who may', async () => {
      desk.api.engine.refusal = new Refused('ana may not decide about p2; ask mira or bo');
      const ended = await desk.run(['decide', 'shop#2', 'skip']);
      expect(ended).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('mira and bo') });
    });

    it('ends a watch with 6 when the host was left out', async () => {
      desk.api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: INCOMPLETE }));
      const ended = await desk.run(['watch', 'shop#2']);
      expect(ended).toMatchObject({ exitCode: 6, stdout: expect.stringContaining('shop#2 incomplete: production Left out: p2') });
    });
  });

  describe('about a canary whose figures do not tell', () => {
    beforeEach(() => desk.api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: UNCLEAR })));

    it('shows step, weight, what was found, and how to answer', async () => {
      const { stdout } = await desk.run(['status', 'shop#2']);
      expect(stdout).toContain('canary: step 2 of 3, 25% of the requests');
      expect(stdout).toContain('the canary waits for a decision: proceed, retry or roll-back, until 2026-03-02 10:10 UTC, then roll-back');
      expect(stdout).toContain('unclear at 25% of the requests: web: 12 requests to the new version and 30 to the old one');
      expect(stdout).toContain("'tidegate decide shop#2 --stage production --question 2.3 ANSWER', by mira or bo");
    });

    it('answers without a host', async () => {
      const ended = await desk.run(['decide', 'shop#2', 'proceed', '--reason', 'night']);
      expect(ended).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('Decided for the canary in production of shop#2: proceed'),
      });
      const [change] = desk.api.engine.changes;
      expect(change).toMatchObject({ method: 'decideHost', message: { answer: 'proceed', reason: 'night', person: 'ana' } });
      expect(change?.message).not.toHaveProperty('host');
    });

    it('asks nothing about a host, and ends a watch that is not to wait with 5', async () => {
      const about = await desk.run(['decide', 'shop#2', '--host', 'p1', 'retry']);
      expect(about).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('asks nothing about such a host') });
      const watched = await desk.run(['watch', 'shop#2', '--no-wait']);
      expect(watched).toMatchObject({ exitCode: 5, stdout: expect.stringContaining('canary: step 2 of 3, 25% of the requests') });
    });
  });

  it('promotes with jobs that are to run once more', async () => {
    const jobs = ['--run-again', 'migrate', '--run-again', 'seed'];
    await desk.run(['promote', 'shop#2', '--to', 'production', ...jobs, '--no-wait']);
    expect(desk.api.engine.changes).toMatchObject([{ method: 'promote', message: { stage: 'production', runAgain: ['migrate', 'seed'] } }]);
  });

  it('promotes without waiting where asked to', async () => {
    const answer = await desk.run(['promote', 'shop#2', '--to', 'production', '--reason', 'again', '--no-wait']);
    expect(answer.exitCode).toBe(0);
    expect(desk.api.engine.changes).toMatchObject([{ method: 'promote', message: { stage: 'production', reason: 'again' } }]);
  });

  it('stops following a promotion at a gate, with 5', async () => {
    const answer = await desk.run(['promote', 'shop#2', '--to', 'production']);
    expect(answer.exitCode).toBe(5);
    expect(answer.stdout).toContain('Waiting for 1 of 1 approval from mira or bo');
  });

  it('follows a promotion to its end, and does not call a rollback success', async () => {
    desk.api.engine.onChange = () =>
      desk.api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: ROLLED_BACK }));
    const answer = await desk.run(['promote', 'shop#2', '--to', 'production', '--wait']);
    expect(answer.exitCode).toBe(1);
    expect(answer.stdout).toContain('shop#2: production rolled back to #1: web on p1 never got healthy');
  });
});
