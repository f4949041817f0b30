import { ApplicationFailure } from '@temporalio/common';
import type { CheckReply } from '../../activities/checks.ts';
import type { GateFactsAsked, TrustAnswer, TrustQuestion } from '../../activities/gates.ts';
import type { StageDetails, StageReport, Told } from '../../activities/github.ts';
import type { createGuardActivities, GuardLook, GuardTold } from '../../activities/guards.ts';
import type { HostRevival } from '../../activities/hosts/revive-host.ts';
import type { JobRun } from '../../activities/hosts/run-job.ts';
import type { BuildRequest } from '../../activities/images.ts';
import type { RecordedEntry } from '../../activities/ledger.ts';
import type { ImagePromotion, PromotedImages } from '../../activities/registry/registry-activities.ts';
import type { TidyOrder } from '../../activities/retention/tidy.ts';
import type { TestReport, TestRequest } from '../../activities/tests.ts';
import type { Charge } from '../../activities/upkeep.ts';
import { withHeartbeat } from '../../activities/with-heartbeat.ts';
import type { Alarm, HttpAlarm } from '../../domain/alarm.ts';
import type { HostReading, ServerReading } from '../../domain/canary-figures.ts';
import type { Deployment, HostReport } from '../../domain/deployment.ts';
import type { DeploymentRequest } from '../../domain/deployment-request.ts';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import { imagesInEnvironment, type TaggedImage } from '../../domain/environment-images.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import type { GateStay } from '../../domain/gate-stay.ts';
import type { CheckQuestion } from '../../domain/gates/check-question.ts';
import type { GateFacts, TrustVerdict } from '../../domain/gates/facts.ts';
import type { HostCount } from '../../domain/gates/router-metric.ts';
import type { Guard, GuardAnswer, GuardSeen, GuardVerdict } from '../../domain/guard/guard.ts';
import { releaseOn } from '../../domain/host-selection.ts';
import { type Images, printImage } from '../../domain/image.ts';
import type { JobReport, PlannedJob } from '../../domain/job.ts';
import type { LedgerEntry, StagePass, TakenBack } from '../../domain/ledger.ts';
import type { Notice } from '../../domain/notice.ts';
import type { Component, Pipeline, Stage, Strategy } from '../../domain/pipeline.ts';
import { type DeploymentPlan, hostPlans, planHost, sealPlan } from '../../domain/plan.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { RetentionReport } from '../../domain/retention-report.ts';
import type { DeskRollback, RollbackOrder } from '../../domain/rollback-request.ts';
import { NOTHING_STANDS, type Ratification, type Standing, type StandingDecision } from '../../domain/standing.ts';
import type { StageTakenBack } from '../../domain/taken-back.ts';
import type { TrustSubject } from '../../domain/trust/subject.ts';

const NOBODY_WAITS = { kind: 'gone', reason: 'nobody waits' } as const;

/** From one activity to the next in a story that is under way, with room for a busy machine. */
const QUIET_MS = 50;

export const RITA = { approvers: ['rita', 'ron'], count: 1, excludeInitiator: true, deadlineMs: 7 * 24 * 3_600_000 };

export function digestOf(text: string): Digest {
  return parseDigest(`sha256:${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`);
}

export function component(name: string): Component {
  const health = { kind: 'running', stableMs: 0, deadlineMs: 1_000 } as const;
  const run = { environment: {}, volumes: [], health, stopGraceMs: 1_000, drainMs: 1_000, replicas: 1 };
  const source = { kind: 'build', context: '.', dockerfile: 'Dockerfile', target: name, arguments: {}, timeoutMs: 60_000 } as const;
  return { name, repository: `registry.test/shop/${name}`, source, run, after: [], specHash: `spec-${name}` };
}

export const STAGES: readonly Stage[] = [
  { kind: 'build', name: 'build', needs: [] },
  {
    kind: 'test',
    name: 'test',
    needs: ['build'],
    run: { component: 'web', command: ['test'], environment: {} },
    companions: [],
    timeoutMs: 60_000,
  },
  { kind: 'deploy', name: 'staging', needs: ['test'], environment: 'staging', strategy: { kind: 'rolling', batch: 1 } },
  { kind: 'deploy', name: 'production', needs: ['staging'], environment: 'production', strategy: { kind: 'rolling', batch: 1 } },
];

