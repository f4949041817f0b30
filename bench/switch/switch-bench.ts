import { loadavg } from 'node:os';
import { unlessInterrupted } from '../interruption.ts';
import { machine } from '../machine.ts';
import { median, type Report, type Row, row } from '../report.ts';
import { BenchSite } from '../site/bench-site.ts';
import { STRATEGIES, type StrategyName } from '../site/strategies.ts';
import { type Answers, outOfTurn, percentile } from './answers.ts';
import { figuresOf, switchByHand } from './by-hand.ts';
import { startSteadyLoad } from './load.ts';
import { rollBack, type Switch, switchTo } from './watched-switch.ts';

export interface SwitchBenchOptions {
  /** Two switches of each strategy, and a few requests: for whoever tries the measurement itself. */
  readonly quick: boolean;
  /** One strategy alone, or `rollback`. */
  readonly only: string | undefined;
  /** How often each strategy switches. */
  readonly rounds: number | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onProgress: (line: string) => void;
  readonly interrupted: AbortSignal;
}

const WHOLE = { switches: 20, rollbacks: 5, ratePerSecond: 500, restMs: 10_000 };
const QUICK = { switches: 2, rollbacks: 1, ratePerSecond: 100, restMs: 3_000 };
/** Short, so that old versions are gone before the next strategy has its turn. */
const BAKE = '2s';
const BAKED_MS = 6_000;
const BY_HAND = 'docker rm -f, docker run';

type Size = typeof WHOLE;

/** Releases and rollbacks under a steady load, as users see them, beside what people type by hand. Throws SwitchFailed where one did not end well. */
export async function benchSwitch(options: SwitchBenchOptions): Promise<Report> {
  const whole = options.quick ? QUICK : WHOLE;
  const size = { ...whole, switches: options.rounds ?? whole.switches };
  const isWanted = (name: string): boolean => options.only === undefined || name === options.only;
  const names = Object.keys(STRATEGIES) as StrategyName[];
  const strategies = names.filter(isWanted);
  if (strategies.length === 0 && !isWanted('rollback'))
    throw new Error(`There is no part ${options.only}; there are ${names.join(', ')} and rollback`);
  const rows = [
    ...(strategies.length === 0 ? [] : await onSite(2, BAKE, options, (site) => switchRows(site, strategies, size, options))),
    ...(isWanted('rollback') ? await rollbackRows(size, options) : []),
  ];
  const load = loadavg().map((value) => Number(value.toFixed(1)));
  const { switches, rollbacks, ratePerSecond } = size;
  return {
    name: 'switch',
    rows,
    facts: { switches, rollbacks, 'requests per second': ratePerSecond, 'load of the machine': load, ...machine() },
  };
}

async function onSite<Result>(
  hosts: number,
  bake: string,
  options: SwitchBenchOptions,
  act: (site: BenchSite) => Promise<Result>,
): Promise<Result> {
  options.onProgress(`Starting ${hosts} ${hosts === 1 ? 'host' : 'hosts'}, Temporal, a server and a worker`);
  const site = await BenchSite.start({ hosts, bake, environment: options.environment });
  try {
    return await unlessInterrupted(options.interrupted, Promise.race([act(site), site.processes.failed]));
  } finally {
    await site.stop();
  }
}

let versions = 0;

function nextVersion(strategy: object, isFaulty = false) {
  versions += 1;
  return { number: versions, strategy, isFaulty };
}

async function switchRows(
  site: BenchSite,
  strategies: readonly StrategyName[],
  size: Size,
  options: SwitchBenchOptions,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const keepAlive of [true, false]) {
    const mode = keepAlive ? 'keep-alive' : 'a connection each';
    options.onProgress(`By hand, ${mode}`);
    const hand = await switchByHand(site, size.switches, size.ratePerSecond, keepAlive);
    const peer = figuresOf(hand, hand.windows, site.engines.length);
    for (const name of strategies) {
      const run = await underLoad(site, size, keepAlive, async () => {
        const switches: Switch[] = [];
        for (let round = 0; round < size.switches; round += 1) switches.push(await switchTo(site, nextVersion(STRATEGIES[name])));
        return switches;
      });
      const ours = figuresOf(
        run,
        run.switches.map(({ window }) => window),
        site.engines.length,
      );
      options.onProgress(`${name}, ${mode}: ${JSON.stringify(ours)} ${run.answers.errors.join(', ')}`);
      requireAll(name, run.switches, 'promoted');
      const strange = outOfTurn(
        run.answers.answers,
        run.switches.flatMap(({ turns }) => turns),
      ).length;
      const at = `${name}, ${mode}`;
      rows.push(
        row(`${at}: lost, reset or wrong of ${ours.sent}`, 'requests', ours.notWell, { [BY_HAND]: peer.notWell }),
        row(`${at}: new before its turn, or old after its end`, 'answers', strange, {}),
        row(`${at}: p99 at rest`, 'ms', ours.p99AtRest, { [BY_HAND]: peer.p99AtRest }),
        row(`${at}: p99 while switching`, 'ms', ours.p99Switching, { [BY_HAND]: peer.p99Switching }),
        row(`${at}: longest time without an answer on a host`, 'ms', ours.longestGap, { [BY_HAND]: peer.longestGap }),
        row(`${at}: a release to two hosts, median`, 'ms', median(run.switches.map(({ window }) => window.to - window.from)), {}),
      );
    }
  }
  return rows;
}

