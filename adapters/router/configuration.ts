import type { RouterPort } from '../../activities/hosts/router-engine.ts';
import { BACKENDS, kindOf, portKey, type RouterState, type RouteState, type ServerState, SLOTS, TCP_BACKENDS } from './router-state.ts';

/** Where the router keeps its files, inside its container and on a volume of its own. */
export const DIRECTORY = '/var/lib/tidegate-router';
export const CONFIGURATION = 'haproxy.cfg';
export const ROUTES_MAP = 'routes.map';
/** In the container alone, below SEED. */
export const PORTS = 'ports.cfg';
export const INNER_PORT = 8080;
export const INNER_TLS_PORT = 8443;
/** Of the container, where it publishes TLS: its folder of certificates, and `:port` of its addresses, empty for 443. */
export const VARIABLES = { certificates: 'TIDEGATE_CERTIFICATES', httpsAt: 'TIDEGATE_HTTPS_AT' } as const;
/** Of the first of a host's ports; HAProxy itself has no right to low ones on every engine. */
export const FIRST_INNER_TCP_PORT = 20_001;
const COMMAND_PORT = 9999;

/** Headers by which a probe names the token, the backend and the server; they never reach an application. */
export const PROBE_HEADER = { token: 'x-tidegate-router-token', backend: 'x-tidegate-router-backend', server: 'x-tidegate-router-server' };

/** Weight of each server that serves, where all of them are equal. */
const FULL_WEIGHT = 100;

/** What HAProxy is told of a server. */
export function weightOf({ serves, weight = FULL_WEIGHT }: Pick<ServerState, 'serves' | 'weight'>): number {
  return serves ? weight : 0;
}

/**
 * The configuration file for a state (HAProxy 2.6 or later): what is changed at run time is written here as well, so that a
 * restart comes back with the same servers and weights. `self` is the router's own container name, where unused servers point.
 */
export function printConfiguration(state: RouterState, self: string): string {
  const print = (kind: 'HTTP' | 'TCP', count: number): string =>
    Array.from({ length: count }, (_, index) => {
      const route = state.routes.find((candidate) => kindOf(candidate) === kind && candidate.backend === index + 1);
      return kind === 'HTTP' ? backend(index + 1, route, self) : tcpBackend(index + 1, route, self);
    }).join('');
  const head = `# revision ${state.revision}\n${STATE_MARK}${JSON.stringify(state)}\n`;
  return `${head}${general()}${frontend(state.token)}${print('HTTP', BACKENDS)}${tcpDefaults()}${print('TCP', TCP_BACKENDS)}`;
}

const STATE_MARK = '# state ';

/** The state that a configuration file was printed from; undefined when there is none in it. */
export function readState(configuration: string): RouterState | undefined {
  const line = configuration.split('\n', 3).find((text) => text.startsWith(STATE_MARK));
  return line === undefined ? undefined : (JSON.parse(line.slice(STATE_MARK.length)) as RouterState);
}

/** Before an address in the map: whether requests for it must come over TLS. */
const SECURE = 'https:';

/** What the map holds: host name and path, or port, to backend; and which addresses are redirected to TLS. */
export function mapEntries(state: RouterState): readonly (readonly [string, string])[] {
  const isAny = state.routes.some((route) => route.secure === true);
  return state.routes.flatMap((route) => [
    ...route.addresses.map((address) => [address, backendName(route)] as const),
    // The longest path counts here as well, so that each has its own.
    ...(isAny ? route.addresses.map((address) => [`${SECURE}${address}`, route.secure === true ? 'required' : 'optional'] as const) : []),
  ]);
}

/** The map as HAProxy reads it. */
export function printRoutesMap(state: RouterState): string {
  return mapEntries(state)
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');
}

export function backendName({ backend: number, tcp }: Pick<RouteState, 'backend' | 'tcp'>): string {
  return `${tcp === undefined ? 'b' : 't'}${number}`;
}

export function serverName(server: Pick<ServerState, 'slot'>): string {
  return `s${server.slot}`;
}

function general(): string {
  return `global
  stats socket ipv4@127.0.0.1:${COMMAND_PORT} level admin
  # Engines that set no limit of open files would have memory laid out for a thousand million of them.
  fd-hard-limit 100000
  uid 65534
  gid 65534
  log stdout format raw daemon warning
defaults
  mode http
  balance roundrobin
  option forwardfor
  # A kept connection can be closed by the application just as a request is sent on it, and a POST cannot be sent again.
  option http-server-close
  timeout connect 1s
  timeout client 5m
  timeout server 5m
  timeout http-request 15s
  timeout http-keep-alive 75s
  timeout tunnel 12h
  # What one side has closed is no user any more that a drain would wait for.
  timeout client-fin 30s
  timeout server-fin 30s
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response
# Containers change their addresses when they restart; the engine's name service knows where they are.
resolvers engine
  nameserver engine 127.0.0.11:53
  resolve_retries 3
  timeout resolve 1s
  timeout retry 500ms
  hold valid 1s
  hold nx 1s
  hold timeout 24d
  hold refused 24d
  hold other 24d
`;
}

