import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { GuardedPlace } from '../domain/guard/guard.ts';

/** What Temporal's own UI and `list` can filter by. They are not encrypted: names and numbers alone. */
export const SEARCH_ATTRIBUTES = {
  application: defineSearchAttributeKey('TidegateApplication', SearchAttributeType.KEYWORD),
  release: defineSearchAttributeKey('TidegateRelease', SearchAttributeType.INT),
  commit: defineSearchAttributeKey('TidegateCommit', SearchAttributeType.KEYWORD),
  environment: defineSearchAttributeKey('TidegateEnvironment', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('TidegateStage', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('TidegateState', SearchAttributeType.KEYWORD),
} as const;

/** What a guard is found by: what all its places have in common. One of several applications has none, and hears of every decision. */
export function guardAttributes(places: readonly GuardedPlace[]) {
  return [
    { key: SEARCH_ATTRIBUTES.application, value: onlyOne(places.map(({ application }) => application)) },
    { key: SEARCH_ATTRIBUTES.environment, value: onlyOne(places.map(({ environment }) => environment)) },
  ];
}

function onlyOne(names: readonly string[]): string | null {
  const [name, ...others] = new Set(names);
  return name === undefined || others.length > 0 ? null : name;
}
