export interface TestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export interface TestRun {
  readonly code: number;
  readonly report?: TestReport | undefined;
}

export interface CheckRun {
  readonly code: number;
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

export interface Verdict {
  readonly passed: number;
  readonly again: readonly string[];
  readonly failed: readonly string[];
}

export function filesToSeeAgain(report: TestReport): readonly string[];
export function verdictOf(first: TestRun, second: TestRun | undefined, check: CheckRun): Verdict;
