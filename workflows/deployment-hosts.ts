import { ApplicationFailure, CancellationScope, CancelledFailure, isCancellation, sleep } from '@temporalio/workflow';
import type { HostReading } from '../domain/canary-figures.ts';
import type {
  CanaryProgress,
  Deployment,
  DeploymentOutcome,
  DeploymentProgress,
  HostPhase,
  HostReference,
  HostReport,
} from '../domain/deployment.ts';
import type { DecisionAnswer } from '../domain/guided-failure.ts';
import type { WantedSecrets } from '../domain/secret-file.ts';
import { areTooMany, batches, isTogether, room, standstill, waves } from '../domain/strategy.ts';
import { atSite } from './at-site.ts';
import type { DeploymentRecords } from './deployment-records.ts';
import type { HostsSoFar } from './deployment-so-far.ts';
import { failureText } from './failure-text.ts';
import { HOSTS_AT_ONCE, inTurns } from './in-turns.ts';
import { hostsOf, waysBackOf } from './proxies.ts';
import { type Decided, Questions } from './questions.ts';

/** Payloads are bounded: a dossier has the whole, and a fleet can leave out hundreds. */
const DETAIL_LENGTH = 1_000;
const HOSTS_TOLD = 10;

interface Run {
  /** What earlier runs of the deployment did. */
  readonly soFar: HostsSoFar | undefined;
  /** Called between two steps, while nothing is at work. */
  readonly between: () => Promise<void>;
}

const PAST = 'A forward-only job has run, and the version before may not bear what it did. ';

export type WentBack = Extract<DeploymentOutcome, { kind: 'failed' | 'rolled-back' }>;

/** What is done to each host. */
interface Step {
  readonly doing: HostPhase;
  readonly done: HostPhase;
  readonly act: (host: HostReference) => Promise<void>;
}

/** The hosts of one deployment: what was done to each, which of them are left out, and the way back of all. */
export class DeploymentHosts {
  phase: DeploymentProgress['phase'] = 'planning';
  /** The step that a canary has come to. */
  canary: CanaryProgress | undefined;
  /** The job that runs now. */
  job: string | undefined;
  /** Whether a job ran that nothing undoes: then nobody goes back before a person says so. */
  isPastForwardOnly = false;
  readonly #phases: Record<string, HostPhase>;
  /** Hosts whose undo is owed, in the order in which they were first acted on. */
  readonly #prepared: HostReference[];
  readonly #touched: HostReference[];
  readonly #switched: Map<string, HostReport>;
  /** Which values the secrets had when a host was prepared. */
  readonly #secrets: Map<string, WantedSecrets>;
  readonly #left: Map<string, HostReport>;
  /** Why the deployment goes back. */
  #failure: unknown;
  #failures: number;
  #inFlight = 0;
  readonly questions: Questions;
  readonly between: Run['between'];

  constructor(
    private readonly input: Deployment,
    records: DeploymentRecords,
    { soFar = UNTOUCHED, between }: Run,
  ) {
    const named = (names: readonly string[]) => input.hosts.filter(({ name }) => names.includes(name));
    this.questions = new Questions(records, () => this.progress(), soFar.asked);
    this.between = between;
    this.canary = soFar.canary;
    this.isPastForwardOnly = soFar.isPastForwardOnly ?? false;
    this.#phases = { ...Object.fromEntries(input.hosts.map((host) => [host.name, 'waiting' as const])), ...soFar.phases };
    this.#prepared = named(soFar.prepared);
    this.#touched = named(soFar.touched);
    this.#switched = byHost(soFar.switched);
    this.#secrets = new Map(Object.entries(soFar.secrets ?? {}));
    this.#left = byHost(soFar.left);
    this.#failures = soFar.failures;
  }

