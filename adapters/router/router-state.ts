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
  /** Which of the configuration's prepared backends it has, from 1. */
  readonly backend: number;
  /** The highest generation that acted on it. */
  readonly generation: number;
  /** Map keys, host name and path, of requests that come here. */
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
export const SLOTS = 32;

export function findRoute(state: RouterState, route: Route): RouteState | undefined {
  return state.routes.find((other) => isSame(other, route));
}

export function isSame(left: Pick<Route, 'application' | 'environment' | 'component'>, right: typeof left): boolean {
  return left.application === right.application && left.environment === right.environment && left.component === right.component;
}

export function routeName(route: Pick<Route, 'application' | 'environment' | 'component'>): string {
  return `${route.application}/${route.environment}/${route.component}`;
}

/** The state with one route put in the place of the one of its name, or added. */
export function withRoute(state: RouterState, route: RouteState): RouterState {
  const others = state.routes.filter((other) => !isSame(other, route));
  return { ...state, routes: [...others, route].sort((a, b) => a.backend - b.backend) };
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
