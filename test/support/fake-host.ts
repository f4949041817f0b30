import type { Clock } from '../../activities/hosts/clock.ts';
import { ContainerMissing } from '../../activities/hosts/errors.ts';
import type {
  Connection,
  ContainerSpec,
  ContainerState,
  DossierShelf,
  ExaminedContainer,
  Host,
  HostEngine,
  ProbeAnswer,
  Route,
  Router,
} from '../../activities/hosts/ports.ts';
import {
  admitServers,
  type Change,
  dismissServers,
  openRoute,
  ownerOf,
  shiftRoute,
  weighRoute,
} from '../../adapters/router/route-changes.ts';
import { findRoute, type RouterState, routeName } from '../../adapters/router/router-state.ts';
import type { ServerReading } from '../../domain/canary-figures.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import type { Settings } from '../../domain/container-words.ts';
import type { HostDossier } from '../../domain/dossier.ts';
import { printImage } from '../../domain/image.ts';
import { LABEL } from '../../domain/labels.ts';
import type { ObservedContainer } from '../../domain/plan.ts';

/** The process ends at this moment, as by SIGKILL: the call was made, and nobody hears of it. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** How containers of an image behave; a good one answers well and as itself. */
export type Behaviour = 'good' | 'exits' | 'restarts' | 'unhealthy' | 'silent' | 'false-identity';

interface FakeContainer {
  readonly spec: ContainerSpec;
  status: ContainerState['status'];
  restarts: number;
  startedAt: number;
  exitCode?: number;
  readonly address: string;
}

/** One host in memory behind the two ports, counting calls so that a test can end the process after any of them. */
export class FakeHost {
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
  readonly shelf: { -readonly [Key in keyof DossierShelf]: DossierShelf[Key] } = {
    keep: async (dossier) => {
      if (!this.dossiers.has(dossier.id)) this.dossiers.set(dossier.id, dossier);
      await this.#done(`keep ${dossier.id}`, undefined);
    },
    holds: (id) => this.#done(`holds ${id}`, this.dossiers.has(id)),
  };
  #turn = 0;

  get host(): Host {
    return { name: this.name, labels: this.labels, engine: this.#engine, router: this.#router };
  }

  /** The deployments that answer users now, or the status they get. */
  answersFor(route: Route): string[] {
    const answers = Array.from({ length: 4 }, () => this.#answer(route, '/identity', undefined));
    return [...new Set(answers.map(({ status, headers }) => (status === 200 ? (headers['x-identity'] ?? '') : String(status))))];
  }

  runningNames(component: string): string[] {
    const running = [...this.containers.values()].filter(
      ({ spec, status }) => status === 'running' && spec.labels[LABEL.component] === component,
    );
    return running.map(({ spec }) => spec.name).sort((a, b) => (a < b ? -1 : 1));
  }

  async #done<T>(call: string, value: T): Promise<T> {
    this.calls.push(call);
    this.afterCall();
    if (this.calls.length === this.killAt) throw new Killed(call);
    if (this.calls.length === this.pauseAt) await this.whilePaused();
    return value;
  }

  #of(application: string, environment: string, role: string): FakeContainer[] {
    const isOf = ({ labels }: ContainerSpec): boolean =>
      labels[LABEL.application] === application && labels[LABEL.environment] === environment && labels[LABEL.role] === role;
    return [...this.containers.values()].filter(({ spec }) => isOf(spec));
  }

