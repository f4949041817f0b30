/** One request, open loop: it is sent when its time has come, however long others take. */
export interface Answer {
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** From the moment at which it should have been sent to the end of its answer. */
  readonly latencyMs: number;
  /** The place of the host among those that are asked. */
  readonly host: number;
  /** What the answer says it comes from; empty for a request that was lost. */
  readonly identity: string;
  readonly outcome: 'well' | 'lost' | 'wrong';
}

export interface Answers {
  readonly answers: readonly Answer[];
  /** Each different way in which a request was lost or answered wrongly, once. */
  readonly errors: readonly string[];
}

/** A time, from and to, in milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The value that so many percent are not above; 0 of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

export function within(answers: readonly Answer[], windows: readonly Window[]): readonly Answer[] {
  return answers.filter(({ sentAt }) => windows.some(({ from, to }) => sentAt >= from && sentAt <= to));
}

export function outside(answers: readonly Answer[], windows: readonly Window[]): readonly Answer[] {
  return answers.filter(({ sentAt }) => windows.every(({ from, to }) => sentAt < from || sentAt > to));
}

/** Of those that were answered well. */
export function p99(answers: readonly Answer[]): number {
  const latencies = answers.flatMap(({ latencyMs, outcome }) => (outcome === 'well' ? [latencyMs] : []));
  return percentile(latencies, 99);
}

/** The longest time on any host from one answer that was well to the next. */
export function longestGap(answers: readonly Answer[], hosts: number): number {
  const gaps = Array.from({ length: hosts }, (_, host) => {
    const ends = answers.flatMap((answer) => (answer.host === host && answer.outcome === 'well' ? [answer.sentAt + answer.latencyMs] : []));
    const sorted = ends.sort((a, b) => a - b);
    return Math.max(0, ...sorted.map((end, index) => end - (sorted[index - 1] ?? end)));
  });
  return Math.max(0, ...gaps);
}

/** When a host's requests may move: from the beginning of its switch to the end. */
export interface Turn {
  readonly host: number;
  readonly to: string;
  readonly window: Window;
}

/** Answers by a new version on a host before its turn, and of requests that were sent after the turn by any other. */
export function outOfTurn(answers: readonly Answer[], turns: readonly Turn[]): readonly Answer[] {
  const well = answers.filter(({ outcome }) => outcome === 'well');
  return turns.flatMap(({ host, to, window }) => {
    const next = turns.filter((turn) => turn.host === host && turn.window.from > window.to).map((turn) => turn.window.from);
    const end = Math.min(Number.POSITIVE_INFINITY, ...next);
    const early = well.filter((one) => one.host === host && one.identity === to && one.sentAt + one.latencyMs < window.from);
    const late = well.filter((one) => one.host === host && one.identity !== to && one.sentAt > window.to && one.sentAt < end);
    return [...early, ...late];
  });
}
