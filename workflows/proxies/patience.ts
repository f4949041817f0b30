import { TERMINAL_FAILURES, TERMINAL_FOR_THE_WAY_BACK } from '../../domain/terminal-failures.ts';

/** A killed worker is noticed after this long without a heartbeat; DESIGN.md allows 4 s until its work goes on. */
export const HEARTBEAT = '3s';

export const nonRetryableErrorTypes = [...TERMINAL_FAILURES];

/** Outlasts the restart of an engine or a registry, and then lets the failure be known. */
export const PATIENT = {
  initialInterval: '500ms',
  backoffCoefficient: 2,
  maximumInterval: '15s',
  maximumAttempts: 8,
  nonRetryableErrorTypes,
} as const;

/** For questions that somebody waits to be answered. */
export const QUICK = { initialInterval: '500ms', backoffCoefficient: 2, maximumAttempts: 4, nonRetryableErrorTypes } as const;

/** Until it is done: what must happen sooner or later, whatever is down now. */
export const UNTIL_DONE = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s', nonRetryableErrorTypes } as const;

/** The same on the way back: hardly anything ends it. */
export const UNTIL_RESTORED = { ...UNTIL_DONE, nonRetryableErrorTypes: [...TERMINAL_FOR_THE_WAY_BACK] };
