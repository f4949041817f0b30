import type { RouterFigures } from '../../domain/canary-figures.ts';
import type { VolumeMount } from '../../domain/container.ts';
import type { Digest } from '../../domain/digest.ts';
import type { ContainerDossier, HostDossier } from '../../domain/dossier.ts';
import type { PinnedImage } from '../../domain/image.ts';
import type { RunSpec } from '../../domain/pipeline.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import type { SecretFile, SecretVersions } from '../../domain/secret-file.ts';
import type { Place } from '../../domain/switch.ts';

/** What a container is made from. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: PinnedImage;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  /** Names under which other containers of the network find this one. */
  readonly aliases: readonly string[];
  /** Networks of the host that it joins besides, and its names there. */
  readonly joins?: { readonly networks: readonly string[]; readonly aliases: readonly string[] };
  /** Environment as configured, `${env:…}` unresolved, with Tidegate's own variables added. */
  readonly environment: Readonly<Record<string, string>>;
  /** What `run.volumes` asks for, under the engine's names of volumes. */
  readonly volumes: readonly VolumeMount[];
  readonly run: RunSpec;
}

export interface ContainerState {
  readonly name: string;
  readonly id: string;
  readonly status: 'created' | 'running' | 'restarting' | 'exited' | 'paused' | 'dead' | 'removing';
  /** What the engine's own check says, of the image's HEALTHCHECK or the component's; `none` where there is none. */
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  readonly restarts: number;
  /** The address in the network it was created in; undefined while it does not run. */
  readonly address: string | undefined;
  readonly startedAt: string;
  /** Whether its engine would start it again: a process that runs and would not be was told to end. */
  readonly isKept: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly digest: Digest;
}

export interface CallOptions {
  readonly signal: AbortSignal;
}

/**
 * One host's engine. Every method can be called twice: what is there already as asked is adopted.
 * Failures are EngineUnreachable (retryable) or one of the classes of `activities/hosts/errors.ts`.
 */
export interface HostEngine {
  /** The containers with role `component` of an application in an environment, running or not. */
  observe(application: string, environment: string, options: CallOptions): Promise<readonly ObservedContainer[]>;
  /** The same with role `job`. */
  observeJobs(application: string, environment: string, options: CallOptions): Promise<readonly ObservedContainer[]>;
  ensureNetwork(name: string, labels: Readonly<Record<string, string>>, options: CallOptions): Promise<void>;
  /** Pulls by digest unless it is there, and checks that what is there has that digest. `onProgress` is called at least every second. */
  ensureImage(image: PinnedImage, onProgress: (detail: string) => void, options: CallOptions): Promise<void>;
  /** Whether the engine has an image by its digest. */
  holdsImage(image: PinnedImage, options: CallOptions): Promise<boolean>;
  /**
   * Creates and does not start, with its secret files in place. A container of this name with the same labels is adopted; any other is
   * NameTaken. Throws SecretsOnDisk where the host has no memory to keep secrets in, and SecretMissing.
   */
  ensureContainer(spec: ContainerSpec, options: CallOptions): Promise<void>;
  start(name: string, options: CallOptions): Promise<void>;
  /** Starts what runs once: it stays ended when it has ended, also after a restart of the engine. */
  startOnce(name: string, options: CallOptions): Promise<void>;
  /** Puts a container's secret files back where they are gone, as after a reboot of its host; whole ones stay as they are. */
  ensureSecrets(name: string, files: readonly SecretFile[], options: CallOptions): Promise<void>;
  /** The same, and then starts the container if it should run and does not. Absent is left alone. */
  revive(name: string, files: readonly SecretFile[], options: CallOptions): Promise<Revival>;
  /** Tells a container's first process by a signal to end, and its engine not to start it again when it does. Not running is success. */
  signal(name: string, signal: string, options: CallOptions): Promise<void>;
  /** When a file of a container was last changed, by the host's clock, in milliseconds since the epoch. Undefined where there is none. */
  fileTime(name: string, path: string, options: CallOptions): Promise<number | undefined>;
  /** SIGTERM, `graceMs`, SIGKILL. Not running is success. */
  stop(name: string, graceMs: number, options: CallOptions): Promise<void>;
  /** With its secret files. Absent is success. */
  remove(name: string, options: CallOptions): Promise<void>;
  /** Undefined when absent. */
  inspect(name: string, options: CallOptions): Promise<ContainerState | undefined>;
  /** The time by the host's own clock, by which it says when things happened; milliseconds since the epoch. */
  now(options: CallOptions): Promise<number>;
  /** The last lines of both streams, without ANSI sequences; empty when the container is absent. */
  logsTail(name: string, lines: number, options: CallOptions): Promise<string>;
  /** All that is to be known of a container before it goes, without the secrets that it was given. Undefined when absent. */
  examine(name: string, lines: number, options: CallOptions): Promise<ExaminedContainer | undefined>;
  /** A text that came from a container, without the secrets that it was given. */
  withoutSecrets(name: string, text: string, options: CallOptions): Promise<string>;
}

export interface Revival {
  /** Whether no secret file was missing. */
  readonly wasWhole: boolean;
  /** Whether it should have run, and does now. */
  readonly isStarted: boolean;
}

