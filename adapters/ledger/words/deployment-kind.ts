import type { DeploymentWord } from '../../../activities/github/details-in-order.ts';
import type { Mark, Word } from '../../../activities/github/in-order.ts';
import { asRuled, newsAfter, type Rule, rankOf, servingBy } from '../../../domain/github/serving.ts';
import type { Row } from '../database.ts';
import { detailStatements } from './detail-statements.ts';
import type { BookKind, Reader } from './sql-book.ts';

const STATEMENTS = detailStatements('deployment');

interface Kept extends Rule {
  readonly word: DeploymentWord;
  readonly turn: number;
  readonly isRefused: boolean;
}

/** Deployments: of each its last word, told as what rules its environment leaves of it. */
export const DEPLOYMENTS: BookKind<DeploymentWord> = {
  statements: STATEMENTS,

  begin: async (reader, told, { now, dueAt }) => {
    const addressed = await withDeployment(reader, told);
    const before = await lastOf(reader, addressed);
    const news = newsAfter(before?.news, addressed.news);
    if (news === undefined) return { statements: [], said: undefined };
    const named = { ...addressed, news, of: addressed.of.commit === '' ? (before?.word.of ?? addressed.of) : addressed.of };
    const ruler = await rulerOf(reader, named);
    const [rank, turn] = [rankOf(named.news, named.context), (before?.turn ?? 0) + 1];
    const isRuling = rank > (ruler?.rank ?? 0);
    const word = isRuling ? replacing(named, ruler) : named;
    const own: Kept = { rank, news: word.news, word, turn, isRefused: false };
    const { environment, release } = word.news;
    return {
      statements: [STATEMENTS.begin(word, { environment, release, rank }, turn, now, dueAt)],
      said: { ...toldNow(own, ruler), ...ruledBy(own, isRuling ? own : ruler) },
    };
  },

  wordOf: async (reader, row) => {
    const own = keptIn(row);
    const ruler = await rulerOf(reader, own.word);
    return { ...toldNow(own, ruler), ...ruledBy(own, ruler) };
  },

  ruler: async (reader, of) => {
    // What says nothing of what serves changes nothing but itself.
    if (rankOf(of.news, of.context) === 0) return undefined;
    const ruler = await rulerOf(reader, of);
    return ruler && toldNow(ruler, undefined);
  },
};

/** What does not say which deployment it means is about the one that was told of last. */
async function withDeployment(reader: Reader, word: DeploymentWord): Promise<DeploymentWord> {
  const { environment, release, deployment } = word.news;
  if (deployment !== undefined) return word;
  const [row] = await reader.read(STATEMENTS.ofRelease(word.application, environment, release));
  const context = row === undefined ? word.context : String(row.context);
  return { ...word, context, news: row === undefined ? word.news : { ...word.news, deployment: context } };
}

async function lastOf(reader: Reader, word: DeploymentWord): Promise<Kept | undefined> {
  const [row] = await reader.read(STATEMENTS.last(word));
  return row && keptIn(row);
}

async function rulerOf(reader: Reader, { application, news }: DeploymentWord): Promise<Kept | undefined> {
  const [row] = await reader.read(STATEMENTS.ruler(application, news.environment));
  return row && keptIn(row);
}

function keptIn({ word, rank, turn, outcome }: Row): Kept {
  const kept = JSON.parse(String(word)) as DeploymentWord;
  return { rank: Number(rank), news: kept.news, word: kept, turn: Number(turn), isRefused: outcome === 'refused' };
}

/** With the release that it takes the place of, which GitHub may show by a deployment of long ago. */
function replacing(word: DeploymentWord, ruler: Kept | undefined): DeploymentWord {
  if (ruler === undefined || ruler.word.context === word.context) return word;
  return { ...word, news: { ...word.news, replaces: servingBy(ruler.news) } };
}

function toldNow(own: Kept, ruler: Kept | undefined): Word<DeploymentWord> {
  const { word, turn, isRefused } = own;
  return { turn, isRefused, news: { ...word, news: asRuled(own, ruler) } };
}

/** Nothing where another one rules, which is told once more after it: a way back may lead to the very release that this is about, and what it was to end may be shown still. */
function ruledBy(own: Kept, ruler: Kept | undefined): { readonly ruledBy?: Mark } {
  const isOverruled = own.rank > 0 && ruler?.word.context !== own.word.context;
  return ruler === undefined || isOverruled ? {} : { ruledBy: { context: ruler.word.context, turn: ruler.turn } };
}
