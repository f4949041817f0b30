import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What Temporal's own UI and `list` can filter by. They are not encrypted: names and numbers alone. */
export const SEARCH_ATTRIBUTES = {
  application: defineSearchAttributeKey('TidegateApplication', SearchAttributeType.KEYWORD),
  release: defineSearchAttributeKey('TidegateRelease', SearchAttributeType.INT),
  commit: defineSearchAttributeKey('TidegateCommit', SearchAttributeType.KEYWORD),
  environment: defineSearchAttributeKey('TidegateEnvironment', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('TidegateStage', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('TidegateState', SearchAttributeType.KEYWORD),
} as const;
