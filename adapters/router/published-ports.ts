import type { ObservedRouter, RouterPort } from '../../activities/hosts/router-engine.ts';
import { INNER_PORT, INNER_TLS_PORT } from './configuration.ts';
import { inspectRouter } from './install-router.ts';
import { isForTcp, type RouterSettings } from './router-settings.ts';

/**
 * The host's ports that a router's container really publishes. They can be others than are configured now, as its ports are its own
 * from its beginning: what it cannot do is found out where it is needed, and holds up nothing else.
 */
export class PublishedPorts {
  #known: readonly RouterPort[] | undefined;

  constructor(private readonly settings: RouterSettings) {}

  learn({ ports }: ObservedRouter): void {
    this.#known = ports;
  }

  /** Another container may have been made since. */
  forget(): void {
    this.#known = undefined;
  }

  /** Undefined where there is no router. */
  async http(signal: AbortSignal): Promise<number | undefined> {
    return (await this.#read(signal)).find(({ inner }) => inner === INNER_PORT)?.port;
  }

  /** Undefined where it publishes none for TLS. */
  async https(signal: AbortSignal): Promise<number | undefined> {
    return (await this.#read(signal)).find(({ inner }) => inner === INNER_TLS_PORT)?.port;
  }

  /** The ports for routes over TCP. */
  async tcp(signal: AbortSignal): Promise<number[]> {
    return (await this.#read(signal)).filter(isForTcp).map(({ port }) => port);
  }

  async #read(signal: AbortSignal): Promise<readonly RouterPort[]> {
    this.#known ??= (await inspectRouter(this.settings, signal))?.ports;
    return this.#known ?? [];
  }
}
