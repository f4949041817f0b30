import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import { type CommitStatus, createGitHubActivities, type GitHub, type StageReport, type Told } from '../../activities/github.ts';
import { createGitHubClient } from '../../adapters/github/client.ts';
import { createGitHubStatuses } from '../../adapters/github/statuses.ts';
import { Secret } from '../../domain/secret.ts';
import type { LocalGitHub } from '../../lab/github/local-github.ts';
import { startLocalGitHub } from '../../lab/github/server.ts';

const TOKEN = new Secret('ghp_right');
const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
const STATUS: CommitStatus = { application: 'shop', commit: SHA, context: 'tidegate/test', state: 'pending', description: 'Tests run' };

const WHOLE: StageReport = {
  ...STATUS,
  deployments: [
    { environment: 'production', release: 1, deployment: 'deployment/shop/production/1', state: 'in_progress', description: '' },
  ],
  check: { name: 'Tidegate: production', externalId: 'shop/1/production/', status: 'in_progress', title: '', summary: '' },
};

let github: LocalGitHub;

beforeEach(async () => {
  github = await startLocalGitHub({ token: TOKEN });
});

afterEach(() => github.stop());

const PLACES = {
  repository: () => ({ owner: 'acme', repo: 'shop' }),
  isShared: () => false,
  page: () => undefined,
  serving: () => undefined,
};
const NOWHERE = { report: async () => undefined };

async function connect(token = TOKEN): Promise<GitHub> {
  const client = await createGitHubClient({ apiUrl: github.url, credentials: { kind: 'token', token }, clock: Date.now });
  return { statuses: createGitHubStatuses(client, PLACES), deployments: NOWHERE };
}

async function reportStatus(status: CommitStatus, { token = TOKEN, attempt = 1 } = {}): Promise<void> {
  await run(await connect(token), status, attempt);
}

/** Failures are expected here: they need no place in the output. */
function quietEnvironment(attempt = 1): MockActivityEnvironment {
  return new MockActivityEnvironment({ ...defaultActivityInfo, attempt }, { logger: new DefaultLogger('ERROR') });
}

async function run(parts: GitHub, report: StageReport, attempt = 1): Promise<Told | undefined> {
  const told: unknown = await quietEnvironment(attempt).run(createGitHubActivities(parts).reportStatus, report);
  return told as Told | undefined;
}

async function failureOf(reported: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await reported.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApplicationFailure) return error;
  throw new Error(`Expected an ApplicationFailure and saw ${String(error)}`);
}

