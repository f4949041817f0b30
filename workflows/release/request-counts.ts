import type { GateFactsAsked } from '../../activities/gates.ts';
import { type CountsSoFar, fitting } from '../../domain/gates/counts-so-far.ts';
import { factKey, type GateFacts, type Known, type Measurement } from '../../domain/gates/facts.ts';
import { type EnvironmentCount, type HostCount, routerMeasurement, withCount } from '../../domain/gates/router-metric.ts';
import type { OwnedRules, RouterSource } from '../../domain/gates/rules.ts';
import { atSite } from '../at-site.ts';
import { failureText } from '../failure-text.ts';
import { countsOf } from '../proxies/hosts.ts';
import { installation } from '../proxies/main.ts';

type Metrics = NonNullable<GateFacts['metrics']>;

/** All that a run hands on of its counts, in characters of JSON: Temporal takes two megabytes with everything else. */
const HANDED_ON = 600_000;

/** What routers had counted by the looks of a release at its gates: figures are made of two counts, which may lie in two runs. */
export class RequestCounts {
  /** By environment. */
  readonly #counts: Map<string, CountsSoFar>;

  /** `soFar` is what earlier runs counted. Another `countOn` is for tests. */
  constructor(
    soFar: Readonly<Record<string, CountsSoFar>> = {},
    private readonly countOn: typeof countIn = countIn,
  ) {
    this.#counts = new Map(Object.entries(soFar));
  }

  /** What the next run is to know, by environment. */
  soFar(): Readonly<Record<string, CountsSoFar>> {
    const share = HANDED_ON / Math.max(1, this.#counts.size);
    return Object.fromEntries([...this.#counts].map(([name, known]) => [name, { ...known, counts: fitting(known.counts, share) }]));
  }

  /** Counts once more, for every rule that goes by it; undefined where none does. A no of the outside is a fact: never rejects. */
  read({ application, rules }: GateFactsAsked): Promise<Metrics> | undefined {
    const sources = routerSources(rules);
    if (sources.length === 0) return undefined;
    const environments = [...new Set(sources.map(({ source }) => source.environment))];
    const counted = environments.map((environment) => this.#count(application, environment, needsOf(sources, environment)));
    return Promise.all(counted).then(() => this.#figures(sources));
  }

  async #count(application: string, environment: string, asked: Needs): Promise<void> {
    const { overMs, means } = this.#counts.get(environment) ?? asked;
    const needs = { overMs: Math.max(overMs, asked.overMs), means: means || asked.means };
    // Kept before anybody is asked: two stages may count at once.
    this.#counts.set(environment, { ...needs, counts: this.#of(environment) });
    const hosts = await this.countOn(application, environment, needs.means);
    const next = { at: new Date().toISOString(), hosts };
    const known = this.#counts.get(environment) ?? { ...needs, counts: [] };
    this.#counts.set(environment, { ...known, counts: withCount(known.counts, next, known.overMs) });
  }

  #of(environment: string): readonly EnvironmentCount[] {
    return this.#counts.get(environment)?.counts ?? [];
  }

  #figures(sources: readonly NamedSource[]): Metrics {
    const figures = sources.map(({ key, source }) => [key, routerMeasurement(source, this.#of(source.environment))] as const);
    return Object.fromEntries(figures);
  }
}

export function withMetrics(facts: GateFacts, metrics: Metrics): GateFacts {
  return { ...facts, metrics: { ...facts.metrics, ...metrics } };
}

/** For whoever looks before a release has come to the stage. */
export function uncounted(rules: readonly OwnedRules[]): Metrics {
  const later: Known<Measurement> = { kind: 'unknown', reason: 'requests are counted when the release has come to the stage' };
  return Object.fromEntries(routerSources(rules).map(({ key }) => [key, later]));
}

interface NamedSource {
  readonly key: string;
  readonly source: RouterSource;
}

function routerSources(rules: readonly OwnedRules[]): NamedSource[] {
  return rules.flatMap(({ origin, metrics = [] }) =>
    metrics.flatMap(({ name, source }) => (source.kind === 'router' ? [{ key: factKey(origin, name), source }] : [])),
  );
}

/** What all stages of a release together need of an environment's counts: what one of them keeps must do for the others. */
type Needs = Omit<CountsSoFar, 'counts'>;

function needsOf(sources: readonly NamedSource[], environment: string): Needs {
  const own = sources.flatMap(({ source }) => (source.environment === environment ? [source] : []));
  return { overMs: Math.max(...own.map(({ overMs }) => overMs)), means: own.some(({ figure }) => figure === 'meanMilliseconds') };
}

async function countIn(application: string, environment: string, means: boolean): Promise<readonly HostCount[]> {
  try {
    const { hosts } = await installation.readEnvironment({ application, environment });
    const sites = [...new Set(hosts.map(({ site }) => site))];
    const counted = sites.map((site) =>
      countAt(
        site,
        hosts.flatMap((host) => (host.site === site ? [host.name] : [])),
        { application, environment, means },
      ),
    );
    return (await Promise.all(counted)).flat();
  } catch (error) {
    return [{ host: environment, unread: failureText(error) }];
  }
}

/** A site that does not answer is one whose hosts could not be read. */
async function countAt(
  site: string,
  hosts: readonly string[],
  place: { readonly application: string; readonly environment: string; readonly means: boolean },
): Promise<readonly HostCount[]> {
  try {
    return await atSite(site, 'count requests', () => countsOf(site).countRequests({ ...place, hosts }));
  } catch (error) {
    return hosts.map((host) => ({ host, unread: failureText(error) }));
  }
}
