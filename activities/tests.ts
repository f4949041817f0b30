import type { Images } from '../domain/image.ts';
import type { Companion, TestContainer } from '../domain/pipeline.ts';
import { withHeartbeat } from './with-heartbeat.ts';

export interface TestRequest {
  readonly application: string;
  readonly release: number;
  readonly stage: string;
  readonly images: Images;
  readonly run: TestContainer;
  readonly companions: readonly Companion[];
  readonly timeoutMs: number;
}

export interface TestReport {
  readonly passed: boolean;
  readonly exitCode: number;
  readonly timedOut: boolean;
  /** The last lines that the tests printed, at most 8 kB. */
  readonly output: string;
  /** The digest that the test container was seen to run. */
  readonly digest: string;
  readonly milliseconds: number;
}

/** Runs an application's own tests in a container, beside its companions, on a network of their own. All of it is gone afterwards. */
export interface TestRunner {
  run(request: TestRequest, options: { readonly signal: AbortSignal; readonly onProgress: (line: string) => void }): Promise<TestReport>;
}

/** Activities of test stages. A stage can run twice: the runner removes what an earlier attempt left. */
export function createTestActivities({ runner }: { readonly runner: TestRunner }) {
  return {
    /** Runs a stage's tests; heartbeats with their last line. Failed tests are a report, not an error. */
    runTests: (request: TestRequest): Promise<TestReport> => withHeartbeat((options) => runner.run(request, options)),
  };
}