describe('the activity that reports a status', () => {
  it('can run twice without harm: the same status stands, and nothing is asked beforehand', async () => {
    await reportStatus(STATUS);
    await reportStatus(STATUS);

    const told = github.statuses('acme', 'shop', SHA).map(({ context, state, description }) => ({ context, state, description }));
    expect(told).toEqual(Array(2).fill({ context: 'tidegate/test', state: 'pending', description: 'Tests run' }));
    expect(github.requests().map((request) => request.method)).toEqual(['POST', 'POST']);
  });

  it('beats before it asks GitHub anything, so that a killed worker is noticed at once', async () => {
    const environment = quietEnvironment();
    const seen: string[] = [];
    environment.on('heartbeat', () => seen.push('beat'));
    const statuses = { report: async () => void seen.push('report') };
    await environment.run(createGitHubActivities({ statuses, deployments: NOWHERE }).reportStatus, STATUS);
    expect(seen).toEqual(['beat', 'report']);
  });

  it('looks first when it is tried again, and tells once what had arrived though the answer was lost', async () => {
    await reportStatus(STATUS);
    await reportStatus(STATUS, { attempt: 2 });
    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1);

    await reportStatus({ ...STATUS, state: 'success' }, { attempt: 2 });
    await reportStatus(STATUS, { attempt: 3 });
    expect(github.statuses('acme', 'shop', SHA).map(({ state }) => state)).toEqual(['pending', 'success', 'pending']);
  });

  const [DEPLOYMENT] = WHOLE.deployments ?? [];
  const refused = { report: () => Promise.reject(new GitHubRefused('no right to write it')) };
  const away = { report: () => Promise.reject(new GitHubUnavailable('it is down', { retryAfterMs: 7000 })) };

  it('keeps nothing from GitHub because something else was refused, and says so in the end', async () => {
    const told: string[] = [];
    const parts = {
      statuses: refused,
      deployments: { report: async () => void told.push('deployment') },
      checks: { report: async () => void told.push('check') },
    };

    expect(await failureOf(run(parts, WHOLE))).toMatchObject({ nonRetryable: true, message: 'no right to write it' });
    expect(told).toEqual(['deployment', 'check']);
  });

  it('asks nothing more of a GitHub that takes no status now', async () => {
    const told: string[] = [];
    const parts = { statuses: away, deployments: { report: async () => void told.push('deployment') } };

    expect(await failureOf(run(parts, WHOLE))).toMatchObject({ nextRetryDelay: 7000 });
    expect(told).toEqual([]);
  });

  it('has told the status when deployments cannot be told now, and hands back what is left', async () => {
    const told: string[] = [];
    const checks = { report: async () => void told.push('check') };
    const left = await run({ statuses: NOWHERE, deployments: away, checks }, WHOLE);

    const { application, commit, context } = STATUS;
    expect(left).toEqual({ untold: { application, commit, context, deployments: [DEPLOYMENT], check: WHOLE.check } });
    expect(told).toEqual([]);
    expect(await run({ statuses: refused, deployments: NOWHERE, checks: away }, WHOLE)).toEqual({
      untold: { application, commit, context, check: WHOLE.check },
      refused: ['no right to write it'],
      isStatusRefused: true,
    });
  });

  it('counts a status as told whose deployment was refused, and says what was', async () => {
    expect(await run({ statuses: NOWHERE, deployments: refused, checks: NOWHERE }, WHOLE)).toEqual({ refused: ['no right to write it'] });
    expect(await run({ statuses: NOWHERE, deployments: NOWHERE, checks: NOWHERE }, WHOLE)).toBeUndefined();
  });

  it('tells later what was left, looking first, and tries it again while GitHub is away', async () => {
    const looked: boolean[] = [];
    const deployments = { report: async (_news: unknown, _of: unknown, { isRepeat }: { isRepeat: boolean }) => void looked.push(isRepeat) };
    const later = (parts: GitHub) => quietEnvironment().run(createGitHubActivities(parts).reportDetails, WHOLE) as Promise<void>;
    await later({ statuses: NOWHERE, deployments });

    expect(looked).toEqual([true]);
    expect(await failureOf(later({ statuses: NOWHERE, deployments: away }))).toMatchObject({ nextRetryDelay: 7000 });
    expect(await failureOf(later({ statuses: NOWHERE, deployments: refused }))).toMatchObject({ nonRetryable: true });
  });

  it('asks Temporal to wait as long as GitHub does', async () => {
    github.failNext({
      times: 1,
      status: 403,
      headers: { 'retry-after': '42' },
      body: { message: 'You have exceeded a secondary rate limit' },
    });

    const failure = await failureOf(reportStatus(STATUS));

    expect(failure).toMatchObject({ type: 'GitHubUnavailable', nextRetryDelay: 42_000 });
    expect(failure.nonRetryable).not.toBe(true);
  });

  it("leaves the wait to Temporal's backoff where GitHub names none", async () => {
    github.outage(true);

    const failure = await failureOf(reportStatus(STATUS));

    expect(failure).toMatchObject({ type: 'GitHubUnavailable' });
    expect(failure.nextRetryDelay).toBeUndefined();
    expect(failure.nonRetryable).not.toBe(true);
  });

  it('is not retried after a refusal', async () => {
    const failure = await failureOf(reportStatus(STATUS, { token: new Secret('ghp_wrong') }));

    expect(failure).toMatchObject({ type: 'GitHubRefused', nonRetryable: true });
    expect(failure.message).toContain('401');
  });

  it('ends as cancelled when it is cancelled, and not as a failure of GitHub', async () => {
    github.slow(600_000);
    const environment = quietEnvironment();
    const reported = environment.run(createGitHubActivities(await connect()).reportStatus, STATUS);
    environment.cancel();

    await expect(reported).rejects.toBeInstanceOf(CancelledFailure);
    expect(github.statuses('acme', 'shop', SHA)).toEqual([]);
  });

  it('passes an error that it does not know as it is', async () => {
    const fault = new TypeError('a fault of our own');

    await expect(run({ statuses: { report: () => Promise.reject(fault) }, deployments: NOWHERE }, STATUS)).rejects.toBe(fault);
  });
});
