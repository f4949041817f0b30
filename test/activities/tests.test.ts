import { describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createTestActivities, type TestReport, type TestRequest } from '../../activities/tests.ts';
import { until } from '../../lab/until.ts';

const request: TestRequest = {
  application: 'shop',
  release: 3,
  stage: 'unit',
  images: {},
  run: { component: 'web', command: ['npm', 'test'], environment: {} },
  companions: [],
  timeoutMs: 1000,
};
const failed: TestReport = {
  passed: false,
  exitCode: 1,
  timedOut: false,
  output: '1 failed',
  digest: `sha256:${'a'.repeat(64)}`,
  milliseconds: 10,
};

describe('runTests', () => {
  it('returns failed tests as a report, and does not run them again', async () => {
    const asked: TestRequest[] = [];
    const runner = {
      run: async (one: TestRequest) => {
        asked.push(one);
        return failed;
      },
    };
    expect(await new MockActivityEnvironment().run(createTestActivities({ runner }).runTests, request)).toEqual(failed);
    expect(asked).toEqual([request]);
  });

  it('beats with the tests’ last line while they run', async () => {
    const environment = new MockActivityEnvironment();
    const beats: unknown[] = [];
    environment.on('heartbeat', (detail: unknown) => beats.push(detail));
    let finish: (report: TestReport) => void = () => undefined;
    const runner = {
      run: (_: TestRequest, { onProgress }: { onProgress: (line: string) => void }) => {
        onProgress('suite 2 of 5');
        return new Promise<TestReport>((resolve) => {
          finish = resolve;
        });
      },
    };
    const report = environment.run(createTestActivities({ runner }).runTests, request);
    await until('a beat with the line', 60_000, async () => beats.includes('suite 2 of 5'));
    finish(failed);
    expect(await report).toEqual(failed);
  });
});
