import type { CheckWord } from '../../../activities/github/details-in-order.ts';
import { detailStatements } from './detail-statements.ts';
import type { BookKind } from './sql-book.ts';

const STATEMENTS = detailStatements('check');

/** Check runs: each release's stage has its own, which its release alone tells of, in order. */
export const CHECKS: BookKind<CheckWord> = {
  statements: STATEMENTS,

  begin: async (reader, news, { now, dueAt }) => {
    const [row] = await reader.read(STATEMENTS.last(news));
    const turn = Number(row?.turn ?? 0) + 1;
    return { statements: [STATEMENTS.begin(news, {}, turn, now, dueAt)], said: { turn, news } };
  },

  wordOf: async (_reader, { turn, word, outcome }) => ({
    turn: Number(turn),
    news: JSON.parse(String(word)) as CheckWord,
    isRefused: outcome === 'refused',
  }),
};