/** A pipeline for tests whose subject is the deployment: of images that somebody else built, straight to production. */
export const PRODUCTION_ALONE: readonly Stage[] = [
  { kind: 'deploy', name: 'production', needs: [], environment: 'production', strategy: { kind: 'rolling', batch: 1 } },
];

export function recordOf(number: number, more: Partial<ReleaseRecord> = {}): ReleaseRecord {
  return {
    application: 'shop',
    number,
    commit: `${number}`.repeat(40).slice(0, 40),
    images: {},
    initiator: 'dev',
    createdAt: '2026-01-01T00:00:00Z',
    ...more,
  };
}

/**
 * Everything outside the workflows, held in memory behind the activities' names. It writes down in order what it was
 * asked (`asked`), what serves where (`serving`), and fails where a test says so (`failing`).
 */
export class FakeWorld {
  readonly asked: string[] = [];
  readonly serving: Record<string, { release: number; digest: string; generation: number }> = {};
  /** What tags name, by repository and tag. */
  readonly tags: Record<string, string> = {};
  readonly statuses: StageReport[] = [];
  readonly ledger: LedgerEntry[] = [];
  readonly records = new Map<string, ReleaseRecord>();
  readonly passes = new Map<string, StagePass[]>();
  /** Who has secrets on hosts. */
  readonly charges: Charge[] = [];
  /** What retention finds in each repository, and what it was told to tidy. */
  readonly libraries = new Map<string, RetentionReport>();
  readonly tidied: TidyOrder[] = [];
  /** Activity and host, `switchHost production-2`, to the failure it throws each time. */
  readonly failing = new Map<string, () => Error>();
  /** Awaited before an activity acts; a test holds one up here. */
  readonly held = new Map<string, Promise<void>>();
  /** What a host's router has counted by the time of a reading, `weigh` being the first of a step; good figures unless a test says otherwise. */
  readings: (at: { host: string; release: number; readings: number }) => Partial<HostReading['components'][number]> = () => ({});
  #readings = 0;
  /** When it was asked for something last. */
  #met = 0;
  /** By alarm's name: what is seen of it, as soon as a test says so. */
  readonly alarmed = new Map<string, Promise<string>>();
  /** Lets everything go that is still held: a test that failed before it did so would hold up the end of its file. */
  readonly letGo: () => void;
  readonly #over: Promise<void>;
  /** Of plans: readable, unless a test needs what people are shown. */
  hash: (text: string) => string = planHash;
  pipeline: Pipeline = { application: 'shop', revision: 'revision-1', components: [component('web')], stages: STAGES };
  policies: Record<string, EnvironmentPolicy> = {
    staging: { name: 'staging', hosts: [{ name: 'staging-1', site: 'default' }], policyRevision: 'policy-1', bakeMs: 3_600_000 },
    production: {
      name: 'production',
      hosts: [
        { name: 'production-1', site: 'default' },
        { name: 'production-2', site: 'default' },
      ],
      approval: RITA,
      policyRevision: 'policy-1',
      bakeMs: 3_600_000,
    },
  };
  testReport: TestReport = { passed: true, exitCode: 0, timedOut: false, output: '', digest: '', milliseconds: 5 };
  desk: (request: DeploymentRequest) => Promise<void> = async () => undefined;
  deskOfReleases: (told: StageTakenBack) => Promise<void> = async () => undefined;
  deskOfGates: (application: string, environment: string, stay: GateStay) => Promise<void> = async () => undefined;

  /** What people decided beforehand, whatever application and environment is asked for. */
  standing: Standing = NOTHING_STANDS;
  /** What broken glass had written down, by id. */
  readonly decisions = new Map<string, StandingDecision>();
  /** What people were told at once. */
  readonly notices: Notice[] = [];
  deskOfRollbacks: (order: RollbackOrder) => Promise<DeskRollback> = async () => ({
    kind: 'refused',
    reason: 'nobody asked',
    stays: false,
  });
  /** What external checks were asked, each time that they were. */
  readonly questions: CheckQuestion[] = [];
  /** What a check says when it is asked; by default that it answers later. */
  reply: (question: CheckQuestion) => CheckReply = () => ({ kind: 'taken' });
  /** What the routers of an environment have counted; by default nothing that could be read. */
  counted: (host: string) => HostCount = (host) => ({ host, unread: 'nobody counted' });
  /** What else gates are judged by. */
  facts: Partial<GateFacts> = {};
  /** Where each record goes besides, before anybody is told: a real ledger's append, say. */
  keeps: (entry: LedgerEntry) => Promise<void> = async () => undefined;
  /** Where each status goes besides: to a local GitHub, say. */
  tells: (report: StageReport) => Promise<Told | undefined> = async () => undefined;
  /** The same of what a status left behind. */
  tellsLater: (details: StageDetails) => Promise<void> = async () => undefined;
  /** What becomes of runs of GitHub Actions: the real activities, say. */
  guards: ReturnType<typeof createGuardActivities> | undefined;
  /** Whether images meet a trust policy; not known unless a test says so. */
  trusts: (policy: string, images: readonly TrustSubject[]) => Promise<TrustVerdict> = () => Promise.reject(new Error('nobody knows'));