  #container(name: string): FakeContainer {
    const container = this.containers.get(name);
    if (container === undefined) throw new ContainerMissing({ host: this.name, endpoint: 'memory' }, name, 'be started');
    return container;
  }

  #behaviour({ spec }: FakeContainer): Behaviour {
    return this.behaviours.get(spec.image.digest) ?? 'good';
  }

  readonly #engine: HostEngine = {
    observe: (application, environment) => {
      const own = this.#of(application, environment, 'component');
      return this.#done('observe', own.map(observed));
    },
    observeJobs: (application, environment) => {
      // Engines list what was made last first.
      const own = this.#of(application, environment, 'job').reverse();
      return this.#done('observeJobs', own.map(observed));
    },
    ensureNetwork: (name) => this.#done(`ensureNetwork ${name}`, undefined),
    ensureImage: (image) => {
      this.images.add(printImage(image));
      return this.#done(`ensureImage ${image.repository}`, undefined);
    },
    holdsImage: (image) => this.#done(`holdsImage ${image.repository}`, this.images.has(printImage(image))),
    ensureContainer: (spec) => {
      if (!this.images.has(printImage(spec.image))) return Promise.reject(new Error(`no image ${printImage(spec.image)}`));
      const address = `10.0.0.${this.containers.size + 1}`;
      const there = this.containers.get(spec.name);
      if (there && canonicalJson(there.spec.labels) !== canonicalJson(spec.labels))
        return Promise.reject(new Error(`${spec.name} is another's`));
      if (there === undefined) this.containers.set(spec.name, { spec, status: 'created', restarts: 0, startedAt: 0, address });
      return this.#done(`ensureContainer ${spec.name}`, undefined);
    },
    start: async (name) => {
      const container = this.#container(name);
      if (container.status !== 'running') container.startedAt = this.clock();
      container.status = this.#behaviour(container) === 'exits' ? 'exited' : 'running';
      this.started.add(name);
      if (this.#behaviour(container) === 'restarts') container.restarts += 1;
      return this.#done(`start ${name}`, undefined);
    },
    startOnce: (name) => {
      const container = this.#container(name);
      this.runs.push(name);
      container.exitCode = this.#behaviour(container) === 'exits' ? 3 : 0;
      container.status = this.jobs.has(name) || this.#behaviour(container) === 'silent' ? 'running' : 'exited';
      return this.#done(`startOnce ${name}`, undefined);
    },
    ensureSecrets: (name) => {
      if (!this.containers.has(name))
        return Promise.reject(new ContainerMissing({ host: this.name, endpoint: 'memory' }, name, 'have its secrets'));
      return this.#done(`ensureSecrets ${name}`, undefined);
    },
    revive: (name) => {
      const container = this.containers.get(name);
      const isStarted = container?.status === 'exited' && this.started.has(name);
      if (isStarted) container.status = 'running';
      return this.#done(`revive ${name}`, { wasWhole: !isStarted, isStarted });
    },
    signal: (name, signal) => {
      this.started.delete(name);
      const container = this.containers.get(name);
      if (container?.status === 'running') this.heeds(container.spec, signal);
      return this.#done(`signal ${name} ${signal}`, undefined);
    },
    fileTime: (name, path) => this.#done(`fileTime ${name} ${path}`, this.files.get(`${name}${path}`)),
    stop: (name) => {
      this.started.delete(name);
      const container = this.containers.get(name);
      if (container?.status === 'running') container.status = 'exited';
      return this.#done(`stop ${name}`, undefined);
    },
    remove: (name) => {
      this.containers.delete(name);
      return this.#done(`remove ${name}`, undefined);
    },
    inspect: (name) => {
      const container = this.containers.get(name);
      if (container && this.#behaviour(container) === 'restarts' && container.status === 'running') container.restarts += 1;
      return this.#done(`inspect ${name}`, container && inspected(container, this.started.has(name)));
    },
    now: () => this.#done('now', this.clock()),
    examine: (name) => {
      const container = this.containers.get(name);
      return this.#done(`examine ${name}`, container && examined(container));
    },
    withoutSecrets: (name, text) => this.#done(`withoutSecrets ${name}`, text),
    logsTail: (name) => this.#done(`logsTail ${name}`, this.containers.has(name) ? `said by ${name}` : ''),
  };

  readonly #router: Router = {
    ensure: (network) => {
      this.isRouterUp = true;
      return this.#done(`router.ensure ${network}`, undefined);
    },
    open: (route, generation) => this.#change(`open ${route.component} ${generation}`, openRoute(this.name, route, generation)),
    admit: (route, servers) => this.#change(`admit ${servers.map(({ name }) => name).join()}`, admitServers(this.name, route, servers)),
    shift: (route, generation, names) =>
      this.#change(`shift ${route.component} ${generation} ${names.join()}`, shiftRoute(this.name, route, generation, names)),
    weigh: (route, generation, names, percent) =>
      this.#change(
        `weigh ${route.component} ${generation} ${names.join()} ${percent}%`,
        weighRoute(this.name, route, generation, names, percent),
      ),
    figures: (route, names) => {
      const known = names.filter((name) => this.#servers(route).some((server) => server.name === name));
      const counted = known.map((name) => [name, this.figures.get(name) ?? { requests: 0, refused: 0, failed: 0, averageMs: 0 }]);
      return this.#done(`figures ${route.component}`, {
        since: '1',
        servers: Object.fromEntries(counted) as Record<string, ServerReading>,
      });
    },
    inFlight: (route) => this.#done(`inFlight ${route.component}`, this.requestsInFlight),
    certify: (environment) => this.#done(`certify ${environment}`, undefined),
    cut: (route, names) => {
      this.cutOff.push(...names);
      return this.#done(`cut ${route.component} ${names.join()}`, undefined);
    },
    connect: (route, server) => this.#done(`connect ${route.component} ${server ?? 'as users do'}`, this.#connection(route, server)),
    conflict: (route) => {
      const owner = ownerOf(this.name, this.state, route);
      return this.#done(`conflict ${route.component}`, owner && `${routeName(owner)} serves it`);
    },
    uncertified: async ({ host }) => this.uncertified.has(host),
    dismiss: (route, names) => this.#change(`dismiss ${names.join()}`, dismissServers(route, names)),
    serving: (route) =>
      this.#done(
        `serving ${route.component}`,
        this.#servers(route)
          .filter(({ serves }) => serves)
          .map(({ name }) => name),
      ),
    reaches: (address) => {
      const container = [...this.containers.values()].find((one) => one.address === address);
      const isReached = container?.status === 'running' && this.#behaviour(container) === 'good';
      return this.#done(`reaches ${address}`, isReached);
    },
    probe: (route, path, server) => this.#done(`probe ${route.component} ${server ?? 'as users do'}`, this.#answer(route, path, server)),
  };

  async #change(call: string, change: Change): Promise<void> {
    this.state = { ...change(this.state), revision: this.state.revision + 1 };
    return this.#done(call, undefined);
  }

  #servers(route: Route) {
    return findRoute(this.state, route)?.servers ?? [];
  }

  #connection(route: Route, name: string | undefined): Connection {
    const servers = this.#servers(route).filter((server) => (name === undefined ? server.serves : server.name === name));
    const containers = servers.map((server) => this.containers.get(server.name));
    const open = containers.every((one) => one?.status === 'running' && this.#behaviour(one) === 'good');
    return { open: this.isRouterUp && open && servers.length > 0, addresses: containers.flatMap((one) => one?.address ?? []) };
  }

  #answer(route: Route, path: string, name: string | undefined): ProbeAnswer {
    const servers = this.#servers(route).filter((server) => (name === undefined ? server.serves : server.name === name));
    this.#turn += 1;
    const container = this.containers.get(servers[this.#turn % Math.max(1, servers.length)]?.name ?? '');
    const behaviour = container && this.#behaviour(container);
    if (!this.isRouterUp || container?.status !== 'running' || behaviour === 'silent') return { status: 503, headers: {}, body: '' };
    if (behaviour === 'unhealthy' && path === '/health') return { status: 500, headers: {}, body: '' };
    const identity = behaviour === 'false-identity' ? 'someone else' : (container.spec.environment.TIDEGATE_DEPLOYMENT ?? '');
    return { status: 200, headers: { 'x-identity': identity }, body: '' };
  }
}

