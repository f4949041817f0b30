import { type ServerReading, type Tally, tallyBetween, together } from '../canary-figures.ts';
import { printDuration } from '../duration.ts';
import type { Known, Measurement } from './facts.ts';
import type { RouterSource } from './rules.ts';

/** A component that a host's router gives requests to, and what it has counted of it. */
export interface CountedComponent {
  readonly component: string;
  /** Since when the router counts: a text that is another after each of its starts. */
  readonly since: string;
  /** By the names of the containers that serve. */
  readonly servers: Readonly<Record<string, ServerReading>>;
}

/** What a host's router has counted, or why that could not be read. */
export type HostCount =
  | { readonly host: string; readonly components: readonly CountedComponent[] }
  | { readonly host: string; readonly unread: string };

/** What the routers of all hosts of an environment had counted at a moment, ISO 8601. */
export interface EnvironmentCount {
  readonly at: string;
  readonly hosts: readonly HostCount[];
}

/** Counts that lie closer together than this share of what is counted over tell no more than one of them. */
const GRAIN = 1 / 20;

/**
 * The figure of a rule between two counts: the last one, and the latest before it that is old enough. Routers count since their start and
 * one place after another, so that a single count tells of no time and no release; only what serves in both is compared. Not known where a
 * host could not be read, as what it hides may be the worst, where the time is not over yet for all that serves, and where there were too
 * few requests.
 */
export function routerMeasurement(source: RouterSource, counts: readonly EnvironmentCount[]): Known<Measurement> {
  const last = counts.at(-1);
  if (last === undefined) return unknown('its routers have not been asked yet');
  const unread = last.hosts.find((host) => 'unread' in host);
  if (unread !== undefined && 'unread' in unread) return unknown(`the router of ${unread.host} cannot be read: ${unread.unread}`);
  if (partsOf(last, source).length === 0) return unknown(`no router gives requests to ${named(source)}`);
  const alike = counts.filter((count) => isWhole(count) && isComparable(source, count, last));
  const before = alike.findLast(({ at }) => Date.parse(at) <= Date.parse(last.at) - source.overMs);
  return before === undefined ? tooEarly(source, alike[0] ?? last) : figureBetween(source, before, last);
}

/**
 * Whether all that serves had been counted before. A new container goes on from the numbers of its place, so that nothing tells its own from
 * those of another. Of the number of requests those that have gone are a part as well.
 */
function isComparable(source: RouterSource, before: EnvironmentCount, last: EnvironmentCount): boolean {
  const [then, now] = [serversOf(before, source), serversOf(last, source)];
  const hasAll = (some: ReadonlySet<string>, others: ReadonlySet<string>): boolean => [...others].every((server) => some.has(server));
  return hasAll(then, now) && (source.figure !== 'requests' || hasAll(now, then));
}

function serversOf(count: EnvironmentCount, source: RouterSource): ReadonlySet<string> {
  const names = partsOf(count, source).flatMap(({ host, component, servers }) =>
    Object.keys(servers).map((server) => JSON.stringify([host, component, server])),
  );
  return new Set(names);
}

/** The counts that are needed from here on when one more has come. `overMs` is the longest time that is counted over. */
export function withCount(counts: readonly EnvironmentCount[], next: EnvironmentCount, overMs: number): readonly EnvironmentCount[] {
  const moment = (count: EnvironmentCount): number => Date.parse(count.at);
  const [earlier, last] = [counts.at(-2), counts.at(-1)];
  const isClose = earlier !== undefined && last !== undefined && moment(last) - moment(earlier) < overMs * GRAIN;
  // What lacks a host stands for no other.
  const isSpare = isClose && (isWhole(earlier) || !isWhole(last));
  const all = [...(isSpare ? counts.slice(0, -1) : counts), next];
  const base = all.findLastIndex((count) => isWhole(count) && moment(count) <= moment(next) - overMs);
  return all.slice(Math.max(0, base));
}

function isWhole({ hosts }: EnvironmentCount): boolean {
  return hosts.every((host) => !('unread' in host));
}

function tooEarly(source: RouterSource, first: EnvironmentCount): Known<Measurement> {
  const knownAt = new Date(Date.parse(first.at) + source.overMs).toISOString();
  return { ...unknown(`requests to ${named(source)} are counted for ${printDuration(source.overMs)} first`), knownAt };
}

function figureBetween(source: RouterSource, before: EnvironmentCount, last: EnvironmentCount): Known<Measurement> {
  const tally = together(talliesBetween(partsOf(before, source), partsOf(last, source)));
  const minutes = Math.floor((Date.parse(last.at) - Date.parse(before.at)) / 60_000);
  const over = `requests to ${named(source)} within ${printDuration(Math.max(source.overMs, minutes * 60_000))}`;
  const { figure, minRequests } = source;
  if (figure === 'requests') return { kind: 'known', value: { value: tally.requests, at: last.at, basis: over } };
  if (tally.requests < minRequests)
    return unknown(`unclear, as there were ${tally.requests} of the ${minRequests} ${over} that tell something`);
  return { kind: 'known', value: { ...measurementOf(figure, tally, over), at: last.at } };
}

function measurementOf(figure: Exclude<RouterSource['figure'], 'requests'>, tally: Tally, over: string): Omit<Measurement, 'at'> {
  const { requests, failed, refused, time } = tally;
  const share = (part: number): number => Number((part / requests).toPrecision(6));
  if (figure !== 'meanMilliseconds') return { value: share(figure === 'failedShare' ? failed : refused), basis: `of ${requests} ${over}` };
  const tenths = (milliseconds = 0, round = Math.round): number => round(milliseconds * 10) / 10;
  return { value: tenths(time?.meanMs), within: tenths(time?.withinMs, Math.ceil), basis: `ms over ${requests} ${over}` };
}

interface Part extends CountedComponent {
  readonly host: string;
}

function partsOf({ hosts }: EnvironmentCount, { component }: RouterSource): Part[] {
  const parts = hosts.flatMap((host) => ('unread' in host ? [] : host.components.map((one) => ({ ...one, host: host.host }))));
  const serving = parts.filter(({ servers }) => Object.keys(servers).length > 0);
  return component === undefined ? serving : serving.filter((part) => part.component === component);
}

function talliesBetween(before: readonly Part[], last: readonly Part[]): Tally[] {
  return last.flatMap(({ host, component, since, servers }) => {
    const then = before.find((part) => part.host === host && part.component === component);
    return Object.entries(servers).flatMap(([name, now]) => {
      const had = then !== undefined && Object.hasOwn(then.servers, name) ? then.servers[name] : undefined;
      // A router that started anew counts from nothing.
      return then === undefined || had === undefined ? [] : [tallyBetween(then.since === since ? had : NOTHING, now)];
    });
  });
}

const NOTHING: ServerReading = { requests: 0, refused: 0, failed: 0, averageMs: 0 };

function named({ component, environment }: RouterSource): string {
  return component === undefined ? environment : `${component} in ${environment}`;
}

function unknown(reason: string): Extract<Known<never>, { kind: 'unknown' }> {
  return { kind: 'unknown', reason };
}
