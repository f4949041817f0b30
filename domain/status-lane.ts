import type { DeploymentNews } from './deployment-news.ts';
import { withNews } from './deployment-news.ts';

/** What a lane needs to know of what it carries; the rest it carries along. */
export interface LaneItem {
  /** Of one context the last word counts. */
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly deployments?: readonly DeploymentNews[];
}

/** What waits to be told, in order, and what each context was told last. Plain data. */
export interface StatusLane<Item extends LaneItem> {
  readonly waiting: readonly Item[];
  readonly told: Readonly<Record<string, Told<Item>>>;
}

interface Told<Item> {
  readonly last: Item;
  readonly times: number;
}

/**
 * GitHub takes 1,000 statuses of a commit and context, from all releases and attempts together. What goes on telling a new reason to wait is
 * cut off long before, so that the end can still be told.
 */
const WAITS_TOLD = 200;

export function emptyLane<Item extends LaneItem>(): StatusLane<Item> {
  return { waiting: [], told: {} };
}

/** A newer word about a context takes the place of one that waits; what that had to tell of deployments is still told. */
export function offer<Item extends LaneItem>(lane: StatusLane<Item>, item: Item): StatusLane<Item> {
  const at = lane.waiting.findIndex(({ context }) => context === item.context);
  const old = lane.waiting[at];
  if (old === undefined) return { ...lane, waiting: [...lane.waiting, item] };
  return { ...lane, waiting: lane.waiting.with(at, carrying(old, item)) };
}

/** What is told next, and the lane without it; undefined when nothing waits. */
export function takeNext<Item extends LaneItem>(
  lane: StatusLane<Item>,
): { readonly next: Item; readonly rest: StatusLane<Item> } | undefined {
  const [next, ...waiting] = lane.waiting;
  return next === undefined ? undefined : { next, rest: { ...lane, waiting } };
}

/** GitHub has taken it. */
export function taken<Item extends LaneItem>(lane: StatusLane<Item>, item: Item): StatusLane<Item> {
  const times = (lane.told[item.context]?.times ?? 0) + 1;
  return { ...lane, told: { ...lane.told, [item.context]: { last: item, times } } };
}

/** Whether telling it would change nothing that people or branch rules go by: GitHub has just this, or was told often enough that it waits. */
export function isKnown<Item extends LaneItem>({ told }: StatusLane<Item>, item: Item): boolean {
  const before = told[item.context];
  if (before === undefined) return false;
  if (JSON.stringify(before.last) === JSON.stringify(item)) return true;
  const stillWaits = before.last.state === 'pending' && item.state === 'pending' && item.deployments === undefined;
  return stillWaits && before.times >= WAITS_TOLD;
}

/** Of what belongs to one context: the newer word counts, and of each deployment its own last. */
export function mergedDetails<Details extends Pick<LaneItem, 'deployments'>>(before: Details, newer: Details): Details {
  const deployments = withNews(before.deployments ?? [], newer.deployments ?? []);
  return { ...before, ...newer, ...(deployments.length > 0 && { deployments }) };
}

function carrying<Item extends LaneItem>(old: Item, item: Item): Item {
  const deployments = withNews(old.deployments ?? [], item.deployments ?? []);
  return deployments.length === 0 ? item : { ...item, deployments };
}