/** Tells whether the values of secrets changed, by digests that are keyed. Throws SecretMissing. */
export type ReadSecretVersions = (place: Place, files: readonly SecretFile[]) => Promise<SecretVersions>;

/** A container as its engine knows it; where and what it answers is another's to say. */
export type ExaminedContainer = Omit<ContainerDossier, 'component' | 'response'>;

/** Where dossiers are kept. */
export interface DossierShelf {
  /** The first one that is kept under an id stands. Throws when it cannot be kept. */
  keep(dossier: HostDossier): Promise<void>;
  /** Whether one is kept under this id. */
  holds(id: string): Promise<boolean>;
}

/** A group of servers behind one publication: one for each application, environment and component. */
export interface Route {
  readonly application: string;
  readonly environment: string;
  readonly component: string;
  /** Host name and path that requests ask for. */
  readonly host: string;
  readonly path: string;
  /** The host's port that connections come to, where it is published over TCP and not over HTTP. */
  readonly tcp?: number;
  /** Whether requests over plain HTTP are to be redirected to TLS. Its router knows, and nobody else needs to. */
  readonly secure?: boolean;
}

/** What became of a connection to a route over TCP, which cannot say itself who answered it. */
export interface Connection {
  /** Whether it was taken, and not closed at once. */
  readonly open: boolean;
  /** Where the running router has the servers that may have taken it. */
  readonly addresses: readonly string[];
}

/** One replica behind a route. `name` is its container's name. */
export interface RouteServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** What the container answers as its identity: its TIDEGATE_DEPLOYMENT. */
  readonly deployment: string;
}

export interface ProbeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** At most 64 kB. */
  readonly body: string;
}

/**
 * One host's router. State survives a restart of its container; every method can be called twice.
 * `shift`, `weigh` and `open` are fenced: a call with a lower generation than the route has seen throws Superseded.
 */
export interface Router {
  /** Installs the router, or adopts it, and joins it to the network. */
  ensure(network: string, options: CallOptions): Promise<void>;
  /**
   * Shows the certificates of the installation for this host, without losing a connection. Throws CertificateUnfit for those of the
   * environment, and RouterDiffers where it has some and the router no port for TLS; of others what cannot be shown stays as it was.
   */
  certify(environment: string | undefined, options: CallOptions): Promise<void>;
  /** Makes the route known; requests for it get 503 until it has servers with weight. */
  open(route: Route, generation: number, options: CallOptions): Promise<void>;
  /** Adds servers with weight 0: reached by probes alone. */
  admit(route: Route, servers: readonly RouteServer[], options: CallOptions): Promise<void>;
  /** Gives all new requests to the named servers, in one step without a gap; the others drain. */
  shift(route: Route, generation: number, serverNames: readonly string[], options: CallOptions): Promise<void>;
  /**
   * Gives the named servers so many percent of the new requests, and the rest to those that had requests beside them. Where they have
   * as many or more, nothing changes: who comes late takes nothing away. Throws ServerUnknown where nobody else had requests.
   */
  weigh(route: Route, generation: number, serverNames: readonly string[], percent: number, options: CallOptions): Promise<void>;
  /** What was counted for each of the named servers since the router started; a server that it does not have is left out. */
  figures(route: Route, serverNames: readonly string[], options: CallOptions): Promise<RouterFigures>;
  /** Requests in flight on the named servers. */
  inFlight(route: Route, serverNames: readonly string[], options: CallOptions): Promise<number>;
  /** Ends what is still connected over TCP to the named servers. Requests over HTTP are left alone. Absent is success. */
  cut(route: Route, serverNames: readonly string[], options: CallOptions): Promise<void>;
  /** Takes servers that have no weight out of the route. Absent is success. */
  dismiss(route: Route, serverNames: readonly string[], options: CallOptions): Promise<void>;
  /** Names of the servers that get new requests. */
  serving(route: Route, options: CallOptions): Promise<readonly string[]>;
  /** Whether something at an address of a network that the router is joined to takes a connection. */
  reaches(address: string, port: number, timeoutMs: number, options: CallOptions): Promise<boolean>;
  /** Connects to the host's port as users do; with `server`, from the router to where it has that server, whatever its weight. */
  connect(route: Route, server: string | undefined, timeoutMs: number, options: CallOptions): Promise<Connection>;
  /** Whose the route's address or port on this host is already, in words; undefined when it can be had. */
  conflict(route: Route, options: CallOptions): Promise<string | undefined>;
  /** Whether the environment has certificates, and none is for the route's host name: its users cannot come over TLS. */
  uncertified(route: Route): Promise<boolean>;
  /** GET through the router's published port as users do; with `server`, to that server whatever its weight. */
  probe(route: Route, path: string, server: string | undefined, timeoutMs: number, options: CallOptions): Promise<ProbeAnswer>;
}

/** A host as the activities know it. */
export interface Host {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly engine: HostEngine;
  readonly router: Router;
}

/** Finds a host of the installation by name; throws UnknownHost. */
export type Hosts = (name: string) => Host;
