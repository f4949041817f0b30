import { NoAnswer, seenIn, withinDeadline } from './deadline.ts';

export type CheckState = 'ok' | 'warn' | 'fail';

/** What a check saw, and what to do about it where something is wrong. */
export interface Finding {
  readonly state: CheckState;
  readonly detail: string;
  readonly wayOut?: string;
}

export interface Check {
  readonly name: string;
  readonly wayOut: string;
  readonly look: (signal: AbortSignal) => Promise<Finding>;
}

export interface Checked extends Finding {
  readonly name: string;
}

/** Nothing that is checked may hold up the rest. */
const DEADLINE_MS = 8_000;

/** Runs one check; whatever it throws is a failure with the check's own way out. */
export async function runCheck({ name, wayOut, look }: Check): Promise<Checked> {
  try {
    return { name, ...(await withinDeadline(DEADLINE_MS, look)) };
  } catch (error) {
    return { name, state: 'fail', detail: error instanceof NoAnswer ? error.message : seenIn(error), wayOut };
  }
}

export const ok = (detail: string): Finding => ({ state: 'ok', detail });
export const warn = (detail: string, wayOut: string): Finding => ({ state: 'warn', detail, wayOut });
export const fail = (detail: string, wayOut: string): Finding => ({ state: 'fail', detail, wayOut });
