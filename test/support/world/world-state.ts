import type { CheckReply } from '../../../activities/checks.ts';
import type { StageDetails, StageReport, Told } from '../../../activities/github.ts';
import type { createGuardActivities } from '../../../activities/guards.ts';
import type { TidyOrder } from '../../../activities/retention/tidy.ts';
import type { TestReport } from '../../../activities/tests.ts';
import type { Charge } from '../../../activities/upkeep.ts';
import type { HostReading } from '../../../domain/canary-figures.ts';
import type { Deployment } from '../../../domain/deployment.ts';
import type { DeploymentRequest } from '../../../domain/deployment-request.ts';
import type { EnvironmentPolicy } from '../../../domain/environment-policy.ts';
import type { GateStay } from '../../../domain/gate-stay.ts';
import type { CheckQuestion } from '../../../domain/gates/check-question.ts';
import type { GateFacts, TrustVerdict } from '../../../domain/gates/facts.ts';
import type { HostCount } from '../../../domain/gates/router-metric.ts';
import type { Images } from '../../../domain/image.ts';
import type { LedgerEntry, StagePass } from '../../../domain/ledger.ts';
import type { Notice } from '../../../domain/notice.ts';
import type { Component, Pipeline } from '../../../domain/pipeline.ts';
import type { ReleaseRecord } from '../../../domain/release.ts';
import type { RetentionReport } from '../../../domain/retention-report.ts';
import type { DeskRollback, RollbackOrder } from '../../../domain/rollback-request.ts';
import { NOTHING_STANDS, type Standing, type StandingDecision } from '../../../domain/standing.ts';
import type { StageTakenBack } from '../../../domain/taken-back.ts';
import type { TrustSubject } from '../../../domain/trust/subject.ts';
import { component, digestOf, RITA, STAGES } from './example.ts';

/** From one activity to the next in a story that is under way, with room for a busy machine. */
const QUIET_MS = 50;

const planHash = (text: string): string => `plan:${text}`;

/**
 * Everything outside the workflows, held in memory behind the activities' names. It writes down in order what it was
 * asked (`asked`), what serves where (`serving`), and fails where a test says so (`failing`).
 */
export class WorldState {
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
  /** How many readings of routers it gave. */
  readingsTaken = 0;
  /** When it was asked for something last. */
  #met = 0;
  /** By alarm's name: what is seen of it, as soon as a test says so. */
  readonly alarmed = new Map<string, Promise<string>>();
  /** Lets everything go that is still held: a test that failed before it did so would hold up the end of its file. */
  readonly letGo: () => void;
  /** Resolves then. */
  readonly over: Promise<void>;
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
  deskOfJobs: (application: string, environment: string, release: number) => Promise<readonly string[]> = async () => [];
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
  /** The key of the last record of each checkpoint that somebody waited for. */
  readonly sealed: string[] = [];
  /** How jobs end, by what is asked; well where nothing is said. */
  readonly exitCodes = new Map<string, number>();

  constructor() {
    let letGo: () => void = () => undefined;
    this.over = new Promise((resolve) => {
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

  /** What every activity goes through before it acts: it is written down, held up, and fails, as the test says. */
  async meet(what: string, deployment?: Deployment): Promise<void> {
    const line = deployment === undefined ? what : `${what} release ${deployment.release.number}`;
    this.asked.push(line);
    this.#met = Date.now();
    await Promise.race([this.held.get(what), this.over]);
    const failure = this.failing.get(line) ?? this.failing.get(what);
    if (failure !== undefined) throw failure();
  }

  /** From now on this release serves on the host. */
  serve(host: string, release: Deployment['release'], generation: number): void {
    this.serving[host] = { release: release.number, digest: release.components[0]?.image.digest ?? '', generation };
  }
}

/** Rejects once the activity is cancelled. */
export function untilStopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
