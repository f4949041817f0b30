/** What was said last of a stage on a commit, by whichever of the commit's releases. */
export interface LastWord {
  readonly release: number;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
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
export function maySpeak(last: LastWord | undefined, next: Pick<LastWord, 'release' | 'state'>): boolean {
  if (last === undefined) return true;
  if (next.release < last.release && last.state !== 'error') return false;
  const onlyWaits = last.state === 'pending' && next.state === 'pending' && last.release === next.release;
  return !(onlyWaits && last.times >= WAITS_TOLD);
}
