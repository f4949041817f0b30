import { until } from '../../lab/until.ts';
import type { BenchSite } from '../site/bench-site.ts';
import type { Version } from '../site/pipeline.ts';
import type { Turn, Window } from './answers.ts';

/** A deployment as it was seen from outside. */
export interface Switch {
  readonly state: string;
  /** The deployment that answered before; containers that are taken back answer as the one that made them. */
  readonly left: string;
  readonly window: Window;
  /** Of each host that was switched. */
  readonly turns: readonly Turn[];
  /** Of a deployment that failed: when the step that failed ended, by host. */
  readonly failedAt: Readonly<Record<string, number>>;
}

const CHANGED_MS = 60_000;

/** What moves requests on hosts: until the first of these begins there, the old version has all of them. */
const MOVES = /^(?:weigh|switch)Host/;

/** Deploys a version and notes when each host had its turn. */
export async function switchTo(site: BenchSite, version: Version): Promise<Switch> {
  return watched(site, async () => (await site.ended(await site.release(version))).state);
}

/** Returns to the release before, as a person would, and notes the same. */
export async function rollBack(site: BenchSite): Promise<Switch> {
  const { current } = await site.environment();
  return watched(site, async () => {
    await site.rollback();
    await until('the end of the rollback', CHANGED_MS, async () => {
      const { running, current: now } = await site.environment();
      return running === null && now?.deployment !== current?.deployment;
    });
    return 'rolled-back';
  });
}

async function watched(site: BenchSite, act: () => Promise<string>): Promise<Switch> {
  const began = new Map<string, number>();
  const ended = new Map<string, number>();
  const failedAt: Record<string, number> = {};
  site.processes.atBoundary = async ({ activityType, subject, when }) => {
    for (const host of subject.split(' ')) {
      if (activityType === 'restoreHost' && when === 'before') failedAt[host] ??= Date.now();
      if (MOVES.test(activityType) && when === 'before' && !began.has(host)) began.set(host, Date.now());
      if (activityType === 'switchHost' && when === 'after') ended.set(host, Date.now());
    }
  };
  const left = (await site.environment()).current?.deployment ?? '';
  const from = Date.now();
  const state = await act();
  const window = { from, to: Date.now() };
  site.processes.atBoundary = async () => undefined;
  const serving = (await site.environment()).current?.deployment ?? '';
  const turns = site.engines.flatMap(({ name }, host): Turn[] => {
    const [begin, end] = [began.get(name), ended.get(name)];
    return begin === undefined || end === undefined ? [] : [{ host, to: serving, window: { from: begin, to: end } }];
  });
  return { state, left, window, turns, failedAt };
}
