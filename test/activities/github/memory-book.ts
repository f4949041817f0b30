import type { Book, Untold, Word } from '../../../activities/github/in-order.ts';
import type { CommitStatus } from '../../../activities/github.ts';
import { maySpeak, shownAfter, verdictAfter } from '../../../domain/github/last-word.ts';

type Context = Pick<CommitStatus, 'application' | 'commit' | 'context'>;

/** What a word is about. */
export const keyOf = ({ application, commit, context }: Context) => `${application}/${commit}/${context}`;

interface Kept {
  turn: number;
  status: CommitStatus;
  verdict: CommitStatus | undefined;
  times: number;
  outcome: 'telling' | 'told' | 'refused';
  /** The pass of a word that was told again and has not landed. */
  astray: number | undefined;
  /** Whether it was handed out since the last ten minutes were over. */
  isTried: boolean;
}

const saidBy = (status: CommitStatus) => ({ release: status.release ?? 0, state: status.state, status });

/** A book without a database: what is refused may be tried again at once, and once in ten minutes. */
export class MemoryBook implements Book<CommitStatus> {
  readonly words = new Map<string, Kept>();
  #passes = 0;

  async begin(status: CommitStatus): Promise<Pick<Word<CommitStatus>, 'turn' | 'news'> | undefined> {
    const before = this.words.get(keyOf(status));
    const next = saidBy(status);
    const verdict = verdictAfter(before?.verdict && saidBy(before.verdict), next);
    if (before !== undefined) before.verdict = verdict?.status;
    if (!maySpeak(before && { ...saidBy(before.status), times: before.times }, next)) return undefined;
    const said = { turn: (before?.turn ?? 0) + 1, news: shownAfter(verdict, next).status };
    const fresh = { times: 0, astray: undefined, isTried: false };
    this.words.set(keyOf(status), {
      ...fresh,
      ...before,
      turn: said.turn,
      status: said.news,
      verdict: verdict?.status,
      outcome: 'telling',
    });
    return said;
  }

  async last(of: Context): Promise<Word<CommitStatus> | undefined> {
    const found = this.words.get(keyOf(of));
    return found && { turn: found.turn, news: found.status, isRefused: found.outcome === 'refused' };
  }

  async settle(of: CommitStatus, turn: number, outcome: 'told' | 'refused'): Promise<void> {
    const found = this.words.get(keyOf(of));
    if (found?.turn !== turn) return;
    found.outcome = outcome;
    if (outcome === 'told') found.times += 1;
  }

  async untold(application: string): Promise<readonly Untold<CommitStatus>[]> {
    const due = [...this.words.values()].filter(
      ({ status, outcome, astray, isTried }) =>
        status.application === application && !isTried && (outcome === 'refused' || (outcome === 'told' && astray !== undefined)),
    );
    return due.map((kept) => {
      const pass = ++this.#passes;
      Object.assign(kept, { isTried: true, astray: pass });
      return { turn: kept.turn, news: kept.status, isRefused: kept.outcome === 'refused', pass };
    });
  }

  async landed(of: Context, pass: number): Promise<void> {
    const found = this.words.get(keyOf(of));
    if (found?.astray === pass) found.astray = undefined;
  }

  async strayed(of: Context): Promise<void> {
    const found = this.words.get(keyOf(of));
    if (found !== undefined) Object.assign(found, { isTried: true, astray: ++this.#passes });
  }

  async ruler(): Promise<undefined> {}

  passTenMinutes(): void {
    for (const kept of this.words.values()) kept.isTried = false;
  }
}
