import { deploymentWorkflowId, environmentWorkflowId, releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { unlessInterrupted } from '../interruption.ts';
import { machine } from '../machine.ts';
import type { Report, Row } from '../report.ts';
import { BenchSite } from '../site/bench-site.ts';
import type { Version } from '../site/pipeline.ts';
import { activitiesIn } from './histories.ts';
import { chosenBy, FIRST, isAnswered, type Killed, type Story, sampled } from './stories.ts';
import { type Kill, rowsOf, Verdicts } from './verdicts.ts';
import { deployWatched, type Moment, type Seen } from './watched-deployment.ts';

export interface KillsBenchOptions {
  /** A few activities of each story, others on other days: for whoever tries the measurement itself. */
  readonly quick: boolean;
  /** One story alone, by its name, or what is killed in it: `recreate/server`. */
  readonly only: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onProgress: (line: string) => void;
  readonly interrupted: AbortSignal;
}

/**
 * Kills the worker at every activity of a deployment, before it and with its answer lost; the server at all of them; and the engine of
 * the host that an activity is about. Users ask all the while. Throws KillsFailed, naming each kill after which a deployment did not end
 * as it should or, where the strategy has no gap, a request was lost.
 */
export async function benchKills(options: KillsBenchOptions): Promise<Report> {
  const { stories, killed } = chosenBy(options.only);
  options.onProgress('Starting two hosts, Temporal, a server and a worker');
  const site = await BenchSite.start({ hosts: 2, bake: '1s', environment: options.environment });
  try {
    const measured = new KillsBench(site, options, killed).run(stories);
    return await unlessInterrupted(options.interrupted, Promise.race([measured, site.processes.failed]));
  } finally {
    await site.stop();
  }
}

class KillsBench {
  #versions = 0;
  readonly #verdicts: Verdicts;

  constructor(
    private readonly site: BenchSite,
    private readonly options: KillsBenchOptions,
    private readonly killed: readonly Killed[],
  ) {
    this.#verdicts = new Verdicts(options.onProgress);
  }

  async run(stories: readonly Story[]): Promise<Report> {
    await this.#deploy(FIRST);
    const rows: Row[] = [];
    const enumerated: Record<string, readonly string[]> = {};
    for (const story of stories) {
      const activities = await this.#enumerate(story);
      enumerated[story.name] = activities;
      rows.push(...(await this.#kill(story, activities)));
    }
    this.#verdicts.end();
    return { name: 'kills', rows, facts: { activities: enumerated, ...machine() } };
  }

  /** The activities of an undisturbed deployment, which are those of Temporal's own histories. */
  async #enumerate(story: Story): Promise<readonly string[]> {
    const environment = environmentWorkflowId('shop', 'production');
    const earlier = await activitiesIn(this.site.client, [environment]);
    const seen = await this.#deploy(story);
    const { generation } = await this.site.environment();
    const release = releaseWorkflowId('shop', this.#versions);
    const own = await activitiesIn(this.site.client, [environment, release, deploymentWorkflowId('shop', 'production', generation)]);
    if (own - earlier !== seen.activities.length)
      throw new Error(
        `Expected the ${own - earlier} activities of the histories, and saw ${seen.activities.length}: ${seen.activities.join(', ')}`,
      );
    this.#verdicts.judge(story, { what: 'nothing', activity: 'none', when: 'before', seen });
    this.options.onProgress(`${story.name}: ${seen.activities.length} activities, ${seen.milliseconds} ms: ${seen.activities.join(', ')}`);
    return seen.activities;
  }

  async #kill(story: Story, activities: readonly string[]): Promise<readonly Row[]> {
    const chosen = this.options.quick ? sampled(activities) : activities;
    const rows: Row[] = [];
    if (this.killed.includes('worker')) rows.push(...(await this.#killWorkers(story, chosen)));
    if (this.killed.includes('server')) rows.push(...(await this.#killServers(story, chosen)));
    if (this.killed.includes('engine')) rows.push(...(await this.#killEngines(story, chosen)));
    return rows;
  }

  async #killWorkers(story: Story, activities: readonly string[]): Promise<readonly Row[]> {
    const before: Kill[] = [];
    const after: Kill[] = [];
    for (const activity of activities) {
      before.push(await this.#killWorker(story, activity, 'before'));
      // A step that fails by itself has no answer that could be lost.
      if (isAnswered(story, activity)) after.push(await this.#killWorker(story, activity, 'after'));
    }
    return [
      ...rowsOf(story, `worker killed before each of ${before.length} activities`, before),
      ...rowsOf(story, `worker killed with the answer of each of ${after.length} activities lost`, after),
    ];
  }

  async #killEngines(story: Story, activities: readonly string[]): Promise<readonly Row[]> {
    const onHosts = activities.filter((activity) => / production-\d/.test(activity) && !activity.startsWith('environment: '));
    const kills: Kill[] = [];
    for (const activity of onHosts) kills.push(await this.#killEngine(story, activity));
    return rowsOf(story, `engine killed before each of ${kills.length} steps on its host`, kills);
  }

  async #killWorker(story: Story, activity: string, when: Moment['when']): Promise<Kill> {
    let isDone = false;
    const seen = await this.#deploy(story, async (moment) => {
      if (isDone || moment.activity !== activity || moment.when !== when) return;
      isDone = true;
      await this.site.processes.killWorker();
      await this.site.processes.startWorker();
    });
    return this.#verdicts.judge(story, { what: 'worker', activity, when, seen }, isDone);
  }

  /** Nothing of a deployment waits for the server, so one deployment bears as many of its deaths as the server is up for. */
  async #killServers(story: Story, activities: readonly string[]): Promise<readonly Row[]> {
    const left = new Set(activities);
    const kills: Kill[] = [];
    while (left.size > 0) {
      const killed: string[] = [];
      let starting: Promise<void> | undefined;
      const failures: unknown[] = [];
      const seen = await this.#deploy(story, async ({ activity }) => {
        if (starting !== undefined || !left.delete(activity)) return;
        killed.push(activity);
        starting = this.#restartServer().finally(() => {
          starting = undefined;
        });
        // Otherwise one that cannot be started would end the measurement at once, and leave its engines running.
        starting.catch((error: unknown) => failures.push(error));
      });
      await starting;
      if (failures.length > 0) throw failures[0];
      kills.push(this.#verdicts.judge(story, { what: 'server', activity: killed.join(', '), when: 'before', seen }, killed.length > 0));
      if (killed.length === 0) break;
    }
    return rowsOf(story, `server killed at each of ${activities.length} activities`, kills);
  }

  async #restartServer(): Promise<void> {
    await this.site.processes.killServer();
    await this.site.processes.startServer();
  }

  async #killEngine(story: Story, activity: string): Promise<Kill> {
    const engine = this.site.engines.find(({ name }) => activity.includes(name));
    let restarted: Promise<void> | undefined;
    const seen = await this.#deploy(story, async (moment) => {
      if (restarted !== undefined || moment.activity !== activity || moment.when !== 'before') return;
      restarted = engine?.kill().then(() => engine.restart());
    });
    await restarted;
    return this.#verdicts.judge(story, { what: 'engine', activity, when: 'before', seen }, restarted !== undefined, true);
  }

  #deploy(story: Story, disturb: (moment: Moment) => Promise<void> = async () => undefined): Promise<Seen> {
    this.#versions += 1;
    const version: Version = { number: this.#versions, strategy: story.strategy, ...(story.isFaulty && { isFaulty: true }) };
    return deployWatched(this.site, version, disturb);
  }
}
