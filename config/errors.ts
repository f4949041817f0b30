import { type Problem, printProblems } from './problem.ts';

/** tidegate.yaml cannot be used. The message holds every problem with its place. */
export class InstallationInvalid extends Error {
  override readonly name = 'InstallationInvalid';

  constructor(readonly problems: readonly Problem[]) {
    super(printProblems(problems));
  }
}

/** A pipeline file cannot be used. The message holds every problem with its place. */
export class PipelineInvalid extends Error {
  override readonly name = 'PipelineInvalid';

  constructor(readonly problems: readonly Problem[]) {
    super(printProblems(problems));
  }
}

/** The file itself cannot be read. */
export class ConfigurationUnreadable extends Error {
  override readonly name = 'ConfigurationUnreadable';

  constructor(
    readonly file: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot read ${file}: ${reason}`, options);
  }
}

export class UnknownApplication extends Error {
  override readonly name = 'UnknownApplication';

  constructor(name: string, known: readonly string[]) {
    super(`No application is named ${name} in tidegate.yaml; there are ${known.join(', ') || 'none'}`);
  }
}

export class UnknownEnvironment extends Error {
  override readonly name = 'UnknownEnvironment';

  constructor(name: string, known: readonly string[]) {
    super(`No environment is named ${name} in tidegate.yaml; there are ${known.join(', ') || 'none'}`);
  }
}

export class UnknownTrustPolicy extends Error {
  override readonly name = 'UnknownTrustPolicy';

  constructor(name: string, known: readonly string[]) {
    super(`No trust policy is named ${name} in tidegate.yaml; there are ${known.join(', ') || 'none'}`);
  }
}
