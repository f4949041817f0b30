import { ContainerMissing } from '../../../activities/hosts/errors.ts';
import type { ContainerSpec, DossierShelf } from '../../../activities/hosts/ports.ts';
import type { RouterState } from '../../../adapters/router/router-state.ts';
import type { ServerReading } from '../../../domain/canary-figures.ts';
import type { HostDossier } from '../../../domain/dossier.ts';
import { LABEL } from '../../../domain/labels.ts';
import type { Behaviour, FakeContainer } from './fake-container.ts';

/** The process ends at this moment, as by SIGKILL: the call was made, and nobody hears of it. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** One host in memory behind the two ports, counting calls so that a test can end the process after any of them. */
export class HostState {
  readonly name = 'one';
  readonly calls: string[] = [];
  readonly images = new Set<string>();
  readonly containers = new Map<string, FakeContainer>();
  readonly behaviours = new Map<string, Behaviour>();
  /** Called after every call has had its effect. */
  afterCall: () => void = () => undefined;
  /** The number of the call after which the process ends. */
  killAt = Number.POSITIVE_INFINITY;
  /** The number of the call after which the process stands still while `whilePaused` happens. */
  pauseAt = Number.POSITIVE_INFINITY;
  whilePaused: () => Promise<unknown> = async () => undefined;
  state: RouterState = { revision: 1, token: '', routes: [] };
  isRouterUp = false;
  requestsInFlight = 0;
  /** What the router has counted, by server; others had nothing. */
  readonly figures = new Map<string, ServerReading>();
  /** Containers that were started on purpose and not stopped since: their restart policy. */
  readonly started = new Set<string>();
  /** Host names that users cannot ask for over TLS. */
  readonly uncertified = new Set<string>();
  /** Servers whose connections were ended. */
  readonly cutOff: string[] = [];
  labels: Readonly<Record<string, string>> = {};
  /** What the host takes for the time. */
  clock: () => number = () => 1_000_000;
  /** Names of job containers that were started, each time. */
  readonly runs: string[] = [];
  /** Job containers that run until a test ends them. */
  readonly jobs = new Set<string>();
  /** What a container does with a signal; nothing unless a test says so. */
  heeds: (spec: ContainerSpec, signal: string) => void = () => undefined;
  /** When files of containers were changed, by the container's name and the path. */
  readonly files = new Map<string, number>();
  /** What was kept of containers, by id; the first one stands. */
  readonly dossiers = new Map<string, HostDossier>();
  /** Which of a route's servers answers next. */
  turn = 0;
  readonly shelf: { -readonly [Key in keyof DossierShelf]: DossierShelf[Key] } = {
    keep: async (dossier) => {
      if (!this.dossiers.has(dossier.id)) this.dossiers.set(dossier.id, dossier);
      await this.done(`keep ${dossier.id}`, undefined);
    },
    holds: (id) => this.done(`holds ${id}`, this.dossiers.has(id)),
  };

  /** Ends every call: it is counted, and the test may end the process or have it stand still. */
  async done<T>(call: string, value: T): Promise<T> {
    this.calls.push(call);
    this.afterCall();
    if (this.calls.length === this.killAt) throw new Killed(call);
    if (this.calls.length === this.pauseAt) await this.whilePaused();
    return value;
  }

  /** Its containers of one application and environment. */
  of(application: string, environment: string, role: string): FakeContainer[] {
    const isOf = ({ labels }: ContainerSpec): boolean =>
      labels[LABEL.application] === application && labels[LABEL.environment] === environment && labels[LABEL.role] === role;
    return [...this.containers.values()].filter(({ spec }) => isOf(spec));
  }

  /** Throws ContainerMissing where there is none. */
  container(name: string): FakeContainer {
    const container = this.containers.get(name);
    if (container === undefined) throw new ContainerMissing({ host: this.name, endpoint: 'memory' }, name, 'be started');
    return container;
  }

  behaviour({ spec }: FakeContainer): Behaviour {
    return this.behaviours.get(spec.image.digest) ?? 'good';
  }
}
