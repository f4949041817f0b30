import type { CallOptions, Connection, ProbeAnswer, Route, Router, RouteServer } from '../../activities/hosts/ports.ts';
import { RouteMalformed, RouterDiffers, RouterFailed, ServerUnknown } from '../../activities/router/errors.ts';
import type { RouterFigures } from '../../domain/canary-figures.ts';
import { routerName } from '../../domain/labels.ts';
import { showCertificates } from './certificates.ts';
import { backendName, PROBE_HEADER, serverName } from './configuration.ts';
import { askRouter } from './engine-answers.ts';
import { holdsConnection } from './hold-connection.ts';
import { inspectRouter, installRouter } from './install-router.ts';
import { hostOf, type ProbeRequest, sendProbe } from './probe-request.ts';
import { PublishedPorts } from './published-ports.ts';
import { canConnect } from './reach.ts';
import { admitServers, type Change, dismissServers, openRoute, ownerOf, shiftRoute, weighRoute } from './route-changes.ts';
import type { RouterSettings } from './router-settings.ts';
import { findRoute, type RouterState, type RouteState, routeName } from './router-state.ts';
import { RouterTransactions } from './router-transactions.ts';
import { type RunningServer, runningServers } from './server-addresses.ts';
import { currentSessions, serverReadings, startOf } from './server-statistics.ts';

export interface HaproxyRouterOptions
  extends Omit<RouterSettings, 'publishAddress' | 'tcpPorts' | 'httpsPort' | 'certificates' | 'redirects'> {
  /** The host's port for TLS, the certificates for it, and whose plain requests are redirected there; none otherwise. */
  readonly tls?: { readonly port: number } & Pick<RouterSettings, 'certificates' | 'redirects'>;
  /** Further ports of the host, for routes over TCP; none otherwise. */
  readonly tcpPorts?: readonly number[];
  /** The host's address on which the port is published; all of them otherwise. */
  readonly publishAddress?: string;
  /** `address:port` at which users, and probes with them, reach the router. */
  readonly reachAt: string;
}

interface Settings extends RouterSettings {
  readonly reachAt: string;
}

/**
 * A Router made of HAProxy in one container for each host and installation, driven through the engine's API alone.
 * Besides what the port names, every method can throw EngineUnreachable and RouterFailed, both retryable.
 */
export function createHaproxyRouter({ publishAddress = '0.0.0.0', tcpPorts = [], tls, ...options }: HaproxyRouterOptions): Router {
  const { certificates = async () => [], redirects = () => false } = tls ?? {};
  return new HaproxyRouter({ ...options, publishAddress, tcpPorts, httpsPort: tls?.port, certificates, redirects });
}

class HaproxyRouter implements Router {
  readonly #transactions: RouterTransactions;
  readonly #ports: PublishedPorts;
  #known: RouterState | undefined;
  #reading: { readonly signal: AbortSignal; readonly state: Promise<RouterState> } | undefined;

  constructor(private readonly options: Settings) {
    this.#transactions = new RouterTransactions(options.engine, routerName(options.installation));
    this.#ports = new PublishedPorts(options);
  }

