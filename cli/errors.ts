import { EXIT, type ExitCode } from './exit-codes.ts';

/** An end that a person is told in a message, without a stack. */
export abstract class CommandError extends Error {
  abstract readonly exitCode: ExitCode;
  /** The way out, on a line of its own; empty where the message says it. */
  readonly hint: string;

  constructor(message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** What was typed cannot be done as typed. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
  readonly exitCode = EXIT.usage;
}

/** Something that the command needs is not there or does not work. */
export class CommandFailed extends CommandError {
  override readonly name = 'CommandFailed';
  readonly exitCode = EXIT.failed;
}

/** Nobody answers at the server's address. */
export class ServerUnreachable extends CommandError {
  override readonly name = 'ServerUnreachable';
  readonly exitCode = EXIT.failed;

  constructor(url: string, seen: string, options?: ErrorOptions) {
    super(
      `No Tidegate server answers at ${url}: ${seen}`,
      "start one with 'tidegate up', or name another with --url or TIDEGATE_URL",
      options,
    );
  }
}

/** Something answers at the address, and it is no Tidegate server. */
export class NotTidegate extends CommandError {
  override readonly name = 'NotTidegate';
  readonly exitCode = EXIT.failed;

  constructor(url: string, seen: string, options?: ErrorOptions) {
    super(
      `What answers at ${url} is no Tidegate server: ${seen}`,
      'check --url, TIDEGATE_URL, or connection.json in the data folder',
      options,
    );
  }
}

/** The server said no; its own words. */
export class ServerRefused extends CommandError {
  override readonly name = 'ServerRefused';
  readonly exitCode: ExitCode;

  constructor(
    readonly status: number,
    detail: string,
    hint: string,
  ) {
    super(detail, hint);
    this.exitCode = exitCodeOfStatus(status);
  }
}

function exitCodeOfStatus(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAllowed;
  return status === 400 || status === 404 || status === 413 || status === 415 || status === 422 ? EXIT.usage : EXIT.failed;
}

/** Ctrl-C. The message says what goes on without us. */
export class Interrupted extends CommandError {
  override readonly name = 'Interrupted';
  readonly exitCode = EXIT.interrupted;
}
