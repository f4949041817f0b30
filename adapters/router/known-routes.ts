import type { Route } from '../../activities/hosts/ports.ts';
import { backendName, PROBE_HEADER, serverName } from './configuration.ts';
import type { Change } from './route-changes.ts';
import { findRoute, type RouterState, type RouteState, routeName } from './router-state.ts';
import type { RouterTransactions } from './router-transactions.ts';

/** How a request is led to one server, past the weights. */
export interface Directions {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A router's routes as they were a moment ago: other processes may have changed them since, and whoever needs them as they are reads again. */
export class KnownRoutes {
  #known: RouterState | undefined;
  #reading: { readonly signal: AbortSignal; readonly state: Promise<RouterState> } | undefined;

  constructor(private readonly transactions: RouterTransactions) {}

  /** Whether there was a router. */
  get hasRouter(): boolean {
    return this.#known !== undefined;
  }

  forget(): void {
    this.#known = undefined;
  }

  /** Questions asked in one breath share one reading, which begins after the last of them. */
  read(signal: AbortSignal): Promise<RouterState> {
    if (this.#reading?.signal === signal) return this.#reading.state;
    const state = Promise.resolve().then(async () => {
      this.#reading = undefined;
      this.#known = await this.transactions.read(signal);
      return this.#known;
    });
    this.#reading = { signal, state };
    return state;
  }

  /** The route as it was a moment ago, read only where nothing was known of any. */
  async lately(route: Route, signal: AbortSignal): Promise<RouteState | undefined> {
    return findRoute(this.#known ?? (await this.read(signal)), route);
  }

  /** The route as it was a moment ago if it had all these servers: they keep their places for as long as they are there. */
  async withServers(route: Route, serverNames: readonly string[], signal: AbortSignal): Promise<RouteState | undefined> {
    const known = this.#known && findRoute(this.#known, route);
    const hasAll = serverNames.every((name) => known?.servers.some((server) => server.name === name));
    return hasAll && known !== undefined ? known : findRoute(await this.read(signal), route);
  }

  /** Names are never given twice, so what was known a moment ago will do. */
  async directions(route: Route, server: string, signal: AbortSignal): Promise<Directions | undefined> {
    return directions(this.#known, route, server) ?? directions(await this.read(signal), route, server);
  }

  async change(verb: string, route: Route, change: Change, signal: AbortSignal, admitted: readonly string[] = []): Promise<void> {
    const doing = `${verb} route ${routeName(route)}`;
    this.#known = await this.transactions.run({ doing, route, change, admitted, signal });
  }
}

function directions(state: RouterState | undefined, route: Route, name: string): Directions | undefined {
  const known = state && findRoute(state, route);
  const server = known?.servers.find((other) => other.name === name);
  if (state === undefined || known === undefined || server === undefined) return undefined;
  const headers = {
    [PROBE_HEADER.token]: state.token,
    [PROBE_HEADER.backend]: backendName(known),
    [PROBE_HEADER.server]: serverName(server),
  };
  return { server: serverName(server), headers };
}