  get #host(): string {
    return this.options.engine.place.host;
  }

  async ensure(network: string, { signal }: CallOptions): Promise<void> {
    this.#ports.learn(await installRouter(this.options, network, signal));
    // Whoever made it anew since gave it another token, and its servers other places.
    this.#known = undefined;
  }

  async certify(environment: string | undefined, { signal }: CallOptions): Promise<void> {
    const { engine, installation, httpsPort, certificates } = this.options;
    if (httpsPort === undefined || (await this.#isAbsent(signal))) return;
    const given = await certificates();
    if ((await this.#ports.https(signal)) !== undefined)
      return showCertificates({ engine, container: routerName(installation), signal }, given, environment);
    if (given.some((one) => one.environment === environment)) throw await this.#differs(`port ${httpsPort} for TLS`, signal);
  }

  async uncertified({ environment, host, tcp }: Route): Promise<boolean> {
    const own = (await this.options.certificates()).filter((given) => given.environment === environment);
    return tcp === undefined && own.length > 0 && !own.some(({ content }) => 'pem' in content && content.isFor(host));
  }

  async open(route: Route, generation: number, { signal }: CallOptions): Promise<void> {
    if (route.tcp !== undefined) await this.#requirePort(route, route.tcp, signal);
    await this.#change('open', route, openRoute(this.#host, route, generation), signal);
  }

  async admit(route: Route, servers: readonly RouteServer[], { signal }: CallOptions): Promise<void> {
    const admitted = servers.map((server) => server.name);
    await this.#change('admit servers to', route, admitServers(this.#host, route, servers), signal, admitted);
  }

  async shift(route: Route, generation: number, serverNames: readonly string[], { signal }: CallOptions): Promise<void> {
    // Nobody is sent to a port that nobody listens at.
    const isTls = (await this.#ports.https(signal)) !== undefined;
    const wanted = { ...route, secure: isTls && this.options.redirects(route.environment) };
    await this.#change('shift', route, shiftRoute(this.#host, wanted, generation, serverNames), signal);
  }

  async weigh(route: Route, generation: number, serverNames: readonly string[], percent: number, { signal }: CallOptions): Promise<void> {
    await this.#change('weigh', route, weighRoute(this.#host, route, generation, serverNames, percent), signal);
  }

  async dismiss(route: Route, serverNames: readonly string[], { signal }: CallOptions): Promise<void> {
    if (await this.#isAbsent(signal)) return;
    await this.#change('dismiss servers of', route, dismissServers(route, serverNames), signal);
  }

  async serving(route: Route, { signal }: CallOptions): Promise<readonly string[]> {
    if (await this.#isAbsent(signal)) return [];
    const known = findRoute(await this.#read(signal), route);
    return (known?.servers ?? []).filter((server) => server.serves).map((server) => server.name);
  }

  async inFlight(route: Route, serverNames: readonly string[], { signal }: CallOptions): Promise<number> {
    const sessions = await this.#statistics(route, serverNames, currentSessions, signal);
    return Object.values(sessions).reduce((sum, count) => sum + count, 0);
  }

  async figures(route: Route, serverNames: readonly string[], { signal }: CallOptions): Promise<RouterFigures> {
    let since: string | undefined;
    const read = (answer: string) => {
      since = startOf(answer);
      return since === undefined ? undefined : serverReadings(answer);
    };
    const servers = await this.#statistics(route, serverNames, read, signal);
    return { since: since ?? '', servers };
  }

  async cut(route: Route, serverNames: readonly string[], { signal }: CallOptions): Promise<void> {
    const known = this.#knownRoute(route, serverNames) ?? findRoute(await this.#read(signal), route);
    if (known?.tcp === undefined) return;
    const servers = known.servers.filter((server) => serverNames.includes(server.name));
    const commands = servers.map((server) => `shutdown sessions server ${backendName(known)}/${serverName(server)}`);
    if (commands.length > 0) await this.#transactions.ask(`end the connections of route ${routeName(route)}`, commands.join('; '), signal);
  }

  async conflict(route: Route, { signal }: CallOptions): Promise<string | undefined> {
    if (await this.#isAbsent(signal)) return undefined;
    const owner = ownerOf(this.#host, await this.#read(signal), route);
    return owner === undefined ? undefined : `${routeName(owner)} serves it`;
  }

  async connect(route: Route, server: string | undefined, timeoutMs: number, { signal }: CallOptions): Promise<Connection> {
    const known = findRoute(await this.#read(signal), route);
    const named = known?.servers.find(({ name }) => name === server);
    if (known === undefined || (server !== undefined && named === undefined))
      throw new ServerUnknown(this.#host, routeName(route), server ?? 'the route itself');
    const running = (await this.#runningServers(known, signal)).filter(({ name, weight }) =>
      named === undefined ? weight > 0 : name === serverName(named),
    );
    const addresses = running.map(({ address }) => address);
    const taken = await Promise.all(running.map(({ address, port }) => this.reaches(address, port, timeoutMs, { signal })));
    return { open: taken.every(Boolean) && (server !== undefined || (await this.#isTaken(route, timeoutMs, signal))), addresses };
  }

  async reaches(address: string, port: number, timeoutMs: number, { signal }: CallOptions): Promise<boolean> {
    const { engine, installation } = this.options;
    return askRouter(this.#host, `connect to ${address}:${port}`, () =>
      canConnect(engine, routerName(installation), { address, port, timeoutMs }, signal),
    );
  }

  async probe(route: Route, path: string, server: string | undefined, timeoutMs: number, options: CallOptions): Promise<ProbeAnswer> {
    const { signal } = options;
    const direct = server === undefined ? undefined : await this.#directions(route, server, signal);
    const headers = { host: route.host, ...direct?.headers };
    const answer = await this.#send({ path, headers, timeoutMs, signal }, direct === undefined ? route : undefined);
    // HAProxy's own errors name no server.
    const isOther = PROBE_HEADER.server in answer.headers && answer.headers[PROBE_HEADER.server] !== direct?.server;
    if (direct === undefined || !isOther) return answer;
    return { status: 503, headers: {}, body: `${server} did not answer` };
  }

  /** Asks at the ports that the router has; users that come without TLS and are sent to it come over it. */
  async #send(probe: Pick<ProbeRequest, 'path' | 'headers' | 'timeoutMs' | 'signal'>, asUsers: Route | undefined): Promise<ProbeAnswer> {
    const [port, https] = [await this.#ports.http(probe.signal), await this.#ports.https(probe.signal)];
    const isSecure = asUsers !== undefined && https !== undefined && (await this.#isSecure(asUsers, probe.signal));
    const at = isSecure ? { tls: { port: https, serverName: asUsers.host } } : { ...(port !== undefined && { port }) };
    try {
      return await sendProbe({ host: this.#host, reachAt: this.options.reachAt, ...at, ...probe });
    } catch (error) {
      this.#ports.forget();
      throw error;
    }
  }

  async #isSecure(route: Route, signal: AbortSignal): Promise<boolean> {
    const state = this.#known ?? (await this.#read(signal));
    return findRoute(state, route)?.secure === true;
  }

  /** Throws RouterDiffers where the container lacks a port that is configured, and RouteMalformed for one that is not. */
  async #requirePort(route: Route, port: number, signal: AbortSignal): Promise<void> {
    if ((await this.#ports.tcp(signal)).includes(port)) return;
    this.#ports.forget();
    if ((await this.#isAbsent(signal)) || (await this.#ports.tcp(signal)).includes(port)) return;
    if (this.options.tcpPorts.includes(port)) throw await this.#differs(`port ${port}`, signal);
    throw new RouteMalformed(this.#host, routeName(route), `port ${port}, which is not among router.tcp of tidegate.yaml`);
  }

  async #differs(expected: string, signal: AbortSignal): Promise<RouterDiffers> {
    const seen = [await this.#ports.http(signal), await this.#ports.https(signal), ...(await this.#ports.tcp(signal))];
    const ports = seen.filter((port) => port !== undefined).join(', ');
    return new RouterDiffers(this.#host, routerName(this.options.installation), expected, ports || 'none');
  }

  /** What HAProxy says of each of the named servers, by name; those that the route does not have are left out. */
  async #statistics<T>(
    route: Route,
    serverNames: readonly string[],
    read: (csv: string) => ReadonlyMap<string, T> | undefined,
    signal: AbortSignal,
  ): Promise<Record<string, T>> {
    const known = this.#knownRoute(route, serverNames) ?? findRoute(await this.#read(signal), route);
    if (known === undefined) return {};
    const doing = `count the requests of route ${routeName(route)}`;
    const answer = await this.#transactions.ask(doing, `show info; show stat ${backendName(known)} 4 -1`, signal);
    const bySlot = read(answer);
    if (bySlot === undefined) throw new RouterFailed(this.#host, doing, answer.trim().slice(0, 200));
    const named = known.servers.filter((server) => serverNames.includes(server.name));
    return Object.fromEntries(
      named.flatMap((server) => {
        const value = bySlot.get(serverName(server));
        return value === undefined ? [] : [[server.name, value]];
      }),
    );
  }

  /** What users find at the host's port. */
  #isTaken({ tcp: port = 0 }: Route, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return holdsConnection({ host: hostOf(this.options.reachAt), port, timeoutMs }, signal);
  }

  /** Those that have a place in the route; the others are prepared and lead nowhere. */
  async #runningServers(known: RouteState, signal: AbortSignal): Promise<readonly RunningServer[]> {
    const doing = `tell the servers of route ${routeName(known)}`;
    const answer = await this.#transactions.ask(doing, `show servers state ${backendName(known)}`, signal);
    const running = runningServers(answer);
    if (running === undefined) throw new RouterFailed(this.#host, doing, answer.trim().slice(0, 200));
    const names = known.servers.map(serverName);
    return running.filter(({ name }) => names.includes(name));
  }

  /** The route as it was a moment ago, if it had all these servers: they keep their places for as long as they are there. */
  #knownRoute(route: Route, serverNames: readonly string[]): RouteState | undefined {
    const known = this.#known && findRoute(this.#known, route);
    return serverNames.every((name) => known?.servers.some((server) => server.name === name)) ? known : undefined;
  }

  /** Headers that lead a request to one server. Names are never given twice, so what was known a moment ago will do. */
  async #directions(route: Route, name: string, signal: AbortSignal): Promise<Directions> {
    const known = directions(this.#known, route, name) ?? directions(await this.#read(signal), route, name);
    if (known === undefined) throw new ServerUnknown(this.#host, routeName(route), name);
    return known;
  }

  /** A host without a router gives requests to nobody. */
  async #isAbsent(signal: AbortSignal): Promise<boolean> {
    return this.#known === undefined && (await inspectRouter(this.options, signal)) === undefined;
  }

  /** Questions asked in one breath share one reading, which begins after the last of them. */
  #read(signal: AbortSignal): Promise<RouterState> {
    if (this.#reading?.signal === signal) return this.#reading.state;
    const state = Promise.resolve().then(async () => {
      this.#reading = undefined;
      this.#known = await this.#transactions.read(signal);
      return this.#known;
    });
    this.#reading = { signal, state };
    return state;
  }

  async #change(verb: string, route: Route, change: Change, signal: AbortSignal, admitted: readonly string[] = []): Promise<void> {
    const doing = `${verb} route ${routeName(route)}`;
    this.#known = await this.#transactions.run({ doing, route, change, admitted, signal });
  }
}

interface Directions {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
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
