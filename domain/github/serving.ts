import { type DeploymentNews, generationOf } from '../deployment-news.ts';

/** What is said last of which release an environment runs. */
export interface Rule {
  readonly rank: number;
  readonly news: DeploymentNews;
}

/**
 * How late what is said of an environment is, whenever it is told: a deployment serves from its own generation on, until it is left, which comes before every later one.
 * 0 where it says nothing of what serves.
 */
export function rankOf({ state, isServing }: DeploymentNews, deployment: string): number {
  if (state === 'inactive') return 2 * generationOf(deployment) + 1;
  return isServing === true ? 2 * generationOf(deployment) : 0;
}

/**
 * What is kept of a deployment after `next`; undefined where that is no news. One that was left serves no more, whatever is told late: but that it served is worth knowing, as a
 * way back may lead to it.
 */
export function newsAfter(before: DeploymentNews | undefined, next: DeploymentNews): DeploymentNews | undefined {
  if (before?.state !== 'inactive') return next;
  if (next.state === 'inactive') return { ...next, ...(before.hasServed === true && { hasServed: true }) };
  return next.isServing === true && before.hasServed !== true ? { ...before, hasServed: true } : undefined;
}

/** What is told of a deployment by now, where a later word rules what serves: of itself alone. */
export function asRuled(own: Rule, ruler: Rule | undefined): DeploymentNews {
  if (ruler === undefined || ruler.rank <= own.rank || own.rank === 0) return own.news;
  const { isServing, returnsTo, ...news } = own.news;
  if (news.state !== 'success') return news;
  return { ...news, state: 'inactive', hasServed: true, description: `Replaced by release ${servingBy(ruler.news)}` };
}

/** The release that serves once this is so. */
export function servingBy({ release, returnsTo }: DeploymentNews): number {
  return returnsTo ?? release;
}
