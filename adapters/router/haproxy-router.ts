import type { CallOptions, Connection, ProbeAnswer, Route, Router, RouteServer } from '../../activities/hosts/ports.ts';
import { RouteMalformed, RouterDiffers, ServerUnknown } from '../../activities/router/errors.ts';
import type { RouterFigures } from '../../domain/canary-figures.ts';
import { routerName } from '../../domain/labels.ts';
import { showCertificates } from './certificates.ts';
import { PROBE_HEADER, serverName } from './configuration.ts';
import { askRouter } from './engine-answers.ts';
import { holdsConnection } from './hold-connection.ts';
import { inspectRouter, installRouter } from './install-router.ts';
import { type Directions, KnownRoutes } from './known-routes.ts';
import { hostOf, type ProbeRequest, sendProbe } from './probe-request.ts';
import { PublishedPorts } from './published-ports.ts';
import { canConnect } from './reach.ts';
import { admitServers, dismissServers, openRoute, ownerOf, shiftRoute, weighRoute } from './route-changes.ts';
import type { RouterSettings } from './router-settings.ts';
import { findRoute, routeName } from './router-state.ts';
import { RouterTransactions } from './router-transactions.ts';
import { ServerQuestions } from './server-questions.ts';
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
  readonly #routes: KnownRoutes;
  readonly #servers: ServerQuestions;
  readonly #ports: PublishedPorts;

  constructor(private readonly options: Settings) {
    const transactions = new RouterTransactions(options.engine, routerName(options.installation));
    this.#routes = new KnownRoutes(transactions);
    this.#servers = new ServerQuestions(options.engine.place.host, transactions);
    this.#ports = new PublishedPorts(options);
  }

  get #host(): string {
    return this.options.engine.place.host;
  }

  async ensure(network: string, { signal }: CallOptions): Promise<void> {
    this.#ports.learn(await installRouter(this.options, network, signal));
    // Whoever made it anew since gave it another token, and its servers other places.
    this.#routes.forget();
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
    await this.#routes.change('open', route, openRoute(this.#host, route, generation), signal);
  }

  async admit(route: Route, servers: readonly RouteServer[], { signal }: CallOptions): Promise<void> {
    const admitted = servers.map((server) => server.name);
    await this.#routes.change('admit servers to', route, admitServers(this.#host, route, servers), signal, admitted);
  }

  async shift(route: Route, generation: number, serverNames: readonly string[], { signal }: CallOptions): Promise<void> {
    // Nobody is sent to a port that nobody listens at.
    const isTls = (await this.#ports.https(signal)) !== undefined;
    const wanted = { ...route, secure: isTls && this.options.redirects(route.environment) };
    await this.#routes.change('shift', route, shiftRoute(this.#host, wanted, generation, serverNames), signal);
  }

  async weigh(route: Route, generation: number, serverNames: readonly string[], percent: number, { signal }: CallOptions): Promise<void> {
    await this.#routes.change('weigh', route, weighRoute(this.#host, route, generation, serverNames, percent), signal);
  }

  async dismiss(route: Route, serverNames: readonly string[], { signal }: CallOptions): Promise<void> {
    if (await this.#isAbsent(signal)) return;
    await this.#routes.change('dismiss servers of', route, dismissServers(route, serverNames), signal);
  }

  async serving(route: Route, { signal }: CallOptions): Promise<readonly string[]> {
    if (await this.#isAbsent(signal)) return [];
    const known = findRoute(await this.#routes.read(signal), route);
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
    const known = await this.#routes.withServers(route, serverNames, signal);
    if (known?.tcp !== undefined) await this.#servers.cut(known, serverNames, signal);
  }

  async conflict(route: Route, { signal }: CallOptions): Promise<string | undefined> {
    if (await this.#isAbsent(signal)) return undefined;
    const owner = ownerOf(this.#host, await this.#routes.read(signal), route);
    return owner === undefined ? undefined : `${routeName(owner)} serves it`;
  }

  async connect(route: Route, server: string | undefined, timeoutMs: number, { signal }: CallOptions): Promise<Connection> {
    const known = findRoute(await this.#routes.read(signal), route);
    const named = known?.servers.find(({ name }) => name === server);
    if (known === undefined || (server !== undefined && named === undefined))
      throw new ServerUnknown(this.#host, routeName(route), server ?? 'the route itself');
    const running = (await this.#servers.running(known, signal)).filter(({ name, weight }) =>
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
    return (await this.#routes.lately(route, signal))?.secure === true;
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

  async #statistics<T>(
    route: Route,
    serverNames: readonly string[],
    read: (csv: string) => ReadonlyMap<string, T> | undefined,
    signal: AbortSignal,
  ): Promise<Record<string, T>> {
    const known = await this.#routes.withServers(route, serverNames, signal);
    return known === undefined ? {} : this.#servers.statistics(known, serverNames, read, signal);
  }

  /** What users find at the host's port. */
  #isTaken({ tcp: port = 0 }: Route, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return holdsConnection({ host: hostOf(this.options.reachAt), port, timeoutMs }, signal);
  }

  /** Headers that lead a request to one server. */
  async #directions(route: Route, name: string, signal: AbortSignal): Promise<Directions> {
    const known = await this.#routes.directions(route, name, signal);
    if (known === undefined) throw new ServerUnknown(this.#host, routeName(route), name);
    return known;
  }

  /** A host without a router gives requests to nobody. */
  async #isAbsent(signal: AbortSignal): Promise<boolean> {
    return !this.#routes.hasRouter && (await inspectRouter(this.options, signal)) === undefined;
  }
}
