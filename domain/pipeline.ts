import type { CanaryRules } from './canary.ts';
import type { ContainerOptions, EngineHealthCheck, VolumeMount } from './container.ts';
import type { Drain } from './drain.ts';
import type { ApprovalRule, GateRules } from './gates/rules.ts';
import type { OnFailure } from './guided-failure.ts';
import type { Backup, Hooks } from './hooks.ts';
import type { HostSelector } from './host-selection.ts';
import type { Job } from './job.ts';
import type { SecretFile } from './secret-file.ts';

/** How a component's container is run. Durations in milliseconds, sizes in bytes. */
export interface RunSpec extends ContainerOptions {
  readonly command?: readonly string[];
  /** Values may hold `${env:NAME}` or `${file:PATH}`, resolved by adapters at the moment of use only. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files on memory alone, in the order of their names; absent where there are none. */
  readonly secrets?: readonly SecretFile[];
  readonly volumes: readonly VolumeMount[];
  readonly publish?: Publication;
  readonly health: HealthCheck;
  /** SIGTERM, then this long, then SIGKILL. */
  readonly stopGraceMs: number;
  /** How long in-flight requests may take to end after traffic has moved away. */
  readonly drainMs: number;
  /** How it ends what it has begun where no requests come through the router; absent where its stop signal is enough. */
  readonly drain?: Drain;
  readonly replicas: number;
  readonly memoryBytes?: number;
  readonly cpus?: number;
}

/** Through the host's router: HTTP by host name and path, or connections to a port of the host. */
export type Publication = HttpPublication | TcpPublication;

/** Requests for `host` below `path` go to the container's `port`. */
export interface HttpPublication {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  /** A path whose answer holds the deployment id given to the container as TIDEGATE_DEPLOYMENT, in a header or the body: the proof of which release answers. */
  readonly identityPath: string;
}

/** Connections to a port of the host go to the container's `port`. */
export interface TcpPublication {
  readonly port: number;
  /** The host's port in every environment, or in each by its name. */
  readonly tcp: number | Readonly<Record<string, number>>;
}

/**
 * `http` asks what is published over HTTP through the router; `tcp` opens a connection from the router; `container` asks the image's own
 * HEALTHCHECK and `command` one of the component's; `running` only that it stays up. `threshold` is good answers in a row.
 */
export type HealthCheck =
  | {
      readonly kind: 'http';
      readonly path: string;
      readonly intervalMs: number;
      readonly timeoutMs: number;
      readonly threshold: number;
      readonly deadlineMs: number;
    }
  | {
      readonly kind: 'tcp';
      readonly port: number;
      readonly intervalMs: number;
      readonly timeoutMs: number;
      readonly threshold: number;
      readonly deadlineMs: number;
    }
  | ({ readonly kind: 'command'; readonly deadlineMs: number } & EngineHealthCheck)
  | { readonly kind: 'container'; readonly deadlineMs: number }
  | { readonly kind: 'running'; readonly stableMs: number; readonly deadlineMs: number };

/** How a component's image comes to be: built from the release's commit, or given when the release is created. */
export type ImageSource =
  | {
      readonly kind: 'build';
      readonly context: string;
      readonly dockerfile: string;
      readonly target?: string;
      readonly arguments: Readonly<Record<string, string>>;
      /** Each `os/architecture` or `os/architecture/variant`, of several an index is made; the build host's own where it is absent. */
      readonly platforms?: readonly string[];
      /** Images whose layers the build may take instead of making them. */
      readonly cacheFrom?: readonly string[];
      /** The ids by which steps ask for secrets; their values are the installation's. */
      readonly secrets?: readonly string[];
      readonly timeoutMs: number;
    }
  | { readonly kind: 'given' };

export interface Component {
  readonly name: string;
  /** With the registry's address. */
  readonly repository: string;
  readonly source: ImageSource;
  readonly run: RunSpec;
  /** Components that must be switched before this one on each host. */
  readonly after: readonly string[];
  /** The hosts of an environment that it runs on; all of them otherwise. */
  readonly hosts?: HostSelector;
  /** One writer: no two versions of it ever run at once. */
  readonly isStateful?: true;
  readonly backup?: Backup;
  readonly hooks?: Hooks;
  /** Hash of `containerForm(run)`: with the digest it tells whether a container must be replaced. */
  readonly specHash: string;
}

/** A container of one component's image that a test stage runs or keeps beside the tests. */
export interface TestContainer {
  readonly component: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Companion {
  readonly name: string;
  /** A component of the application, or a reference to another image (a tag is resolved when the stage begins). */
  readonly image: { readonly component: string } | { readonly reference: string };
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export type Stage =
  | { readonly kind: 'build'; readonly name: string; readonly needs: readonly string[] }
  | {
      readonly kind: 'test';
      readonly name: string;
      readonly needs: readonly string[];
      readonly run: TestContainer;
      readonly companions: readonly Companion[];
      readonly timeoutMs: number;
    }
  | {
      readonly kind: 'deploy';
      readonly name: string;
      readonly needs: readonly string[];
      readonly environment: string;
      readonly strategy: Strategy;
      readonly approval?: ApprovalRule;
      /** Adds to the environment's rules; absent where there are none. */
      readonly protection?: GateRules;
      /** Counts where the environment does not say anything itself. */
      readonly onFailure?: OnFailure;
    };

/** A number of hosts, or a share of the environment's hosts. */
export type HostCount = number | { readonly percent: number };

/** How far a deployment goes at once, and how many failed hosts end it. What is left out sets no limit; one failure ends it then. */
export interface FleetRules {
  /** Hosts that are switched together; all of them are done before the next ones begin. */
  readonly batch: HostCount;
  /** Hosts of a batch that are being changed at the same time. */
  readonly maxInFlight?: HostCount;
  /** Hosts that must serve while others are being changed; one that is being changed does not count. */
  readonly minHealthy?: HostCount;
  /** So many failed hosts make the deployment go back; fewer are left out, on what they ran before. */
  readonly stopAfterFailures?: number;
  /** A label of hosts: those of one value are all done before those of the next begin. */
  readonly orderBy?: string;
}

/**
 * `rolling` starts the new version beside the old, host by host; `recreate` stops the old one first, so that only one of them ever
 * runs, with a gap; `blue-green` proves the new version on every host before requests move on any, and then moves them on all;
 * `canary` does the same, and gives it a growing share of the requests first, judged at each step.
 */
export type Strategy =
  | ({ readonly kind: 'rolling' } & FleetRules)
  | ({ readonly kind: 'recreate' } & FleetRules)
  | ({ readonly kind: 'blue-green' } & TogetherRules)
  | ({ readonly kind: 'canary' } & TogetherRules & CanaryRules);

/** Where all hosts switch together there are no batches. */
type TogetherRules = Pick<FleetRules, 'maxInFlight' | 'stopAfterFailures'>;

/** The stages of an application as a graph. `revision` is the hash of its canonical form. */
export interface Pipeline {
  readonly application: string;
  readonly revision: string;
  readonly components: readonly Component[];
  /** Absent where there are none. */
  readonly jobs?: readonly Job[];
  readonly stages: readonly Stage[];
}

/** A fault of a pipeline as a whole, with the path of the member at fault. */
export interface PipelineFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
