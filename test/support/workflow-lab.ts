import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkerOptions } from '@temporalio/worker';
import { beating } from '../../activities/with-heartbeat.ts';
import { deployableRelease } from '../../domain/deployable.ts';
import { emptyEnvironment } from '../../domain/environment-state.ts';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import type { Vote } from '../../domain/gates/votes.ts';
import type { Stage } from '../../domain/pipeline.ts';
import type { ReleaseRecord, ReleaseStatus, StageState } from '../../domain/release.ts';
import { MAIN_TASK_QUEUE } from '../../domain/task-queues.ts';
import { deploymentWorkflowId, environmentWorkflowId, releaseWorkflowId } from '../../domain/workflow-ids.ts';
import type { ReleaseEngine } from '../../temporal/engine.ts';
import { createEnvironmentDesk } from '../../temporal/environment-desk.ts';
import { createTemporalEngine } from '../../temporal/temporal-engine.ts';
import type { environment } from '../../workflows/environment.ts';
import { FakeWorld } from './fake-world.ts';
import { patient, startSiteWorker, startTemporal, startWorkers, type TemporalSettings, until } from './temporal.ts';
import { recordOf, STAGES } from './world/example.ts';

/** Real Temporal, real workflows, and a world of their own for each application. */
export class WorkflowLab {
  /** Asked again and again on a busy machine; `engineAtOnce` gives the answer that there is. */
  readonly engine: ReleaseEngine;
  readonly engineAtOnce: ReleaseEngine;
  private constructor(
    readonly env: TestWorkflowEnvironment,
    private workers: Awaited<ReturnType<typeof startWorkers>>,
    private readonly worlds: Map<string, FakeWorld>,
    private readonly options: Partial<WorkerOptions>,
    private readonly settings: TemporalSettings,
  ) {
    this.engineAtOnce = createTemporalEngine(env.client, 'the test server');
    this.engine = patient(this.engineAtOnce);
  }

  static async start(
    kind: 'dev' | 'time-skipping',
    options: Partial<WorkerOptions> = {},
    settings: TemporalSettings = {},
  ): Promise<WorkflowLab> {
    const env = await startTemporal(kind, settings);
    const worlds = new Map<string, FakeWorld>();
    return new WorkflowLab(env, await startWorkers(env, routedTo(worlds), options, settings), worlds, options, settings);
  }

  /** Ends the workers; what was running waits. */
  async stopWorkers(): Promise<void> {
    await this.workers.stop();
    this.workers = { stop: async () => undefined };
  }

  /** Ends the workers and starts new ones that remember nothing. */
  async restartWorkers(): Promise<void> {
    await this.stopWorkers();
    this.workers = await startWorkers(this.env, routedTo(this.worlds), this.options, this.settings);
  }

  /** One more worker, for the hosts of a site that has none. */
  startSiteWorker(site: string): Promise<{ stop(): Promise<void> }> {
    return startSiteWorker(this.env, site, routedTo(this.worlds));
  }

  async stop(): Promise<void> {
    for (const world of this.worlds.values()) world.letGo();
    await this.workers.stop();
    await this.env.teardown();
  }

  application(stages: readonly Stage[] = STAGES, engine = this.engine): Shop {
    const name = `shop-${this.worlds.size + 1}`;
    const world = new FakeWorld();
    world.pipeline = { ...world.pipeline, application: name, stages };
    const desk = createEnvironmentDesk(this.env.client, async (application, number) => world.records.get(`${application}/${number}`));
    world.desk = (request) => desk.request(request);
    world.deskOfReleases = (told) => desk.takenBack(told);
    world.deskOfJobs = desk.jobsDone;
    world.deskOfGates = desk.reachGates;
    world.deskOfRollbacks = desk.rollBack;
    this.worlds.set(name, world);
    return new Shop(name, world, this, engine);
  }
}

/** One application of a test: short words for what a release manager does. */
export class Shop {
  #votes = 0;
  constructor(
    readonly name: string,
    readonly world: FakeWorld,
    readonly lab: WorkflowLab,
    private readonly engine: ReleaseEngine,
  ) {}

