/** What a router counted for one server since it started. */
export interface ServerReading {
  readonly requests: number;
  /** Answers of 400 to 499. */
  readonly refused: number;
  /** Answers of 500 and above, no answer, an answer cut short. */
  readonly failed: number;
  /** As the router shows it: over its last requests, in whole milliseconds. */
  readonly averageMs: number;
}

/** What a router counted, and since when it runs: a text that is another after each start. */
export interface RouterFigures {
  readonly since: string;
  /** By the names of the containers. */
  readonly servers: Readonly<Record<string, ServerReading>>;
}

/** A component of which both versions have requests on a host, at one moment. */
export interface ComponentReading {
  readonly component: string;
  /** Since when the router counts. */
  readonly since: string;
  /** By the names of the containers. */
  readonly newer: Readonly<Record<string, ServerReading>>;
  readonly older: Readonly<Record<string, ServerReading>>;
  /** How often the engine has started the new version's containers again. */
  readonly restarts: number;
  /** How many of them have had a process killed for want of memory. */
  readonly outOfMemory: number;
  /** Why the new version is not well; absent where it is, and where nobody asked. */
  readonly trouble?: string;
}

export interface HostReading {
  readonly host: string;
  readonly components: readonly ComponentReading[];
}

/** What one version did between two moments, on all hosts and containers together. */
export interface Tally {
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  /** Mean time until an answer began, and how far it may be off; absent without requests. */
  readonly time?: { readonly meanMs: number; readonly withinMs: number };
}

/** Both versions of a component, in the same time and on the same hosts. */
export interface Comparison {
  readonly component: string;
  readonly newer: Tally;
  readonly older: Tally;
  /** What happened to the new version's containers that must not happen. */
  readonly troubles: readonly string[];
}

/** HAProxy's averages slide over so many requests (`TIME_STATS_SAMPLES` of its defaults.h, `swrate_add_dynamic` of its freq_ctr.h). */
const WINDOW = 512;
const NOTHING: ServerReading = { requests: 0, refused: 0, failed: 0, averageMs: 0 };

/** Compares the versions of each component between two readings of the same hosts. Hosts and servers that only one of them has tell nothing. */
export function comparisonsBetween(before: readonly HostReading[], after: readonly HostReading[]): Comparison[] {
  const pairs = after.flatMap(({ host, components }) =>
    components.flatMap((now) => {
      const then = before.find((other) => other.host === host)?.components.find(({ component }) => component === now.component);
      return then === undefined ? [] : [{ host, then, now }];
    }),
  );
  return [...new Set(pairs.map(({ now }) => now.component))].sort().map((component) => {
    const own = pairs.filter(({ now }) => now.component === component);
    return {
      component,
      newer: together(own.flatMap(({ then, now }) => tallies(then, now, 'newer'))),
      older: together(own.flatMap(({ then, now }) => tallies(then, now, 'older'))),
      troubles: own.flatMap(({ host, then, now }) => troublesOf(host, then, now)),
    };
  });
}

function troublesOf(host: string, then: ComponentReading, now: ComponentReading): string[] {
  const restarts = now.restarts - then.restarts;
  return [
    ...(restarts > 0 ? [`the new version restarted ${restarts === 1 ? 'once' : `${restarts} times`} on ${host}`] : []),
    ...(now.outOfMemory > then.outOfMemory ? [`the new version used more memory than it may on ${host}`] : []),
    ...(now.trouble === undefined ? [] : [`the new version is not well on ${host}: ${now.trouble}`]),
  ];
}

/** A router that started anew counts from nothing, for every server. */
function tallies(before: ComponentReading, after: ComponentReading, version: 'newer' | 'older'): Tally[] {
  return Object.entries(after[version]).flatMap(([name, now]) => {
    const then = before[version][name];
    return then === undefined ? [] : [tallyBetween(before.since === after.since ? then : NOTHING, now)];
  });
}

/** What a server did between two readings of a router that ran all the while. */
export function tallyBetween(since: ServerReading, now: ServerReading): Tally {
  const requests = Math.max(0, now.requests - since.requests);
  const time = requests === 0 ? undefined : meanBetween(since, now);
  return {
    requests,
    refused: Math.min(requests, Math.max(0, now.refused - since.refused)),
    failed: Math.min(requests, Math.max(0, now.failed - since.failed)),
    ...(time !== undefined && { time }),
  };
}

/**
 * The mean of the requests between two readings. The router shows a sliding average, in which a server that had this place before
 * still counts: that share is taken out again. Averages are whole milliseconds, so that few requests after many leave it open by more.
 */
function meanBetween(then: ServerReading, now: ServerReading): { meanMs: number; withinMs: number } {
  const [had, has] = [Math.min(then.requests, WINDOW), Math.min(now.requests, WINDOW)];
  const plain = has - had;
  const decay = (1 - 1 / WINDOW) ** (now.requests - then.requests - plain);
  const weight = plain * decay + WINDOW * (1 - decay);
  const meanMs = Math.max(0, (now.averageMs * has - then.averageMs * had * decay) / weight);
  return { meanMs, withinMs: (has + had * decay) / weight };
}

/** What several servers did together. */
export function together(parts: readonly Tally[]): Tally {
  const total = (of: (part: Tally) => number): number => parts.reduce((result, part) => result + of(part), 0);
  const requests = total((part) => part.requests);
  const over = (of: (time: NonNullable<Tally['time']>) => number): number =>
    total((part) => (part.time === undefined ? 0 : of(part.time) * part.requests)) / requests;
  return {
    requests,
    refused: total((part) => part.refused),
    failed: total((part) => part.failed),
    ...(requests > 0 && { time: { meanMs: over(({ meanMs }) => meanMs), withinMs: over(({ withinMs }) => withinMs) } }),
  };
}
