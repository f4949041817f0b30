import { Superseded } from '../../activities/hosts/errors.ts';
import type { Route, RouteServer } from '../../activities/hosts/ports.ts';
import { PublicationKindChanged, RouteMalformed, RouterFull, RouteTaken, ServerUnknown } from '../../activities/router/errors.ts';
import { backendName, weightOf } from './configuration.ts';
import {
  addressKey,
  BACKENDS,
  findRoute,
  isSame,
  kindOf,
  portKey,
  type RouterState,
  type RouteState,
  routeName,
  type ServerState,
  SLOTS,
  TCP_BACKENDS,
  withRoute,
} from './router-state.ts';
import { sharedWeights } from './shared-weights.ts';

/** A change of one host's router; throws what the Router port says. */
export type Change = (state: RouterState) => RouterState;

/** Gives the route a backend, and its address unless another route of its environment still serves there. */
export function openRoute(host: string, route: Route, generation: number): Change {
  return (state) => {
    const known = ofKind(host, route, findRoute(state, route)) ?? newRoute(host, state, route);
    refuseLower(host, route, generation, known);
    const opened = withRoute(vacated(state, known), { ...known, generation });
    const key = keyOf(host, route);
    return servesThere(host, state, route, key) ? opened : withAddress(opened, route, key);
  };
}

/** Adds servers that get no requests but probes; what is known by its name gets its new address. */
export function admitServers(host: string, route: Route, servers: readonly RouteServer[]): Change {
  return (state) => {
    const known = requireRoute(host, state, route);
    const added = servers.reduce<readonly ServerState[]>((present, server) => admitted(host, present, server), known.servers);
    return withRoute(state, { ...known, servers: added });
  };
}

/** The named servers get all requests for the route's address, and only that address is the route's. */
export function shiftRoute(host: string, route: Route, generation: number, names: readonly string[]): Change {
  return (state) => {
    const known = findRoute(state, route);
    if (known === undefined && names.length === 0) return state;
    if (known === undefined) throw new ServerUnknown(host, routeName(route), names.join(', '));
    refuseLower(host, route, generation, known);
    requireServers(host, route, known, names);
    const servers = known.servers.map(({ weight: _, ...server }) => ({ ...server, serves: names.includes(server.name) }));
    const { secure } = route;
    if (names.length === 0) return withRoute(state, { ...known, generation, servers });
    const key = keyOf(host, route);
    servesThere(host, state, route, key);
    const shifted = { ...known, ...(secure !== undefined && { secure }), generation, servers, addresses: [] };
    return withAddress(withRoute(state, shifted), route, key);
  };
}

/** The named servers get so many percent of the requests, those that serve beside them the rest; addresses stay. */
export function weighRoute(host: string, route: Route, generation: number, names: readonly string[], percent: number): Change {
  return (state) => {
    if (names.length === 0) return state;
    const known = requireRoute(host, state, route);
    refuseLower(host, route, generation, known);
    requireServers(host, route, known, names);
    const others = known.servers.filter(({ name, serves }) => serves && !names.includes(name));
    if (others.length === 0) throw new ServerUnknown(host, routeName(route), 'another one that serves, to share requests with');
    if (shareOf(known, names) >= percent / 100) return state;
    const weights = sharedWeights(percent, names.length, others.length);
    const servers = known.servers.map((server) => {
      if (names.includes(server.name)) return { ...server, serves: true, weight: weights.newer };
      return others.includes(server) ? { ...server, weight: weights.older } : server;
    });
    return withRoute(state, { ...known, generation, servers });
  };
}

/** Takes out the named servers; one that serves stays. */
export function dismissServers(route: Route, names: readonly string[]): Change {
  return (state) => {
    const known = findRoute(state, route);
    if (known === undefined) return state;
    return withRoute(state, { ...known, servers: known.servers.filter((server) => server.serves || !names.includes(server.name)) });
  };
}

function requireRoute(host: string, state: RouterState, route: Route): RouteState {
  const known = findRoute(state, route);
  if (known === undefined) throw new ServerUnknown(host, routeName(route), 'the route itself');
  return known;
}

/** Of the requests that the named servers have now. */
function shareOf({ servers }: RouteState, names: readonly string[]): number {
  const sum = (some: readonly ServerState[]): number => some.reduce((total, server) => total + weightOf(server), 0);
  return sum(servers.filter(({ name }) => names.includes(name))) / Math.max(1, sum(servers));
}

