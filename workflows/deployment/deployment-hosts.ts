import { ApplicationFailure, CancellationScope, CancelledFailure } from '@temporalio/workflow';
import type { HostReading } from '../../domain/canary-figures.ts';
import type { Deployment, DeploymentOutcome, DeploymentProgress, HostPhase, HostReference } from '../../domain/deployment.ts';
import { isTogether, room, standstill, waves } from '../../domain/strategy.ts';
import { HOSTS_AT_ONCE, inTurns } from '../in-turns.ts';
import type { DeploymentRecords } from './deployment-records.ts';
import type { HostsSoFar } from './deployment-so-far.ts';
import { HostFailures } from './host-failures.ts';
import { HostsState, untouched } from './hosts-state.ts';
import { HostsWayBack, type WentBack } from './hosts-way-back.ts';
import { onHost } from './on-host.ts';
import { type Decided, Questions } from './questions.ts';

/** Payloads are bounded: a fleet can leave out hundreds. */
const HOSTS_TOLD = 10;

interface Run {
  /** What earlier runs of the deployment did. */
  readonly soFar: HostsSoFar | undefined;
  /** Called between two steps, while nothing is at work. */
  readonly between: () => Promise<void>;
}

/** What is done to each host. */
interface Step {
  readonly doing: HostPhase;
  readonly done: HostPhase;
  readonly act: (host: HostReference) => Promise<void>;
}

/** Takes the hosts of one deployment forward, step by step, and back. */
export class DeploymentHosts {
  readonly state: HostsState;
  readonly questions: Questions;
  readonly between: Run['between'];
  readonly #wayBack: HostsWayBack;
  readonly #failures: HostFailures;

  constructor(input: Deployment, records: DeploymentRecords, { soFar, between }: Run) {
    this.state = new HostsState(input, soFar);
    this.questions = new Questions(records, () => this.progress(), soFar?.asked ?? 0);
    this.between = between;
    this.#wayBack = new HostsWayBack(this.state);
    this.#failures = new HostFailures(this.state, this.questions, this.#wayBack);
  }

  /** What another run needs to go on from here. */
  soFar(): HostsSoFar {
    return { ...this.state.soFar(), asked: this.questions.asked };
  }

  progress(): DeploymentProgress {
    const questions = this.questions.shown();
    const { phase, phases, canary, job } = this.state;
    return {
      phase,
      hosts: phases,
      ...(questions.length > 0 && { questions }),
      ...(canary !== undefined && { canary }),
      ...(job !== undefined && { job }),
    };
  }

  /** On all hosts at once: nothing that runs is touched. */
  async prepareAll(): Promise<void> {
    this.state.phase = 'preparing';
    const prepare = async (host: HostReference): Promise<void> => {
      this.state.prepared.push(host);
      const secrets = await onHost(host, 'prepare', (there) => there.prepareHost(this.state.task(host)));
      // What an earlier version answered is nothing.
      if (Object.keys(secrets ?? {}).length > 0) this.state.secrets.set(host.name, secrets);
    };
    await this.#through(this.state.hostsIn('waiting'), { doing: 'preparing', done: 'prepared', act: prepare }, () => true);
    await this.between();
  }

  /** Starts and proves the release beside what runs, on every host; no request moves. */
  async startAll(): Promise<void> {
    this.state.phase = 'starting';
    const start = async (host: HostReference): Promise<void> => {
      this.state.touch(host);
      await onHost(host, 'start', (there) => there.startHost(this.state.task(host)));
    };
    await this.#through(this.state.hostsIn('prepared'), { doing: 'starting', done: 'started', act: start }, () => this.#hasRoom());
    await this.between();
  }

  /** Wave after wave, within what the fleet's rules allow. Throws when so many hosts failed that the deployment must go back. */
  async switchAll(): Promise<void> {
    this.state.phase = 'switching';
    const { strategy } = this.state.input;
    const change = async (host: HostReference): Promise<void> => {
      this.state.touch(host);
      const report = await onHost(host, 'switch', (there) => there.switchHost(this.state.task(host)));
      this.state.switched.set(host.name, report);
    };
    // Proved everywhere, the new version is taken into use everywhere at once.
    const hasRoom = isTogether(strategy) ? () => true : () => this.#hasRoom();
    for (const wave of waves(strategy, this.state.targets())) {
      const due = wave.filter(({ name }) => !this.state.switched.has(name));
      if (due.length === 0) continue;
      await this.#through(due, { doing: 'switching', done: 'switched', act: change }, hasRoom);
      await this.between();
    }
  }

