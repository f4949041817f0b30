import type { Word } from '../../../activities/github/in-order.ts';
import type { CommitStatus } from '../../../activities/github.ts';
import { type LastWord, maySpeak, type Said, shownAfter, verdictAfter } from '../../../domain/github/last-word.ts';
import type { Row } from '../database.ts';
import type { BookKind } from './sql-book.ts';
import { WORD_STATEMENTS } from './word-statements.ts';

/** Statuses: of several releases of one commit the newest that has spoken is heard, and a verdict is kept for when it says nothing more. */
export const STATUSES: BookKind<CommitStatus> = {
  statements: WORD_STATEMENTS,

  begin: async (reader, status, { now, dueAt }) => {
    const [row] = await reader.read(WORD_STATEMENTS.last(status));
    const next = saidBy(status);
    const verdict = verdictAfter(verdictIn(row), next);
    if (!maySpeak(row && lastOf(row), next)) return { statements: [WORD_STATEMENTS.keep(status, verdict?.status)], said: undefined };
    const [turn, news] = [Number(row?.turn ?? 0) + 1, shownAfter(verdict, next).status];
    return { statements: [WORD_STATEMENTS.begin(news, verdict?.status, turn, now, dueAt)], said: { turn, news } };
  },

  wordOf: async (_reader, { turn, word, outcome }): Promise<Word<CommitStatus>> => ({
    turn: Number(turn),
    news: JSON.parse(String(word)) as CommitStatus,
    isRefused: outcome === 'refused',
  }),
};

interface SaidStatus extends Said {
  readonly status: CommitStatus;
}

function saidBy(status: CommitStatus): SaidStatus {
  return { release: status.release ?? 0, state: status.state, status };
}

function verdictIn(row: Row | undefined): SaidStatus | undefined {
  return typeof row?.verdict === 'string' ? saidBy(JSON.parse(row.verdict) as CommitStatus) : undefined;
}

function lastOf({ release, state, times }: Row): LastWord {
  return { release: Number(release), state: String(state) as LastWord['state'], times: Number(times) };
}