  constructor() {
    let letGo: () => void = () => undefined;
    this.#over = new Promise((resolve) => {
      letGo = resolve;
    });
    this.letGo = letGo;
  }

  add(record: ReleaseRecord): ReleaseRecord {
    this.records.set(`${record.application}/${record.number}`, record);
    return record;
  }

  policy(environment: string): EnvironmentPolicy {
    const policy = this.policies[environment];
    if (policy === undefined) throw new Error(`The world has no environment ${environment}`);
    return policy;
  }

  /** What its pipeline builds, or is given, for a release. */
  imagesOf(release: number): Images {
    const image = ({ name, repository }: Component) => ({ repository, digest: digestOf(`${name}-${release}`) });
    return Object.fromEntries(this.pipeline.components.map((one) => [one.name, image(one)]));
  }

  activities() {
    return {
      openRelease: async ({ application, number }: { application: string; number: number }) => {
        const record = this.records.get(`${application}/${number}`);
        if (record === undefined) throw ApplicationFailure.nonRetryable(`no release ${number}`, 'UnknownRelease');
        const asked = this.ledger.filter(({ action, release }) => action === 'promotion-requested' && release === number);
        const promotions = asked.map(({ stage = '', actor }) => ({ stage, person: actor }));
        const also = this.ledger.filter(({ action, release }) => action === 'release-started-too' && release === number);
        const starters = also.map(({ actor }) => actor);
        return { record, passes: this.passes.get(`${application}/${number}`) ?? [], promotions, starters };
      },
      recordPass: async ({
        application,
        number,
        pass,
        entry,
      }: {
        application: string;
        number: number;
        pass: StagePass;
        entry: LedgerEntry;
      }) => {
        await this.append(entry);
        const others = (this.passes.get(`${application}/${number}`) ?? []).filter(({ stage }) => stage !== pass.stage);
        this.passes.set(`${application}/${number}`, [...others, pass]);
      },
      takeBackStage: async ({
        application,
        number,
        stage,
        takenBack,
        entry,
      }: {
        application: string;
        number: number;
        stage: string;
        takenBack: TakenBack;
        entry: LedgerEntry;
      }) => {
        await this.append(entry);
        const passes = this.passes.get(`${application}/${number}`) ?? [];
        this.passes.set(
          `${application}/${number}`,
          passes.map((pass) => (pass.stage === stage ? { ...pass, takenBack } : pass)),
        );
      },
      tellTakenBack: (told: StageTakenBack) => this.deskOfReleases(told),
      appendEntry: async ({ sealed, ...entry }: RecordedEntry) => {
        await this.append(entry);
        return sealed === 'try' ? this.#seal().catch(({ message }: Error) => ({ unsealed: message })) : undefined;
      },
      sealLedger: () => this.#seal(),
      readPipeline: async () => {
        await this.meet('readPipeline');
        return this.pipeline;
      },
      readEnvironment: async ({ environment }: { environment: string }) => {
        await this.meet(`readEnvironment ${environment}`);
        const policy = this.policies[environment];
        return policy && { ...policy, readsFacts: true as const };
      },
      readStanding: async ({ environment }: { environment: string }): Promise<Standing> => {
        await this.meet(`readStanding ${environment}`);
        return this.standing;
      },
      keepDecision: async ({ decision, entry }: { decision: StandingDecision; entry: LedgerEntry }): Promise<void> => {
        await this.append(entry);
        if (!this.decisions.has(decision.id)) this.decisions.set(decision.id, decision);
      },
      ratifyDecision: async ({ id, ratified, entry }: { id: string; ratified: Ratification; entry: LedgerEntry }): Promise<void> => {
        await this.append(entry);
        const glass = this.decisions.get(id);
        if (glass?.kind === 'break-glass') this.decisions.set(id, { ...glass, ratified: glass.ratified ?? ratified });
      },
      endDecision: async ({ id, entry }: { id: string; entry: LedgerEntry }): Promise<void> => {
        await this.append(entry);
        this.decisions.delete(id);
      },
      sendNotice: async (notice: Notice): Promise<void> => {
        await this.meet(`sendNotice ${notice.event}`);
        this.notices.push(notice);
      },
      rollBack: (order: RollbackOrder): Promise<DeskRollback> => this.deskOfRollbacks(order),
      readGateFacts: async ({ environment, rules, images = [] }: GateFactsAsked): Promise<GateFacts> => {
        // A slow reader tells what was so when it was asked.
        const { standing, facts } = this;
        await this.meet(`readGateFacts ${environment}`);
        const policies = rules.flatMap(({ trust }) => trust ?? []);
        const trust = policies.length === 0 ? {} : { trust: await this.#judged({ policies, images }) };
        return { standing: { kind: 'known', value: standing }, ...trust, ...facts };
      },
      readTrust: async (question: TrustQuestion): Promise<TrustAnswer> => {
        await this.meet(`readTrust ${question.policies.join()}`);
        return this.#judged(question);
      },
      askCheck: async (question: CheckQuestion): Promise<CheckReply> => {
        this.questions.push(question);
        await this.meet(`askCheck ${question.check}`);
        return this.reply(question);
      },
      countRequests: async ({ environment, hosts }: { environment: string; hosts: readonly string[] }): Promise<readonly HostCount[]> => {
        await this.meet(`countRequests ${environment}`);
        return hosts.map((host) => this.counted(host));
      },
      sealPlan: async ({
        plans,
        strategy,
        ...more
      }: {
        plans: readonly DeploymentPlan[];
        strategy: Strategy;
        jobs?: readonly PlannedJob[];
        alarms?: readonly Alarm[];
      }): Promise<DeploymentPlan> => sealPlan(plans.flatMap(hostPlans), strategy, this.hash, more),
      requestDeployment: (request: DeploymentRequest) => this.desk(request),
      reachGates: async ({ application, environment, stay }: { application: string; environment: string; stay: GateStay }) => {
        await this.meet(`reachGates ${environment} release ${stay.release}`);
        await this.deskOfGates(application, environment, stay);
      },
      reportStatus: async (status: StageReport) => {
        await this.meet('reportStatus');
        const told = await this.tells(status);
        this.statuses.push(status);
        return told;
      },
      reportDetails: async (details: StageDetails) => {
        await this.meet('reportDetails');
        await this.tellsLater(details);
      },
      lookAtRun: async (asked: GuardLook): Promise<GuardSeen> => {
        await this.meet(`lookAtRun ${asked.guard.run}`);
        return this.guards?.lookAtRun(asked) ?? NOBODY_WAITS;
      },
      answerRun: async (asked: GuardLook & { readonly answer: GuardAnswer }): Promise<GuardTold> => {
        await this.meet(`answerRun ${asked.guard.run} ${asked.answer.kind}`);
        return this.guards?.answerRun(asked) ?? NOBODY_WAITS;
      },
      commentOnRun: async (asked: { readonly guard: Guard; readonly waiting: GuardVerdict }) => {
        await this.meet(`commentOnRun ${asked.guard.run}`);
        await this.guards?.commentOnRun(asked);
      },
      buildComponent: async ({ component: name, release, repository }: BuildRequest) => {
        await this.meet(`buildComponent ${name}`);
        return { image: { repository, digest: digestOf(`${name}-${release}`) } };
      },
      promoteImages: async ({ environment, release, images, to, application }: ImagePromotion): Promise<PromotedImages> => {
        await this.meet(`promoteImages ${environment} release ${release}`);
        return { images: imagesInEnvironment(to, { application, environment }, images), copied: {} };
      },
      tagImages: async ({ images }: { images: readonly TaggedImage[] }): Promise<void> => {
        for (const { image, tags } of images) await this.meet(`tagImages ${printImage(image)} ${tags.join()}`);
        for (const { image, tags } of images) for (const tag of tags) this.tags[`${image.repository}:${tag}`] = image.digest;
      },
      listRetentionRepositories: async () => {
        await this.meet('listRetentionRepositories');
        return [...this.libraries.keys()];
      },
      listCharges: async (): Promise<readonly Charge[]> => {
        await this.meet('listCharges');
        return this.charges;
      },
      reviveHosts: async ({ hosts }: Charge): Promise<readonly HostRevival[]> => {
        await this.meet(`reviveHosts ${hosts.map(({ name }) => name).join()}`);
        return hosts.map(({ name }) => ({ host: name, refilled: ['web'], started: [] }));
      },
      planRetention: async ({ repository }: { repository: string }) => {
        await this.meet(`planRetention ${repository}`);
        return this.libraries.get(repository);
      },
      applyRetention: (order: TidyOrder) =>
        withHeartbeat(async ({ signal, onProgress }) => {
          onProgress(`deleted 1 of 2 in ${order.repository}`);
          this.tidied.push(order);
          const stopped = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          await Promise.race([this.meet(`applyRetention ${order.repository}`), stopped]);
          return this.libraries.get(order.repository);
        }),
      runTests: async (request: TestRequest): Promise<TestReport> => {
        await this.meet(
          `runTests ${Object.values(request.images)
            .map((image) => image.digest)
            .join()}`,
        );
        return this.testReport;
      },
      planSite: async ({
        hosts,
        release,
        strategy,
        jobs,
        alarms,
      }: Pick<Deployment, 'hosts' | 'release' | 'strategy' | 'alarms'> & { jobs?: readonly PlannedJob[] }) => {
        await this.meet('planSite');
        // Its hosts have no labels.
        const own = releaseOn(release, {});
        const plans = hosts.map((host) => planHost(host.name, this.observed(host.name), own, this.hash));
        return sealPlan(plans, strategy, this.hash, { ...(jobs !== undefined && { jobs }), ...(alarms !== undefined && { alarms }) });
      },
      prepareHost: ({ host, deployment }: { host: string; deployment: Deployment }) => this.meet(`prepareHost ${host}`, deployment),
      startHost: ({ host, deployment }: { host: string; deployment: Deployment }) => this.meet(`startHost ${host}`, deployment),
      watchAlarm: ({ alarm }: { application: string; alarm: HttpAlarm; until: number }) =>
        withHeartbeat(async ({ signal }) => {
          this.asked.push(`watchAlarm ${alarm.name}`);
          const stopped = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          const quiet = new Promise<string>(() => undefined);
          return Promise.race([this.alarmed.get(alarm.name) ?? quiet, stopped, this.#over.then(() => null)]);
        }),
      weighHost: async ({ host, deployment, weight }: { host: string; deployment: Deployment; weight: number }): Promise<HostReading> => {
        await this.meet(`weighHost ${host} ${weight}%`, deployment);
        return this.#reading(host, deployment);
      },
      measureHost: async ({ host, deployment }: { host: string; deployment: Deployment }): Promise<HostReading> => {
        await this.meet(`measureHost ${host}`, deployment);
        return this.#reading(host, deployment);
      },
      switchHost: async ({ host, deployment }: { host: string; deployment: Deployment }): Promise<HostReport> => {
        await this.meet(`switchHost ${host}`, deployment);
        this.serve(host, deployment.release, deployment.generation);
        return { host, outcome: 'switched', detail: '', digests: digests(deployment.release) };
      },
      restoreHost: async ({ host, deployment }: { host: string; deployment: Deployment }): Promise<HostReport> => {
        await this.meet(`restoreHost ${host}`, deployment);
        if (deployment.previous === null) delete this.serving[host];
        else this.serve(host, deployment.previous.release, deployment.previous.generation);
        return { host, outcome: 'restored', detail: '', digests: deployment.previous ? digests(deployment.previous.release) : {} };
      },
      readJobsDone: async ({ application, environment, release }: { application: string; environment: string; release: number }) => {
        await this.meet('readJobsDone');
        return this.deskOfJobs(application, environment, release);
      },
      runJob: (order: JobRun & { readonly host: string }): Promise<JobReport> =>
        withHeartbeat(async ({ signal }) => {
          const { job, release, direction, attempt = 1 } = order.task;
          const what = `runJob ${job.name} ${direction} of ${release} on ${order.host}${attempt === 1 ? '' : ` again`}`;
          const stopped = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          await Promise.race([this.meet(what), stopped]);
          const exitCode = this.exitCodes.get(what) ?? 0;
          const outcome = exitCode === 0 ? 'done' : 'failed';
          const detail = `${job.name} ended with exit code ${exitCode}`;
          return { job: job.name, release, direction, host: order.host, outcome, detail, exitCode, milliseconds: 1 };
        }),
      retireHost: ({ host, keepGeneration }: { host: string; keepGeneration: number }) =>
        withHeartbeat(async ({ signal }) => {
          const stopped = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          await Promise.race([this.meet(`retireHost ${host} keeps ${keepGeneration}`), stopped]);
        }),
    };
  }

  /** Both versions have a thousand good requests more at each reading. */
  #reading(host: string, { release, previous }: Deployment): HostReading {
    if (previous === null) return { host, components: [] };
    this.#readings += 1;
    const counted: ServerReading = { requests: 1_000 * this.#readings, refused: 0, failed: 0, averageMs: 10 };
    const read = this.readings({ host, release: release.number, readings: this.#readings });
    const component = {
      component: 'web',
      since: '1',
      newer: { new: counted },
      older: { old: counted },
      restarts: 0,
      outOfMemory: 0,
      ...read,
    };
    return { host, components: [component] };
  }

  /** The key of the last record of each checkpoint that somebody waited for. */
  readonly sealed: string[] = [];

  async #seal(): Promise<void> {
    await this.meet('sealLedger');
    this.sealed.push(this.ledger.at(-1)?.key ?? '');
  }

  async #judged({ policies, images }: TrustQuestion): Promise<TrustAnswer> {
    const judge = (policy: string) =>
      this.trusts(policy, images).then(
        (value) => ({ kind: 'known' as const, value }),
        (error: Error) => ({ kind: 'unknown' as const, reason: error.message }),
      );
    return Object.fromEntries(await Promise.all(policies.map(async (policy) => [policy, await judge(policy)] as const)));
  }

  private async append(entry: LedgerEntry): Promise<void> {
    await this.meet('appendEntry');
    await this.keeps(entry);
    if (!this.ledger.some((other) => other.key === entry.key)) this.ledger.push(entry);
  }

  /** How jobs end, by what is asked; well where nothing is said. */
  readonly exitCodes = new Map<string, number>();
  deskOfJobs: (application: string, environment: string, release: number) => Promise<readonly string[]> = async () => [];

  /** What was asked of hosts, in order. */
  askedOfHosts(): string[] {
    return this.asked.filter((line) => /^(runJob|prepareHost|startHost|weighHost|measureHost|switchHost|restoreHost)/.test(line));
  }

  /** Resolves once nobody has asked for anything for a moment, and after a second at the latest. */
  async quiet(): Promise<void> {
    const end = Date.now() + 1_000;
    while (this.asked.length > 0 && Date.now() < Math.min(this.#met + QUIET_MS, end))
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, this.#met + QUIET_MS - Date.now())));
  }

  private async meet(what: string, deployment?: Deployment): Promise<void> {
    const line = deployment === undefined ? what : `${what} release ${deployment.release.number}`;
    this.asked.push(line);
    this.#met = Date.now();
    await Promise.race([this.held.get(what), this.#over]);
    const failure = this.failing.get(line) ?? this.failing.get(what);
    if (failure !== undefined) throw failure();
  }

  serve(host: string, release: Deployment['release'], generation: number): void {
    this.serving[host] = { release: release.number, digest: release.components[0]?.image.digest ?? '', generation };
  }

  private observed(host: string) {
    const now = this.serving[host];
    if (now === undefined) return [];
    const labels = { component: 'web', replica: 1, deployment: '', spec: 'spec-web', running: true };
    return [
      { name: `web-${now.generation}`, release: now.release, generation: now.generation, digest: parseDigest(now.digest), ...labels },
    ];
  }
}

function digests(release: Deployment['release']): Record<string, string> {
  return Object.fromEntries(release.components.map((component) => [component.name, component.image.digest]));
}

const planHash = (text: string): string => `plan:${text}`;

/** A failure that is not tried again. */
export function terminal(message: string, type = 'HostFailed'): () => Error {
  return () => ApplicationFailure.nonRetryable(message, type);
}