  /** Gives the release so much of the requests on every host, together; resolves with what the routers have counted by then. */
  async weighAll(weight: number): Promise<HostReading[]> {
    this.state.phase = 'canary';
    return this.#readings({ doing: 'weighing', done: 'weighed' }, (host) =>
      onHost(host, 'weigh', (there) => there.weighHost({ ...this.state.task(host), weight })),
    );
  }

  /** What the routers have counted now, and whether the release is well on each host. */
  async measureAll(): Promise<HostReading[]> {
    return this.#readings({ doing: 'measuring', done: 'measured' }, (host) =>
      onHost(host, 'measure', (there) => there.measureHost(this.state.task(host))),
    );
  }

  /** Throws when it was asked to stop: half of the readings tell nothing. */
  async #readings(step: Pick<Step, 'doing' | 'done'>, read: (host: HostReference) => Promise<HostReading>): Promise<HostReading[]> {
    const readings = new Map<string, HostReading>();
    const act = async (host: HostReference): Promise<void> => void readings.set(host.name, await read(host));
    await this.#through(this.state.targets(), { ...step, act }, () => true);
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('stopped');
    return this.state.targets().flatMap(({ name }) => readings.get(name) ?? []);
  }

  /** How the deployment ended, now that every host is switched or left out. Throws when there is none that was switched. */
  outcome(): DeploymentOutcome {
    const hosts = this.state.input.hosts.map(
      (host) => this.state.left.get(host.name) ?? this.state.switched.get(host.name) ?? untouched(host),
    );
    if (this.state.left.size === 0) return { kind: 'succeeded', hosts };
    const told = [...this.state.left.values()].slice(0, HOSTS_TOLD).map(({ host, detail }) => `${host} (${detail})`);
    const others = this.state.left.size - told.length;
    const reason = `Left out: ${told.join('; ')}${others > 0 ? `; and ${others} others` : ''}`;
    if (this.state.switched.size === 0) throw ApplicationFailure.nonRetryable(`No host runs the release. ${reason}`);
    return { kind: 'incomplete', reason, hosts };
  }

  /** Returns every host to what it ran before, all at once; resolves when all are back. */
  goBack(reason: string): Promise<WentBack> {
    return this.#wayBack.ofAll(reason);
  }

  /** Asks about something that failed when a job has run that nothing undoes; back it goes where none has. A cancellation is thrown as it is. */
  askPast(host: string, step: string, reason: string): Promise<Decided> {
    return this.#failures.askPast(host, step, reason);
  }

  #hasRoom(): boolean {
    return room(this.state.input.strategy, this.state.fleet()) > 0;
  }

  /** Takes hosts through a step. Throws the failure for which the deployment goes back, once nothing is at work any more. */
  async #through(hosts: readonly HostReference[], step: Step, hasRoom: () => boolean): Promise<void> {
    // While a person thinks about a host, no further one is risked.
    const mayBegin = (): boolean => !this.questions.isAsking() && this.state.inFlight < HOSTS_AT_ONCE && hasRoom();
    await inTurns(hosts, { hasRoom: mayBegin, isOver: () => this.#isOver(hasRoom), act: (host) => this.#take(host, step) });
    if (this.#failures.reason !== undefined) throw this.#failures.reason;
    if (CancellationScope.current().consideredCancelled) return;
    const stuck = hasRoom() ? undefined : standstill(this.state.input.strategy, this.state.fleet());
    if (stuck !== undefined && hosts.some((host) => this.state.phases[host.name] !== step.done && !this.state.left.has(host.name)))
      throw ApplicationFailure.nonRetryable(stuck);
  }

  #isOver(hasRoom: () => boolean): boolean {
    return (
      this.#failures.reason !== undefined || CancellationScope.current().consideredCancelled || (this.state.inFlight === 0 && !hasRoom())
    );
  }

  /** Never rejects: what went wrong decides what becomes of the host and of the deployment. */
  async #take(host: HostReference, step: Step): Promise<void> {
    this.state.inFlight += 1;
    while (await this.#fails(host, step));
    this.state.inFlight -= 1;
  }

  /** True when the step failed and is to be done again. */
  async #fails(host: HostReference, { doing, done, act }: Step): Promise<boolean> {
    try {
      this.state.phases[host.name] = doing;
      await act(host);
      this.state.phases[host.name] = done;
      return false;
    } catch (error) {
      this.state.phases[host.name] = 'failed';
      return (await this.#failures.judge(host, doing, error)) === 'retry';
    }
  }
}