function frontend(token: string): string {
  const [tokenHeader, backendHeader, serverHeader] = [PROBE_HEADER.token, PROBE_HEADER.backend, PROBE_HEADER.server];
  return `frontend http
  bind :${INNER_PORT}
.if defined(${VARIABLES.certificates})
  # Whoever asks for a name that no certificate is for gets none.
  bind :${INNER_TLS_PORT} ssl crt-list "\${${VARIABLES.certificates}}/list" strict-sni ssl-min-ver TLSv1.2 alpn h2,http/1.1
.endif
  acl is_probe req.hdr(${tokenHeader}) -m str ${token}
  http-request set-var(txn.backend) req.hdr(${backendHeader}) if is_probe
  http-request set-var(txn.server) req.hdr(${serverHeader}) if is_probe
  http-request del-header ${tokenHeader}
  http-request del-header ${backendHeader}
  http-request del-header ${serverHeader}
  # Only requests that change nothing may be sent twice.
  http-request disable-l7-retry if !METH_GET
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  http-request set-header X-Forwarded-Proto http if !{ req.hdr(X-Forwarded-Proto) -m found }
  http-request set-var(txn.host) req.hdr(host),host_only,lower
  http-request set-var-fmt(txn.address) %[var(txn.host)]%[path]/
  http-request set-var-fmt(txn.secure) ${SECURE}%[var(txn.address)]
  http-request redirect code 308 location "https://%[var(txn.host)]\${${VARIABLES.httpsAt}}%[pathq]" if !{ ssl_fc } !{ var(txn.server) -m found } { var(txn.secure),map_beg(${DIRECTORY}/${ROUTES_MAP}) -m str required }
  http-request set-var(txn.backend) var(txn.address),map_beg(${DIRECTORY}/${ROUTES_MAP}) if !{ var(txn.backend) -m found }
  http-request return status 404 content-type text/plain string "No application is published here.\\n" if !{ var(txn.backend) -m found }
  http-response set-header ${serverHeader} %s if { var(txn.server) -m found }
  use_backend %[var(txn.backend)]
`;
}

function backend(number: number, route: RouteState | undefined, self: string): string {
  return `backend b${number}
  use-server %[var(txn.server)] if { var(txn.server) -m found }
  force-persist if { var(txn.server) -m found }
${serverLines(route, self)}`;
}

/** A connection that is closed by one side can be sent nowhere else; one that cannot be made can. */
function tcpDefaults(): string {
  return `defaults tcp
  mode tcp
  balance leastconn
  option clitcpka
  option srvtcpka
  timeout connect 1s
  timeout client 5m
  timeout server 5m
  timeout tunnel 12h
  retries 3
  option redispatch 1
`;
}

function tcpBackend(number: number, route: RouteState | undefined, self: string): string {
  return `backend t${number} from tcp\n${serverLines(route, self)}`;
}

/**
 * The frontends of a host's ports, in a file of their own: they are the container's, as its published ports are, and do not change
 * with its routes. Where nothing is published at a port, a connection is closed.
 */
export function printPorts(ports: readonly RouterPort[]): string {
  return ports.map(tcpFrontend).join('');
}

function tcpFrontend({ inner, port }: RouterPort): string {
  return `frontend port_${port} from tcp
  bind :${inner}
  use_backend %[str(${portKey(port)}),map_str(${DIRECTORY}/${ROUTES_MAP})]
`;
}

function serverLines(route: RouteState | undefined, self: string): string {
  const servers = route?.servers ?? [];
  const lines = [...servers.map(usedServer), ...unusedServers(new Set(servers.map((server) => server.slot)), self)];
  return lines.map((line) => `  ${line} resolvers engine resolve-prefer ipv4 resolve-opts allow-dup-ip\n`).join('');
}

/** Without an address until the name service has given one: an address of before a restart may be another container's now. */
function usedServer(server: ServerState): string {
  return `server ${serverName(server)} ${server.name}:${server.port} weight ${weightOf(server)} init-addr none`;
}

/** HAProxy gives a server a name and an address at run time only when it began with both. */
function unusedServers(used: ReadonlySet<number>, self: string): string[] {
  const ranges: string[] = [];
  for (let first = 1; first <= SLOTS; first += 1) {
    if (used.has(first)) continue;
    let last = first;
    while (last < SLOTS && !used.has(last + 1)) last += 1;
    ranges.push(`server-template s ${first}-${last} ${self}:1 weight 0 init-addr 127.0.0.1 disabled`);
    first = last;
  }
  return ranges;
}