  async start(number: number, more = {}, reach?: readonly string[]): Promise<void> {
    const record = this.world.add(this.#record(number, more));
    await this.engine.start(record, reach === undefined ? [] : [{ person: record.initiator, environments: reach }]);
  }

  /** As it is when nothing is on its way any more: every question costs a worker as much as a step does. */
  async status(number: number): Promise<ReleaseStatus> {
    await this.world.quiet();
    return this.engine.releaseStatus(this.name, number);
  }

  async environment(): Promise<EnvironmentStatus> {
    await this.world.quiet();
    return this.engine.environmentStatus(this.name, 'production');
  }

  /** Production runs a release that was promoted a while ago; for tests whose subject comes afterwards. */
  async serves(number: number): Promise<void> {
    const { name, world } = this;
    const record = world.add(this.#record(number, {}));
    const release = deployableRelease(record, world.pipeline, world.imagesOf(number));
    const deployment = deploymentWorkflowId(name, 'production', 1);
    const current = { release, deployment, generation: 1, since: record.createdAt };
    for (const { name: host } of world.policy('production').hosts) world.serve(host, release, 1);
    await this.lab.env.client.workflow.start<typeof environment>('environment', {
      workflowId: environmentWorkflowId(name, 'production'),
      taskQueue: MAIN_TASK_QUEUE,
      workflowTaskTimeout: '2s',
      args: [{ ...emptyEnvironment(name, 'production'), generation: 1, current }],
    });
  }

  #record(number: number, more: object): ReleaseRecord {
    const isBuilt = this.world.pipeline.stages.some(({ kind }) => kind === 'build');
    return recordOf(number, { application: this.name, ...(!isBuilt && { images: this.world.imagesOf(number) }), ...more });
  }

  reached(number: number, stage: string, kind: StageState['kind']): Promise<ReleaseStatus> {
    return until(
      () => this.status(number),
      (status) => stageOf(status, stage)?.kind === kind,
    );
  }

  vote(number: number, decision: Vote['decision'], person = 'rita', more = {}): Promise<ReleaseStatus> {
    this.#votes += 1;
    return this.engine.vote(this.name, number, { stage: 'production', decision, person, comment: '', ...more }, `vote-${this.#votes}`);
  }

  cancel(number: number): Promise<ReleaseStatus> {
    return this.engine.cancel(this.name, number, { person: 'dev', reason: 'done' }, `cancel-${number}`);
  }

  ended(number: number): Promise<ReleaseStatus> {
    return this.lab.env.client.workflow.getHandle(releaseWorkflowId(this.name, number)).result();
  }

  rollback(to?: number, more: { readonly pastForwardOnly?: boolean } = {}): ReturnType<ReleaseEngine['rollback']> {
    const request = { person: 'rita', reason: 'customers complain', ...(to !== undefined && { to }), ...more };
    return this.engine.rollback(this.name, 'production', request, `rollback-${Math.random()}`);
  }

  async approved(number: number): Promise<void> {
    await this.start(number);
    await this.reached(number, 'production', 'waiting');
    await this.vote(number, 'approve');
  }

  async promoted(number: number): Promise<ReleaseStatus> {
    await this.approved(number);
    return this.ended(number);
  }
}

export function stageOf(status: ReleaseStatus, name: string): StageState | undefined {
  return status.stages.find((stage) => stage.name === name)?.state;
}

/** A promise that a test opens when it wants. */
export function barrier(): { readonly closed: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { closed, open: () => open() };
}

/** Every activity finds the world of the application that it was asked for. */
function routedTo(worlds: Map<string, FakeWorld>): object {
  const names = Object.keys(new FakeWorld().activities()) as (keyof ReturnType<FakeWorld['activities']>)[];
  return beating(Object.fromEntries(names.map((name) => [name, (input: never) => act(worldOf(worlds, input), name, input)])));
}

function act(world: FakeWorld, name: keyof ReturnType<FakeWorld['activities']>, input: never): Promise<unknown> {
  return world.activities()[name](input);
}

function worldOf(
  worlds: Map<string, FakeWorld>,
  // Retention is of no application: its story is played in the world that was made last.
  input: {
    application?: string;
    deployment?: { application: string };
    guard?: { places: readonly { application: string }[] };
    hosts?: readonly { host: string }[];
  } = {},
): FakeWorld {
  const world =
    worlds.get(input.application ?? input.deployment?.application ?? input.guard?.places[0]?.application ?? '') ??
    [...worlds.values()].at(-1);
  if (world === undefined) throw new Error('The test made no application');
  return world;
}