function requireServers(host: string, route: Route, known: RouteState, names: readonly string[]): void {
  const missing = names.find((name) => !known.servers.some((server) => server.name === name));
  if (missing !== undefined) throw new ServerUnknown(host, routeName(route), missing);
}

function refuseLower(host: string, route: Route, generation: number, known: RouteState): void {
  if (generation < known.generation) throw new Superseded(host, `route ${routeName(route)}`, generation, known.generation);
}

function keyOf(host: string, route: Route): string {
  const key = route.tcp === undefined ? addressKey(route.host, route.path) : portKey(route.tcp);
  if (key === undefined) throw new RouteMalformed(host, routeName(route), JSON.stringify(`${route.host} ${route.path}`));
  return key;
}

/** Its servers are behind another kind of backend, so that requests could not move from them in one step. */
function ofKind(host: string, route: Route, known: RouteState | undefined): RouteState | undefined {
  if (known === undefined || kindOf(known) === kindOf(route)) return known;
  if (known.servers.length === 0) return undefined;
  throw new PublicationKindChanged(host, routeName(route), kindOf(known), kindOf(route));
}

/** Whose the address or port of a route is, where it is another application's or environment's and serves. */
export function ownerOf(host: string, state: RouterState, route: Route): RouteState | undefined {
  const key = keyOf(host, route);
  const owner = state.routes.find((other) => other.addresses.includes(key) && other.servers.some((server) => server.serves));
  return owner === undefined || isNeighbour(owner, route) ? undefined : owner;
}

function isNeighbour(left: RouteState, right: Route): boolean {
  return left.application === right.application && left.environment === right.environment;
}

/** Whether another route of the environment answers at the address. Throws RouteTaken when it is another application's. */
function servesThere(host: string, state: RouterState, route: Route, key: string): boolean {
  const owner = state.routes.find((other) => other.addresses.includes(key) && !isSame(other, route));
  if (owner === undefined || !owner.servers.some((server) => server.serves)) return false;
  if (isNeighbour(owner, route)) return true;
  throw new RouteTaken(host, key, routeName(route), routeName(owner));
}

/** Requests for the address come to this route from now on, and to no other. */
function withAddress(state: RouterState, route: Route, key: string): RouterState {
  const elsewhere = (addresses: readonly string[]): string[] => addresses.filter((address) => address !== key);
  return {
    ...state,
    routes: state.routes.map((other) => {
      const addresses = elsewhere(other.addresses);
      return { ...other, addresses: isSame(other, route) ? [...addresses, key] : addresses };
    }),
  };
}

function newRoute(host: string, state: RouterState, { application, environment, component, tcp }: Route): RouteState {
  const kind = kindOf({ tcp });
  const limit = kind === 'TCP' ? TCP_BACKENDS : BACKENDS;
  const alike = state.routes.filter((route) => kindOf(route) === kind);
  const taken = alike.map((route) => route.backend);
  // A route without servers is of an application that went away; its backend is given on when none is left.
  const backend = freeNumber(taken, limit) ?? alike.find((route) => route.servers.length === 0)?.backend;
  if (backend === undefined) throw new RouterFull(host, `routes over ${kind}`, limit);
  const name = { application, environment, component };
  return { ...name, backend, ...(kind === 'TCP' && { tcp: true }), generation: 0, addresses: [], servers: [] };
}

function vacated(state: RouterState, route: RouteState): RouterState {
  return { ...state, routes: state.routes.filter((other) => backendName(other) !== backendName(route) || isSame(other, route)) };
}

function admitted(host: string, present: readonly ServerState[], server: RouteServer): readonly ServerState[] {
  const { name, address, port, deployment } = server;
  const known = present.find((other) => other.name === name);
  if (known !== undefined) return present.map((other) => (other === known ? { ...known, address, port, deployment } : other));
  const slot = freeNumber(
    present.map((other) => other.slot),
    SLOTS,
  );
  if (slot === undefined) throw new RouterFull(host, 'servers of one route', SLOTS);
  return [...present, { slot, name, address, port, deployment, serves: false }];
}

function freeNumber(taken: readonly number[], limit: number): number | undefined {
  for (let number = 1; number <= limit; number += 1) if (!taken.includes(number)) return number;
  return undefined;
}