  /** What another run needs to go on from here. */
  soFar(): HostsSoFar {
    const names = (hosts: readonly HostReference[]) => hosts.map(({ name }) => name);
    return {
      phases: this.#phases,
      prepared: names(this.#prepared),
      touched: names(this.#touched),
      switched: [...this.#switched.values()],
      secrets: Object.fromEntries(this.#secrets),
      left: [...this.#left.values()],
      failures: this.#failures,
      asked: this.questions.asked,
      ...(this.canary !== undefined && { canary: this.canary }),
      ...(this.isPastForwardOnly && { isPastForwardOnly: true }),
    };
  }

  progress(): DeploymentProgress {
    const questions = this.questions.shown();
    const { phase, canary, job } = this;
    return {
      phase,
      hosts: this.#phases,
      ...(questions.length > 0 && { questions }),
      ...(canary !== undefined && { canary }),
      ...(job !== undefined && { job }),
    };
  }

  /** On all hosts at once: nothing that runs is touched. */
  async prepareAll(): Promise<void> {
    this.phase = 'preparing';
    const prepare = async (host: HostReference): Promise<void> => {
      this.#prepared.push(host);
      const secrets = await onHost(host, 'prepare', (there) => there.prepareHost(this.#task(host)));
      // What an earlier version answered is nothing.
      if (Object.keys(secrets ?? {}).length > 0) this.#secrets.set(host.name, secrets);
    };
    await this.#through(this.#in('waiting'), { doing: 'preparing', done: 'prepared', act: prepare }, () => true);
    await this.between();
  }

  /** Starts and proves the release beside what runs, on every host; no request moves. */
  async startAll(): Promise<void> {
    this.phase = 'starting';
    const start = async (host: HostReference): Promise<void> => {
      this.#touch(host);
      await onHost(host, 'start', (there) => there.startHost(this.#task(host)));
    };
    await this.#through(this.#in('prepared'), { doing: 'starting', done: 'started', act: start }, () => this.#hasRoom());
    await this.between();
  }

  /** Wave after wave, within what the fleet's rules allow. Throws when so many hosts failed that the deployment must go back. */
  async switchAll(): Promise<void> {
    this.phase = 'switching';
    const { strategy } = this.input;
    const change = async (host: HostReference): Promise<void> => {
      this.#touch(host);
      const report = await onHost(host, 'switch', (there) => there.switchHost(this.#task(host)));
      this.#switched.set(host.name, report);
    };
    // Proved everywhere, the new version is taken into use everywhere at once.
    const hasRoom = isTogether(strategy) ? () => true : () => this.#hasRoom();
    for (const wave of waves(strategy, this.targets())) {
      const due = wave.filter(({ name }) => !this.#switched.has(name));
      if (due.length === 0) continue;
      await this.#through(due, { doing: 'switching', done: 'switched', act: change }, hasRoom);
      await this.between();
    }
  }

  /** Gives the release so much of the requests on every host, together; resolves with what the routers have counted by then. */
  async weighAll(weight: number): Promise<HostReading[]> {
    this.phase = 'canary';
    return this.#readings({ doing: 'weighing', done: 'weighed' }, (host) =>
      onHost(host, 'weigh', (there) => there.weighHost({ ...this.#task(host), weight })),
    );
  }

  /** What the routers have counted now, and whether the release is well on each host. */
  async measureAll(): Promise<HostReading[]> {
    return this.#readings({ doing: 'measuring', done: 'measured' }, (host) =>
      onHost(host, 'measure', (there) => there.measureHost(this.#task(host))),
    );
  }

  /** Throws when it was asked to stop: half of the readings tell nothing. */
  async #readings(step: Pick<Step, 'doing' | 'done'>, read: (host: HostReference) => Promise<HostReading>): Promise<HostReading[]> {
    const readings = new Map<string, HostReading>();
    const act = async (host: HostReference): Promise<void> => void readings.set(host.name, await read(host));
    await this.#through(this.targets(), { ...step, act }, () => true);
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('stopped');
    return this.targets().flatMap(({ name }) => readings.get(name) ?? []);
  }

  /** How the deployment ended, now that every host is switched or left out. Throws when there is none that was switched. */
  outcome(): DeploymentOutcome {
    const hosts = this.input.hosts.map((host) => this.#left.get(host.name) ?? this.#switched.get(host.name) ?? untouched(host));
    if (this.#left.size === 0) return { kind: 'succeeded', hosts };
    const told = [...this.#left.values()].slice(0, HOSTS_TOLD).map(({ host, detail }) => `${host} (${detail})`);
    const others = this.#left.size - told.length;
    const reason = `Left out: ${told.join('; ')}${others > 0 ? `; and ${others} others` : ''}`;
    if (this.#switched.size === 0) throw ApplicationFailure.nonRetryable(`No host runs the release. ${reason}`);
    return { kind: 'incomplete', reason, hosts };
  }

  /** Returns every host to what it ran before, all at once; resolves when all are back. */
  async goBack(reason: string): Promise<WentBack> {
    this.phase = 'rolling-back';
    const begun: Promise<HostReport>[] = [];
    for (const part of batches([...this.#prepared].reverse(), HOSTS_AT_ONCE)) {
      // The next ones begin a moment later, and wait for none of these.
      if (begun.length > 0) await sleep(1);
      begun.push(...part.map((host) => this.#restore(host)));
    }
    const reports = byHost(await Promise.all(begun));
    const hosts = this.input.hosts.map((host) => reports.get(host.name) ?? untouched(host));
    return { kind: this.#touched.length === 0 ? 'failed' : 'rolled-back', reason, hosts };
  }

  /** What a host is told: without the others, or a thousand hosts would make a million lines of history. */
  #task(host: HostReference): { readonly deployment: Deployment; readonly host: string } {
    const { behind, alarms: _, ...common } = this.input;
    const previous = behind?.[host.name];
    const secrets = this.#secrets.get(host.name);
    return {
      deployment: { ...common, hosts: [], ...(previous !== undefined && { previous }), ...(secrets !== undefined && { secrets }) },
      host: host.name,
    };
  }

  #in(phase: HostPhase): HostReference[] {
    return this.input.hosts.filter(({ name }) => this.#phases[name] === phase);
  }

  /** The hosts that are not left out. */
  targets(): HostReference[] {
    return this.input.hosts.filter((host) => !this.#left.has(host.name));
  }

  #touch(host: HostReference): void {
    if (!this.#touched.includes(host)) this.#touched.push(host);
  }

  #fleet() {
    const unhealthy = [...this.#left.values()].filter(({ outcome }) => outcome === 'excluded').length;
    return { total: this.input.hosts.length, inFlight: this.#inFlight, unhealthy };
  }

  #hasRoom(): boolean {
    return room(this.input.strategy, this.#fleet()) > 0;
  }

  /** Takes hosts through a step. Throws the failure for which the deployment goes back, once nothing is at work any more. */
  async #through(hosts: readonly HostReference[], step: Step, hasRoom: () => boolean): Promise<void> {
    // While a person thinks about a host, no further one is risked.
    const mayBegin = (): boolean => !this.questions.isAsking() && this.#inFlight < HOSTS_AT_ONCE && hasRoom();
    await inTurns(hosts, { hasRoom: mayBegin, isOver: () => this.#isOver(hasRoom), act: (host) => this.#take(host, step) });
    if (this.#failure !== undefined) throw this.#failure;
    if (CancellationScope.current().consideredCancelled) return;
    const stuck = hasRoom() ? undefined : standstill(this.input.strategy, this.#fleet());
    if (stuck !== undefined && hosts.some((host) => this.#phases[host.name] !== step.done && !this.#left.has(host.name)))
      throw ApplicationFailure.nonRetryable(stuck);
  }

  #isOver(hasRoom: () => boolean): boolean {
    return this.#failure !== undefined || CancellationScope.current().consideredCancelled || (this.#inFlight === 0 && !hasRoom());
  }

  /** Never rejects: what went wrong decides what becomes of the host and of the deployment. */
  async #take(host: HostReference, step: Step): Promise<void> {
    this.#inFlight += 1;
    while (await this.#fails(host, step));
    this.#inFlight -= 1;
  }

  /** True when the step failed and is to be done again. */
  async #fails(host: HostReference, { doing, done, act }: Step): Promise<boolean> {
    try {
      this.#phases[host.name] = doing;
      await act(host);
      this.#phases[host.name] = done;
      return false;
    } catch (error) {
      this.#phases[host.name] = 'failed';
      return (await this.#judge(host, doing, error)) === 'retry';
    }
  }

  /** Decides what becomes of a host that failed, or that all go back, and sees to it. */
  async #judge(host: HostReference, doing: HostPhase, error: unknown): Promise<DecisionAnswer> {
    this.#failures += 1;
    const { answer, by } = await this.#answerTo(host, doing, error);
    if (answer === 'retry') this.#failures -= 1;
    if (answer === 'roll-back') this.#fail(error);
    if (answer !== 'skip' && answer !== 'exclude') return answer;
    const reason = `${failureText(error)}. ${answer === 'skip' ? 'Skipped' : 'Excluded'} ${by}`;
    await CancellationScope.nonCancellable(() => this.#leaveOut(host, answer, reason.trim()));
    return answer;
  }

  async #answerTo(host: HostReference, doing: HostPhase, error: unknown): Promise<Decided> {
    const { strategy, onFailure, onForwardOnly } = this.input;
    if (isCancellation(error) || this.#failure !== undefined) return { answer: 'roll-back', by: '' };
    if (!areTooMany(this.#failures, strategy)) return { answer: 'skip', by: 'as the stage suffers it' };
    const rule = this.isPastForwardOnly ? onForwardOnly : onFailure;
    if (rule === undefined) return { answer: 'roll-back', by: '' };
    this.#phases[host.name] = 'asking';
    try {
      const reason = `${this.isPastForwardOnly ? PAST : ''}${failureText(error)}`;
      return await this.questions.ask({ ...rule, host: host.name, step: doing, reason });
    } catch (cancellation) {
      this.#fail(cancellation);
      return { answer: 'roll-back', by: '' };
    } finally {
      this.#phases[host.name] = 'failed';
    }
  }

  /** Asks about something that failed when a job has run that nothing undoes; back it goes where none has. A cancellation is thrown as it is. */
  async askPast(host: string, step: string, reason: string): Promise<Decided> {
    const rule = this.isPastForwardOnly ? this.input.onForwardOnly : undefined;
    if (rule === undefined) return { answer: 'roll-back', by: '' };
    return this.questions.ask({ ...rule, host, step, reason: `${PAST}${reason}` });
  }

  /** The first reason counts; nobody is asked any more. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.questions.close();
  }

  /** The others go on. A host that was not put back for sure counts as healthy no more. */
  async #leaveOut(host: HostReference, answer: 'skip' | 'exclude', reason: string): Promise<void> {
    const report = await (answer === 'skip' && this.#touched.includes(host) ? this.#putBack(host) : this.#tidy(host));
    const outcome = answer === 'exclude' || report.outcome === 'unrestored' ? 'excluded' : 'skipped';
    this.#left.set(host.name, { ...report, outcome, detail: `${reason}. ${report.detail}`.slice(0, DETAIL_LENGTH) });
    this.#phases[host.name] = 'left-out';
  }

  async #restore(host: HostReference): Promise<HostReport> {
    const wasTouched = this.#touched.includes(host);
    const left = this.#left.get(host.name);
    if (left?.outcome === 'skipped') return { ...left, outcome: wasTouched ? 'restored' : 'untouched' };
    this.#phases[host.name] = 'restoring';
    const report = await (wasTouched ? this.#undo(host) : this.#tidy(host));
    this.#phases[host.name] = report.outcome === 'unrestored' ? 'failed' : wasTouched ? 'restored' : 'waiting';
    if (!wasTouched) return { ...report, outcome: 'untouched' };
    // One that was excluded may have been put back by then.
    return left !== undefined && report.outcome === 'untouched' ? { ...report, outcome: 'restored' } : report;
  }

  /** Tried for a while alone: the way back of all other hosts never waits for one that is left out. */
  #putBack(host: HostReference): Promise<HostReport> {
    this.#phases[host.name] = 'restoring';
    return orUnrestored(host, () => onHost(host, 'restore', (there) => there.restoreHost(this.#task(host))));
  }

  /** What was touched is put back, however long that takes. */
  #undo(host: HostReference): Promise<HostReport> {
    return orUnrestored(host, () => waysBackOf(host.site, `restore ${host.name}`).restoreHost(this.#task(host)));
  }

  /** What was only prepared is cleared away; a host that is down keeps a container that never started, until the next deployment clears it. */
  async #tidy(host: HostReference): Promise<HostReport> {
    try {
      return await onHost(host, 'tidy', (there) => there.restoreHost(this.#task(host)));
    } catch (error) {
      return { ...untouched(host), detail: `not tidied: ${failureText(error)}` };
    }
  }
}

/** A step forward on a host, by the name that its history shows. Throws SiteWithoutWorker, and what the step throws. */
function onHost<Result>(host: HostReference, verb: string, act: (there: ReturnType<typeof hostsOf>) => Promise<Result>): Promise<Result> {
  const step = `${verb} ${host.name}`;
  return atSite(host.site, step, () => act(hostsOf(host.site, step)));
}

/** One host that cannot be put back is reported as that: the others go back all the same. */
async function orUnrestored(host: HostReference, restore: () => Promise<HostReport>): Promise<HostReport> {
  try {
    return await restore();
  } catch (error) {
    return { ...untouched(host), outcome: 'unrestored', detail: `not restored: ${failureText(error)}` };
  }
}

function byHost(reports: readonly HostReport[]): Map<string, HostReport> {
  return new Map(reports.map((report) => [report.host, report]));
}

const UNTOUCHED: HostsSoFar = { phases: {}, prepared: [], touched: [], switched: [], left: [], failures: 0, asked: 0 };

function untouched(host: HostReference): HostReport {
  return { host: host.name, outcome: 'untouched', detail: 'nothing was done here', digests: {} };
}
