import type { PinnedImage } from '../../domain/image.ts';
import type { HostPlace } from './errors.ts';
import type { CallOptions } from './ports.ts';

/** What a router's container is made from. */
export interface RouterContainer {
  readonly name: string;
  readonly image: PinnedImage;
  readonly labels: Readonly<Record<string, string>>;
  /** Program and arguments, instead of the image's own. */
  readonly command: readonly string[];
  readonly ports: readonly RouterPort[];
  /** Variables of its processes; nothing that is secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders of the host, made where they are not there, and where each is mounted. */
  readonly folders: readonly { readonly source: string; readonly path: string }[];
  /** A volume that outlives the container, and where it is mounted. */
  readonly volume: { readonly name: string; readonly path: string };
  /** Those that it has, and no others. */
  readonly capabilities: readonly string[];
  readonly stopSignal: string;
  readonly stopGraceMs: number;
}

/** A TCP port of the container that the host publishes. */
export interface RouterPort {
  readonly inner: number;
  /** Of the host; all of its addresses are `0.0.0.0`. */
  readonly address: string;
  readonly port: number;
}

/** A router's container as it is. */
export interface ObservedRouter {
  readonly running: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly networks: readonly string[];
  readonly ports: readonly RouterPort[];
}

export interface Command {
  readonly command: readonly string[];
  /** Kept from other users of the host, unlike the command itself. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Execution {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/**
 * What a router needs of its host's engine. Every method can be called twice: what is there as asked is adopted, what is gone is
 * gone. Besides what they name, all throw EngineUnreachable and EngineFault (retryable) and EngineRefused.
 */
export interface RouterEngine {
  /** For messages. */
  readonly place: HostPlace;
  /** Pulls by digest unless it is there. Throws RouterImageMissing where its registry does not give it, DiskFull and RegistryUnavailable. */
  ensureImage(image: PinnedImage, options: CallOptions): Promise<void>;
  /** Undefined when absent. */
  inspect(container: string, options: CallOptions): Promise<ObservedRouter | undefined>;
  /** Creates and does not start. A container of this name with the same labels is adopted; any other is NameTaken. */
  create(container: RouterContainer, options: CallOptions): Promise<void>;
  /** Throws PortTaken, ContainerFailed. */
  start(container: string, options: CallOptions): Promise<void>;
  /** With all that it runs. */
  remove(container: string, options: CallOptions): Promise<void>;
  join(container: string, network: string, options: CallOptions): Promise<void>;
  /** The last lines of both streams, without control characters; empty when the container is absent. */
  logsTail(container: string, lines: number, options: CallOptions): Promise<string>;
  /** Unpacks a tar below a directory of the container, whether it runs or not. */
  putFiles(container: string, directory: string, tar: Buffer, options: CallOptions): Promise<void>;
  /** One file of the container, whether it runs or not; undefined when there is none, or no container. */
  readFile(container: string, path: string, options: CallOptions): Promise<string | undefined>;
  /** Runs a command as root in the running container and waits for its end. Nothing is sent to its standard input. */
  execute(container: string, command: Command, options: CallOptions): Promise<Execution>;
}
