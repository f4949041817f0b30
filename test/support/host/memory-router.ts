import type { Connection, ProbeAnswer, Route, Router } from '../../../activities/hosts/ports.ts';
import {
  admitServers,
  type Change,
  dismissServers,
  openRoute,
  ownerOf,
  shiftRoute,
  weighRoute,
} from '../../../adapters/router/route-changes.ts';
import { findRoute, routeName } from '../../../adapters/router/router-state.ts';
import type { ServerReading } from '../../../domain/canary-figures.ts';
import type { HostState } from './host-state.ts';

/** The router of a host in memory. */
export function routerOf(host: HostState): Router {
  return {
    ensure: (network) => {
      host.isRouterUp = true;
      return host.done(`router.ensure ${network}`, undefined);
    },
    open: (route, generation) => change(host, `open ${route.component} ${generation}`, openRoute(host.name, route, generation)),
    admit: (route, servers) => change(host, `admit ${servers.map(({ name }) => name).join()}`, admitServers(host.name, route, servers)),
    shift: (route, generation, names) =>
      change(host, `shift ${route.component} ${generation} ${names.join()}`, shiftRoute(host.name, route, generation, names)),
    weigh: (route, generation, names, percent) =>
      change(
        host,
        `weigh ${route.component} ${generation} ${names.join()} ${percent}%`,
        weighRoute(host.name, route, generation, names, percent),
      ),
    figures: (route, names) => {
      const known = names.filter((name) => serversOf(host, route).some((server) => server.name === name));
      const counted = known.map((name) => [name, host.figures.get(name) ?? { requests: 0, refused: 0, failed: 0, averageMs: 0 }]);
      return host.done(`figures ${route.component}`, {
        since: '1',
        servers: Object.fromEntries(counted) as Record<string, ServerReading>,
      });
    },
    inFlight: (route) => host.done(`inFlight ${route.component}`, host.requestsInFlight),
    certify: (environment) => host.done(`certify ${environment}`, undefined),
    cut: (route, names) => {
      host.cutOff.push(...names);
      return host.done(`cut ${route.component} ${names.join()}`, undefined);
    },
    connect: (route, server) => host.done(`connect ${route.component} ${server ?? 'as users do'}`, connection(host, route, server)),
    conflict: (route) => {
      const owner = ownerOf(host.name, host.state, route);
      return host.done(`conflict ${route.component}`, owner && `${routeName(owner)} serves it`);
    },
    uncertified: async ({ host: name }) => host.uncertified.has(name),
    dismiss: (route, names) => change(host, `dismiss ${names.join()}`, dismissServers(route, names)),
    serving: (route) =>
      host.done(
        `serving ${route.component}`,
        serversOf(host, route)
          .filter(({ serves }) => serves)
          .map(({ name }) => name),
      ),
    reaches: (address) => {
      const container = [...host.containers.values()].find((one) => one.address === address);
      const isReached = container?.status === 'running' && host.behaviour(container) === 'good';
      return host.done(`reaches ${address}`, isReached);
    },
    probe: (route, path, server) => host.done(`probe ${route.component} ${server ?? 'as users do'}`, answer(host, route, path, server)),
  };
}

async function change(host: HostState, call: string, act: Change): Promise<void> {
  host.state = { ...act(host.state), revision: host.state.revision + 1 };
  return host.done(call, undefined);
}

function serversOf(host: HostState, route: Route) {
  return findRoute(host.state, route)?.servers ?? [];
}

function connection(host: HostState, route: Route, name: string | undefined): Connection {
  const servers = serversOf(host, route).filter((server) => (name === undefined ? server.serves : server.name === name));
  const containers = servers.map((server) => host.containers.get(server.name));
  const open = containers.every((one) => one?.status === 'running' && host.behaviour(one) === 'good');
  return { open: host.isRouterUp && open && servers.length > 0, addresses: containers.flatMap((one) => one?.address ?? []) };
}

/** What a server of the route answers, the next one where none is named. */
export function answer(host: HostState, route: Route, path: string, name: string | undefined): ProbeAnswer {
  const servers = serversOf(host, route).filter((server) => (name === undefined ? server.serves : server.name === name));
  host.turn += 1;
  const container = host.containers.get(servers[host.turn % Math.max(1, servers.length)]?.name ?? '');
  const behaviour = container && host.behaviour(container);
  if (!host.isRouterUp || container?.status !== 'running' || behaviour === 'silent') return { status: 503, headers: {}, body: '' };
  if (behaviour === 'unhealthy' && path === '/health') return { status: 500, headers: {}, body: '' };
  const identity = behaviour === 'false-identity' ? 'someone else' : (container.spec.environment.TIDEGATE_DEPLOYMENT ?? '');
  return { status: 200, headers: { 'x-identity': identity }, body: '' };
}
