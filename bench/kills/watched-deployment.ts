import { type Load, type LoadReport, startLoad } from '../../lab/load.ts';
import { until } from '../../lab/until.ts';
import type { BenchSite } from '../site/bench-site.ts';
import { type Boundary, isOfDeployment, nameOf } from '../site/boundary.ts';
import { HOST_NAME, type Version } from '../site/pipeline.ts';

/** A moment of a deployment at which it can be disturbed. */
export interface Moment {
  /** `deployment: switchHost production-1`, with a number from its second time on. */
  readonly activity: string;
  readonly when: Boundary['when'];
  readonly boundary: Boundary;
}

/** What users and the engine saw of one deployment. */
export interface Seen {
  /** `promoted`, `rolled-back`, … */
  readonly state: string;
  readonly activities: readonly string[];
  readonly sent: number;
  readonly lost: number;
  readonly errors: readonly string[];
  /** Answers by whoever was neither the old version nor the new one. */
  readonly strange: number;
  /** From the request for the release to its end. */
  readonly milliseconds: number;
}

/** Of each host, for clients that keep their connection and for those that do not. */
const RATE = 40;
const RETIRED_MS = 60_000;

/** Deploys a version under load and tells what was seen; `disturb` is called at each moment, and the activity goes on when it resolves. */
export async function deployWatched(site: BenchSite, version: Version, disturb: (moment: Moment) => Promise<void>): Promise<Seen> {
  const names = new Names();
  const over = new Set<string>();
  site.processes.atBoundary = async (boundary) => {
    if (!isOfDeployment(boundary)) return;
    const activity = names.of(boundary);
    if (boundary.when === 'after') over.add(activity);
    await disturb({ activity, when: boundary.when, boundary });
  };
  const before = (await site.environment()).current;
  const loads = startLoads(site);
  const since = Date.now();
  const release = await site.release(version);
  const { state } = await site.ended(release);
  const milliseconds = Date.now() - since;
  if (state === 'promoted') await retired(site, over);
  const reports = await Promise.all(loads.map((load) => load.stop()));
  site.processes.atBoundary = async () => undefined;
  const { generation } = await site.environment();
  const known = [before?.deployment, `deployment/shop/production/${generation}`];
  return { state, activities: names.all(), milliseconds, ...sumOf(reports, known) };
}

function startLoads(site: BenchSite): readonly Load[] {
  const headers = { host: HOST_NAME };
  return site
    .urls()
    .flatMap((url) => [true, false].map((keepAlive) => startLoad({ url, headers, connections: 4, keepAlive, ratePerSecond: RATE })));
}

/** What served before has been stopped everywhere: that belongs to the deployment, and comes after its end. */
async function retired(site: BenchSite, over: ReadonlySet<string>): Promise<void> {
  const wanted = site.engines.map(({ name }) => `environment: retireHost ${name}`);
  await until('the end of the old versions', RETIRED_MS, async () => wanted.every((activity) => over.has(activity)));
}

function sumOf(reports: readonly LoadReport[], known: readonly (string | undefined)[]): Pick<Seen, 'sent' | 'lost' | 'errors' | 'strange'> {
  const sum = (of: (report: LoadReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const strangers = (report: LoadReport): number =>
    Object.entries(report.byIdentity).reduce(
      (total, [identity, count]) => (known.includes(identity) || identity === 'none' ? total : total + count),
      0,
    );
  const errors = [...new Set(reports.flatMap((report) => report.errors))];
  return { sent: sum(({ sent }) => sent), lost: sum(({ lost }) => lost), errors, strange: sum(strangers) };
}

/** Names each activity once, also when it is tried again. */
class Names {
  readonly #known = new Map<string, string>();
  readonly #times = new Map<string, number>();

  of(boundary: Boundary): string {
    const key = `${boundary.workflowId} ${boundary.activityId}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const base = nameOf(boundary);
    const times = (this.#times.get(base) ?? 0) + 1;
    this.#times.set(base, times);
    const name = times === 1 ? base : `${base} (${times})`;
    this.#known.set(key, name);
    return name;
  }

  all(): readonly string[] {
    return [...this.#known.values()];
  }
}
