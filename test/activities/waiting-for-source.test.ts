import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import { SourceUnavailable } from '../../activities/images/errors.ts';
import { type BuildRequest, createImageActivities } from '../../activities/images.ts';
import { createInstallationActivities } from '../../activities/installation.ts';

/** PATIENT of workflows/proxies/patience.ts allows eight attempts. */
const ATTEMPTS = 8;
const MINUTE_MS = 60_000;

const away = (retryAfterMs?: number) =>
  new SourceUnavailable('shop', 'acme/shop', 'down', { cause: new GitHubUnavailable('down', { retryAfterMs }) });

/** What an attempt fails with, of a build and of a pipeline file that cannot be read. */
async function failuresOf(error: Error, attempt: number): Promise<readonly unknown[]> {
  const fail = () => Promise.reject(error);
  const images = createImageActivities({ builder: { build: fail }, labels: { labels: fail, labelsOfEach: fail } });
  const { readPipeline } = createInstallationActivities({ pipeline: fail, environment: fail }, (text) => text);
  const run = (act: (input: never) => Promise<unknown>) =>
    new MockActivityEnvironment({ ...defaultActivityInfo, attempt }, { logger: new DefaultLogger('ERROR') }).run(act, {} as never);
  const acts = [(input: BuildRequest) => images.buildComponent(input), (input: { application: string }) => readPipeline(input)];
  return Promise.all(
    acts.map((act) =>
      run(act).then(
        () => undefined,
        (seen: unknown) => seen,
      ),
    ),
  );
}

describe('a source that GitHub does not hand out now', () => {
  it('is waited for longer than GitHub is usually down, ever more rarely, and for a minute at most while it is only just away', async () => {
    const pauses = await Promise.all(Array.from({ length: ATTEMPTS - 1 }, (_, index) => failuresOf(away(), index + 1)));
    const [builds, pipelines] = [0, 1].map((which) => pauses.map((both) => Number((both[which] as ApplicationFailure).nextRetryDelay)));
    expect(pipelines).toEqual(builds);
    expect(builds).toEqual([...(builds ?? [])].sort((one, other) => one - other));
    expect(builds?.slice(0, 3).reduce((sum, pause) => sum + pause, 0)).toBeLessThan(MINUTE_MS);
    expect(builds?.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(30 * MINUTE_MS);
  });

  it('is left alone for as long as GitHub asks, and says what it is', async () => {
    for (const failure of await failuresOf(away(40 * MINUTE_MS), 1)) {
      expect(failure).toBeInstanceOf(ApplicationFailure);
      expect(failure).toMatchObject({ type: 'SourceUnavailable', nonRetryable: false, nextRetryDelay: 40 * MINUTE_MS });
    }
  });

  it('is not waited for where we may not read it, or where something else failed', async () => {
    const refused = new SourceUnavailable('shop', 'acme/shop', '403', { cause: new GitHubRefused('403') });
    for (const error of [refused, new SourceUnavailable('shop', '/git/shop', 'no such folder'), new Error('else')])
      for (const failure of await failuresOf(error, 1)) expect(failure).toBe(error);
  });
});
