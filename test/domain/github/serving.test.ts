import { describe, expect, it } from '@jest/globals';
import type { DeploymentNews } from '../../../domain/deployment-news.ts';
import { asRuled, newsAfter, rankOf, servingBy } from '../../../domain/github/serving.ts';

const id = (generation: number) => `deployment/shop/production/${generation}`;
const news = (release: number, state: DeploymentNews['state'], more: Partial<DeploymentNews> = {}): DeploymentNews => ({
  environment: 'production',
  release,
  deployment: id(release),
  state,
  description: `is ${state}`,
  ...(state === 'success' && { isServing: true }),
  ...more,
});
const left = (release: number, returnsTo: number) => news(release, 'inactive', { returnsTo });
const ruleOf = (told: DeploymentNews) => ({ rank: rankOf(told, told.deployment ?? ''), news: told });

describe('what is said of what an environment runs', () => {
  it('is in the order of generations, and a deployment is left before any later one serves', () => {
    const inOrder = [news(1, 'success'), left(1, 0), news(2, 'failure', { isServing: true }), left(2, 1), news(10, 'success')];
    const ranks = inOrder.map((told) => ruleOf(told).rank);
    expect(ranks).toEqual([...new Set(ranks)].toSorted((one, other) => one - other));
    expect(ranks[0]).toBeGreaterThan(0);
  });

  it('is nothing where a deployment begins, fails or is cancelled', () => {
    for (const state of ['in_progress', 'failure', 'error'] as const) expect(ruleOf(news(3, state)).rank).toBe(0);
  });

  it('names the release that serves then', () => {
    expect([servingBy(news(2, 'success')), servingBy(left(2, 1))]).toEqual([2, 1]);
  });
});

describe('news of a deployment', () => {
  it('take the place of what was told of it before', () => {
    expect(newsAfter(undefined, news(1, 'in_progress'))).toEqual(news(1, 'in_progress'));
    expect(newsAfter(news(1, 'success'), left(1, 0))).toEqual(left(1, 0));
    expect(newsAfter(left(1, 0), left(1, 0))).toEqual(left(1, 0));
  });

  it('are none once it was left, but for that it had served, once', () => {
    for (const state of ['in_progress', 'failure', 'error'] as const) expect(newsAfter(left(2, 1), news(2, state))).toBeUndefined();
    const served = newsAfter(left(2, 1), news(2, 'success'));
    expect(served).toEqual({ ...left(2, 1), hasServed: true });
    expect(newsAfter(served, news(2, 'success'))).toBeUndefined();
    expect(newsAfter(served, left(2, 1))).toEqual(served);
  });

  it('are told as they are where nothing later rules', () => {
    const own = ruleOf(news(2, 'success'));
    for (const ruler of [undefined, own, ruleOf(news(1, 'success'))]) expect(asRuled(own, ruler)).toEqual(own.news);
    expect(asRuled(ruleOf(left(2, 1)), ruleOf(news(1, 'success')))).toEqual(left(2, 1));
  });

  it('that come late are of that deployment alone, which serves no more', () => {
    const ruler = ruleOf(left(5, 4));
    expect(asRuled(ruleOf(news(2, 'success')), ruler)).toEqual({
      ...news(2, 'inactive'),
      hasServed: true,
      description: 'Replaced by release 4',
    });
    expect(asRuled(ruleOf(left(3, 2)), ruler)).toEqual(news(3, 'inactive'));
    expect(asRuled(ruleOf(news(3, 'failure', { isServing: true })), ruler)).toEqual(news(3, 'failure'));
  });

  it('that say nothing of what serves are told as they are, whatever rules', () => {
    expect(asRuled(ruleOf(news(2, 'in_progress')), ruleOf(news(5, 'success')))).toEqual(news(2, 'in_progress'));
  });
});
