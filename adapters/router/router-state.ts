import type { Route } from '../../activities/hosts/ports.ts';

/** What a router knows, as its configuration file keeps it. Every change is a new value with the next revision. */
export interface RouterState {
  readonly revision: number;
  /** Whoever knows it may name the server that answers; made at installation and kept in this file alone. */
  readonly token: string;
  readonly routes: readonly RouteState[];
}

export interface RouteState {
  readonly application: string;
  readonly environment: string;
  readonly component: string;
  /** Which of the configuration's prepared backends of its kind it has, from 1. */
  readonly backend: number;
  /** True for connections over TCP; absent for requests over HTTP. */
  readonly tcp?: true;
  /** Whether requests over plain HTTP are redirected to TLS; absent in what an earlier version kept. */
  readonly secure?: boolean;
  /** The highest generation that acted on it. */
  readonly generation: number;
  /** Map keys, host name and path or port, of what comes here. */
  readonly addresses: readonly string[];
  readonly servers: readonly ServerState[];
}

export interface ServerState {
  /** Which of the backend's prepared servers it has, from 1. */
  readonly slot: number;
  /** Its container's name: the router asks the engine's name service where it is, as addresses change when containers restart. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly deployment: string;
  readonly serves: boolean;
  /** Of one that serves, while it shares the requests with another version; absent is full. */
  readonly weight?: number;
}

/**
 * All backends and servers are prepared when the router starts, so nothing ever needs a reload: after one, the requests of
 * idle connections would still be answered by the old process, which knows nothing of later switches.
 */
export const BACKENDS = 128;
/** As many as an installation may list ports. */
export const TCP_BACKENDS = 16;
export const SLOTS = 32;

export function findRoute(state: RouterState, route: Route): RouteState | undefined {
  return state.routes.find((other) => isSame(other, route));
}

export function isSame(left: Pick<Route, 'application' | 'environment' | 'component'>, right: typeof left): boolean {
  return left.application === right.application && left.environment === right.environment && left.component === right.component;
}

export function kindOf({ tcp }: { readonly tcp?: unknown }): 'HTTP' | 'TCP' {
  return tcp === undefined ? 'HTTP' : 'TCP';
}

export function routeName(route: Pick<Route, 'application' | 'environment' | 'component'>): string {
  return `${route.application}/${route.environment}/${route.component}`;
}

/** The state with one route put in the place of the one of its name, or added. */
export function withRoute(state: RouterState, route: RouteState): RouterState {
  const others = state.routes.filter((other) => !isSame(other, route));
  return { ...state, routes: [...others, route].sort(inOrder) };
}

function inOrder(left: RouteState, right: RouteState): number {
  return kindOf(left) === kindOf(right) ? left.backend - right.backend : kindOf(left) < kindOf(right) ? -1 : 1;
}

/** The key of a host's port in the router's map: a colon is in no host name. */
export function portKey(port: number): string {
  return `tcp:${port}`;
}

/**
 * The key of a host name and path in the router's map. Both key and request end in a slash, so that `/api` is no prefix of
 * `/apiary`. Undefined for what cannot be routed.
 */
export function addressKey(host: string, path: string): string | undefined {
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(host.toLowerCase())) return undefined;
  if (!/^\/[A-Za-z0-9._~/%+@:,=-]{0,500}$/.test(path)) return undefined;
  return `${host.toLowerCase()}${path.replace(/\/+$/, '')}/`;
}
