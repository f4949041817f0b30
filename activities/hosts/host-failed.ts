export interface HostFailure {
  readonly host: string;
  readonly component: string;
  readonly container?: string;
  /** What was expected and what was seen. */
  readonly seen: string;
  /** The last lines that the container printed. */
  readonly log?: string;
}

/** Engines keep megabytes of one line; this much tells what happened. */
const LOG_CHARACTERS = 4_000;

/** A component did not do on a host what its release promises. Terminal: the deployment goes back. */
export class HostFailed extends Error {
  override readonly name = 'HostFailed';

  constructor(
    readonly failure: HostFailure,
    options?: ErrorOptions,
  ) {
    const { host, component, container, seen, log } = failure;
    const tail = log === undefined || log.trim() === '' ? '' : `. Its last lines:\n${log.trimEnd().slice(-LOG_CHARACTERS)}`;
    super(`Component ${component} on host ${host}${container === undefined ? '' : ` (container ${container})`}: ${seen}${tail}`, options);
  }
}
