/** What a release said of a stage on its commit. */
export interface Said {
  readonly release: number;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
}

/** What was said last of a stage on a commit, by whichever of the commit's releases. */
export interface LastWord extends Said {
  /** How many words of this stage GitHub has taken on this commit, from all releases together. */
  readonly times: number;
}

/** GitHub takes 1,000 statuses of a commit and context: the last hundred are for what decides something. */
const WAITS_TOLD = 900;

/**
 * Whether a release may speak of a stage on its commit, where `last` spoke before it. Of several releases of one commit the newest that has spoken of the stage is heard,
 * until it ends without a verdict: cancelled, superseded or expired it says nothing of the commit, and an older one may speak again. A reason to wait that only takes the
 * place of another one is not worth one of the last statuses.
 */
export function maySpeak(last: LastWord | undefined, next: Said): boolean {
  if (last === undefined) return true;
  if (next.release < last.release && last.state !== 'error') return false;
  const onlyWaits = last.state === 'pending' && next.state === 'pending' && last.release === next.release;
  return !(onlyWaits && last.times >= WAITS_TOLD);
}

/**
 * The verdict on a commit's stage that is kept after `next`, whether `next` was heard or not: the one of the newest release that has one. It is kept for when a newer release
 * ends without, as the older one has ended by then and speaks no more. A release that says something else takes its own back.
 */
export function verdictAfter<One extends Said>(kept: One | undefined, next: One): One | undefined {
  if (kept !== undefined && next.release < kept.release) return kept;
  if (next.state === 'success' || next.state === 'failure') return next;
  return kept?.release === next.release ? undefined : kept;
}

/** What is shown of a commit's stage where `next` is heard and `verdict` is kept. */
export function shownAfter<One extends Said>(verdict: One | undefined, next: One): One {
  return next.state === 'error' ? (verdict ?? next) : next;
}
