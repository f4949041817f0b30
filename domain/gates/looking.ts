import type { GateReport } from './report.ts';

const MINUTE_MS = 60_000;

/** Figures, what is attached to images, and what could not be read change without a word; of all else releases are told, and look again in case they were not. */
const SOON = { first: MINUTE_MS, most: 30 * MINUTE_MS };
const LATER = { first: 10 * MINUTE_MS, most: 180 * MINUTE_MS };
const GROWTH = 1.25;

/** How long until facts are read again though nobody said that they changed, in milliseconds: rarer from time to time, as a week's wait is one history. */
export function looksAgainAfter(gates: readonly GateReport[], looks: number): number {
  const isRestless = gates.some(({ kind, open, openedBy }) => !open && (kind === 'metric' || kind === 'trust' || openedBy.length === 0));
  const { first, most } = isRestless ? SOON : LATER;
  return Math.min(first * GROWTH ** looks, most);
}