/** Time that passes only when someone waits. */
export function fakeClock(): Clock {
  let now = 1_000_000;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      now += Math.max(1, ms);
    },
  };
}

function observed({ spec, status }: FakeContainer): ObservedContainer {
  const label = (name: string): string => spec.labels[name] ?? '';
  return {
    name: spec.name,
    component: label(LABEL.component),
    release: Number(label(LABEL.release)),
    deployment: label(LABEL.deployment),
    generation: Number(label(LABEL.generation)),
    replica: Number(label(LABEL.replica)),
    digest: spec.image.digest,
    spec: label(LABEL.spec),
    running: status === 'running' || status === 'restarting',
    ...(spec.labels[LABEL.stateful] === 'true' && { isStateful: true }),
    ...(LABEL.secretFiles in spec.labels && { secrets: JSON.parse(label(LABEL.secretFiles)) as Settings }),
    settings: JSON.parse(label(LABEL.settings)) as Settings,
  };
}

function examined({ spec, status, restarts, exitCode = 3 }: FakeContainer): ExaminedContainer {
  return {
    container: spec.name,
    digest: spec.image.digest,
    status,
    exitCode: status === 'exited' ? exitCode : 0,
    outOfMemory: false,
    restarts,
    startedAt: '',
    finishedAt: '',
    error: '',
    health: { status: 'none', log: [] },
    log: `said by ${spec.name}`,
  };
}

function inspected({ spec, status, restarts, startedAt, address, exitCode = 3 }: FakeContainer, isKept: boolean): ContainerState {
  return {
    name: spec.name,
    id: spec.name,
    status,
    health: 'none',
    exitCode: status === 'exited' ? exitCode : 0,
    outOfMemory: false,
    restarts,
    address: status === 'running' ? address : undefined,
    startedAt: new Date(startedAt).toISOString(),
    isKept,
    labels: spec.labels,
    digest: spec.image.digest,
  };
}