async function underLoad(
  site: BenchSite,
  { ratePerSecond, restMs }: Size,
  keepAlive: boolean,
  act: () => Promise<readonly Switch[]>,
): Promise<{ readonly switches: readonly Switch[]; readonly answers: Answers }> {
  // Something serves before anybody asks.
  if ((await site.environment()).current === null) await switchTo(site, nextVersion(STRATEGIES.rolling));
  await pause(BAKED_MS);
  const load = startSteadyLoad({ urls: site.urls(), ratePerSecond, keepAlive });
  await pause(restMs);
  const switches = await act();
  await pause(1_000);
  return { switches, answers: await load.stop() };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function rollbackRows(size: Size, options: SwitchBenchOptions): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const hosts of [1, 4]) {
    rows.push(...(await onSite(hosts, '5m', options, (site) => rollbacksOf(site, size, options))));
  }
  return rows;
}

/** Back by hand to the version before, whose containers are warm; and by itself, after a failed health check, where the old version had been stopped. */
async function rollbacksOf(site: BenchSite, size: Size, options: SwitchBenchOptions): Promise<readonly Row[]> {
  const hosts = `${site.engines.length} ${site.engines.length === 1 ? 'host' : 'hosts'}`;
  const served: number[] = [];
  const back: number[] = [];
  const byHand = await underLoad(site, size, true, async () => {
    const switches: Switch[] = [];
    for (let round = 0; round < size.rollbacks; round += 1) {
      requireAll('rolling', [await switchTo(site, nextVersion(STRATEGIES.rolling))], 'promoted');
      switches.push(await rollBack(site));
    }
    return switches;
  });
  for (const { window, left } of byHand.switches) served.push(untilServed(byHand.answers, window.from, left, site.engines.length));
  const failed = await underLoad(site, size, true, async () => {
    const switches: Switch[] = [];
    for (let round = 0; round < size.rollbacks; round += 1) switches.push(await switchTo(site, nextVersion(STRATEGIES.recreate, true)));
    return switches;
  });
  requireAll('recreate', failed.switches, 'rolled-back');
  for (const { failedAt } of failed.switches)
    for (const [index, { name }] of site.engines.entries()) {
      const since = failedAt[name];
      const wasStopped = since !== undefined && isStopped(failed.answers, index, since);
      if (wasStopped) back.push(firstAnswer(failed.answers, index, since) - since);
    }
  options.onProgress(`${hosts}: ${byHand.answers.errors.join(', ') || 'nothing lost'}; then ${failed.answers.errors.join(', ')}`);
  options.onProgress(`${hosts}: served after ${served.join(', ')} ms; after a failure ${back.join(', ')} ms`);
  const lost = byHand.answers.answers.filter(({ outcome }) => outcome !== 'well').length;
  return [
    row(`rollback by hand on ${hosts}: lost, reset or wrong of ${byHand.answers.answers.length}`, 'requests', lost, {}),
    row(`rollback by hand on ${hosts}: asked for to served everywhere, median`, 'ms', median(served), {}),
    row(`rollback by hand on ${hosts}: asked for to served everywhere, longest`, 'ms', percentile(served, 100), {}),
    row(`failed health on ${hosts}, old version stopped (recreate): seen to served, median`, 'ms', median(back), {}),
    row(`failed health on ${hosts}, old version stopped (recreate): seen to served, longest`, 'ms', percentile(back, 100), {}),
  ];
}

/** Until each host has answered as something else than what is left. */
function untilServed(answers: Answers, from: number, left: string, hosts: number): number {
  return Math.max(...Array.from({ length: hosts }, (_, host) => firstAnswer(answers, host, from, left))) - from;
}

/** When the first request that was sent since then, and answered well and not by `except`, had its answer. */
function firstAnswer({ answers }: Answers, host: number, from: number, except?: string): number {
  const first = answers
    .filter((one) => one.host === host && one.outcome === 'well' && one.sentAt >= from && one.identity !== except)
    .map(({ sentAt, latencyMs }) => sentAt + latencyMs);
  return first.reduce((least, end) => Math.min(least, end), Number.POSITIVE_INFINITY);
}

/** Whether nobody answered on a host in the second before. */
function isStopped({ answers }: Answers, host: number, at: number): boolean {
  const recent = answers.filter((one) => one.host === host && one.sentAt > at - 1_000 && one.sentAt < at);
  return recent.length > 0 && recent.every(({ outcome }) => outcome !== 'well');
}

function requireAll(name: string, switches: readonly Switch[], state: string): void {
  const others = switches.filter((one) => one.state !== state).map((one) => one.state);
  if (others.length > 0) throw new SwitchFailed(name, state, others);
}

/** A measurement in which something else was measured. */
export class SwitchFailed extends Error {
  override readonly name = 'SwitchFailed';

  constructor(strategy: string, expected: string, seen: readonly string[]) {
    super(`Expected every deployment by ${strategy} to end ${expected}, and some ended ${[...new Set(seen)].join(', ')}`);
  }
}
