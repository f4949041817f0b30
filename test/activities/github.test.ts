import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type CommitStatus, type CommitStatuses, createGitHubActivities } from '../../activities/github.ts';
import { createGitHubStatuses } from '../../adapters/github/statuses.ts';
import { Secret } from '../../domain/secret.ts';
import { type LocalGitHub, startLocalGitHub } from '../../lab/github/server.ts';

const TOKEN = new Secret('ghp_right');
const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
const STATUS: CommitStatus = { application: 'shop', commit: SHA, context: 'tidegate/test', state: 'pending', description: 'Tests run' };

let github: LocalGitHub;

beforeEach(async () => {
  github = await startLocalGitHub({ token: TOKEN });
});

afterEach(() => github.stop());

function reportStatus(status: CommitStatus, token = TOKEN): Promise<void> {
  const statuses = createGitHubStatuses({
    apiUrl: github.url,
    token,
    repositories: () => ({ owner: 'acme', repo: 'shop' }),
    clock: Date.now,
  });
  return run(statuses, status);
}

/** Failures are expected here: they need no place in the output. */
function quietEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
}

async function run(statuses: CommitStatuses, status: CommitStatus): Promise<void> {
  await quietEnvironment().run(createGitHubActivities(statuses).reportStatus, status);
}

async function failureOf(reported: Promise<void>): Promise<ApplicationFailure> {
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
    const statuses: CommitStatuses = { report: async () => void seen.push('report') };
    await environment.run(createGitHubActivities(statuses).reportStatus, STATUS);
    expect(seen).toEqual(['beat', 'report']);
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
    const failure = await failureOf(reportStatus(STATUS, new Secret('ghp_wrong')));

    expect(failure).toMatchObject({ type: 'GitHubRefused', nonRetryable: true });
    expect(failure.message).toContain('401');
  });

  it('ends as cancelled when it is cancelled, and not as a failure of GitHub', async () => {
    github.slow(600_000);
    const environment = quietEnvironment();
    const statuses = createGitHubStatuses({
      apiUrl: github.url,
      token: TOKEN,
      repositories: () => ({ owner: 'acme', repo: 'shop' }),
      clock: Date.now,
    });
    const reported = environment.run(createGitHubActivities(statuses).reportStatus, STATUS);
    environment.cancel();

    await expect(reported).rejects.toBeInstanceOf(CancelledFailure);
    expect(github.statuses('acme', 'shop', SHA)).toEqual([]);
  });

  it('passes an error that it does not know as it is', async () => {
    const fault = new TypeError('a fault of our own');

    await expect(run({ report: () => Promise.reject(fault) }, STATUS)).rejects.toBe(fault);
  });
});
