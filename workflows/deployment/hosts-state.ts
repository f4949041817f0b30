import type { CanaryProgress, Deployment, DeploymentProgress, HostPhase, HostReference, HostReport } from '../../domain/deployment.ts';
import type { WantedSecrets } from '../../domain/secret-file.ts';
import type { HostsSoFar } from './deployment-so-far.ts';

/** What a host is told: the deployment without the other hosts. */
export interface HostTask {
  readonly deployment: Deployment;
  readonly host: string;
}

/** What was done to each host of one deployment, and which of them are left out. */
export class HostsState {
  phase: DeploymentProgress['phase'] = 'planning';
  /** The step that a canary has come to. */
  canary: CanaryProgress | undefined;
  /** The job that runs now. */
  job: string | undefined;
  /** Whether a job ran that nothing undoes: then nobody goes back before a person says so. */
  isPastForwardOnly: boolean;
  readonly phases: Record<string, HostPhase>;
  /** Hosts whose undo is owed, in the order in which they were first acted on. */
  readonly prepared: HostReference[];
  readonly touched: HostReference[];
  readonly switched: Map<string, HostReport>;
  /** Which values the secrets had when a host was prepared. */
  readonly secrets: Map<string, WantedSecrets>;
  readonly left: Map<string, HostReport>;
  failures: number;
  inFlight = 0;

  constructor(
    readonly input: Deployment,
    soFar: HostsSoFar = UNTOUCHED,
  ) {
    const named = (names: readonly string[]) => input.hosts.filter(({ name }) => names.includes(name));
    this.canary = soFar.canary;
    this.isPastForwardOnly = soFar.isPastForwardOnly ?? false;
    this.phases = { ...Object.fromEntries(input.hosts.map((host) => [host.name, 'waiting' as const])), ...soFar.phases };
    this.prepared = named(soFar.prepared);
    this.touched = named(soFar.touched);
    this.switched = byHost(soFar.switched);
    this.secrets = new Map(Object.entries(soFar.secrets ?? {}));
    this.left = byHost(soFar.left);
    this.failures = soFar.failures;
  }

  /** What another run needs to go on from here, but for the questions. */
  soFar(): Omit<HostsSoFar, 'asked'> {
    const names = (hosts: readonly HostReference[]) => hosts.map(({ name }) => name);
    return {
      phases: this.phases,
      prepared: names(this.prepared),
      touched: names(this.touched),
      switched: [...this.switched.values()],
      secrets: Object.fromEntries(this.secrets),
      left: [...this.left.values()],
      failures: this.failures,
      ...(this.canary !== undefined && { canary: this.canary }),
      ...(this.isPastForwardOnly && { isPastForwardOnly: true }),
    };
  }

  /** Without the others, or a thousand hosts would make a million lines of history. */
  task(host: HostReference): HostTask {
    const { behind, alarms: _, ...common } = this.input;
    const previous = behind?.[host.name];
    const secrets = this.secrets.get(host.name);
    return {
      deployment: { ...common, hosts: [], ...(previous !== undefined && { previous }), ...(secrets !== undefined && { secrets }) },
      host: host.name,
    };
  }

  hostsIn(phase: HostPhase): HostReference[] {
    return this.input.hosts.filter(({ name }) => this.phases[name] === phase);
  }

  /** The hosts that are not left out. */
  targets(): HostReference[] {
    return this.input.hosts.filter((host) => !this.left.has(host.name));
  }

  touch(host: HostReference): void {
    if (!this.touched.includes(host)) this.touched.push(host);
  }

  wasTouched(host: HostReference): boolean {
    return this.touched.includes(host);
  }

  fleet() {
    const unhealthy = [...this.left.values()].filter(({ outcome }) => outcome === 'excluded').length;
    return { total: this.input.hosts.length, inFlight: this.inFlight, unhealthy };
  }
}

export function byHost(reports: readonly HostReport[]): Map<string, HostReport> {
  return new Map(reports.map((report) => [report.host, report]));
}

const UNTOUCHED: HostsSoFar = { phases: {}, prepared: [], touched: [], switched: [], left: [], failures: 0, asked: 0 };

export function untouched(host: HostReference): HostReport {
  return { host: host.name, outcome: 'untouched', detail: 'nothing was done here', digests: {} };
}
