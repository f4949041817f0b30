import { GITHUB_LAG_MS } from '../../domain/github/lag.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import { ignored } from './effects.ts';

/** GitHub's own servers lag behind each other, and an image can be there before its commit: what a delivery told of may not be there yet. */
export class NotThereYet extends Error {
  override readonly name = 'NotThereYet';
}

interface Told {
  readonly receivedAt: string;
}

const SOONEST_MS = 2_000;

/** In milliseconds. */
function ageOf({ receivedAt }: Told): number {
  return Date.now() - Date.parse(receivedAt);
}

/** Whether what a delivery tells of may still come. */
export function isYoung(delivery: Told): boolean {
  return ageOf(delivery) < GITHUB_LAG_MS;
}

/** What is not there while the delivery is young is looked for again after 2 s, 4 s, 8 s, … */
export async function actOrWait(delivery: Told, act: () => Promise<Settlement>): Promise<Settlement> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof NotThereYet)) throw error;
    const ageMs = ageOf(delivery);
    return ageMs < GITHUB_LAG_MS ? { state: 'later', detail: error.message, afterMs: Math.max(ageMs, SOONEST_MS) } : ignored(error.message);
  }
}
