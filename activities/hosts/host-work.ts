import type { Allowances } from '../../domain/allowances.ts';
import type { HashFunction } from '../../domain/canonical.ts';
import type { DeployableComponent, DeployableRelease } from '../../domain/deployment.ts';
import { LABEL, networkName } from '../../domain/labels.ts';
import type { Publication } from '../../domain/pipeline.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import { isTcp, publicationHost, tcpPortIn } from '../../domain/publication.ts';
import type { WantedSecrets } from '../../domain/secret-file.ts';
import { overtakenBy, type Place, servingContainers } from '../../domain/switch.ts';
import type { Clock } from './clock.ts';
import { Superseded } from './errors.ts';
import type { DossierShelf, Host, ReadSecretVersions, Route } from './ports.ts';

/** One activity at work on one host for one application in one environment. */
export interface HostWork {
  readonly host: Host;
  readonly place: Place;
  readonly installation: string;
  readonly dossiers: DossierShelf;
  /** What an environment's owners let components reach of its hosts. */
  readonly allows: (environment: string) => Allowances;
  readonly secretVersions: ReadSecretVersions;
  readonly hash: HashFunction;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Takes a short sentence on what is done now; heartbeats carry it. */
  readonly tell: (sentence: string) => void;
}

/** What a host tells about an application in an environment. */
export interface Sight {
  readonly observed: readonly ObservedContainer[];
  /** Component to the names that the router gives requests to. */
  readonly routed: ReadonlyMap<string, readonly string[]>;
}

/** Reads the host: its containers, and whom the router serves, for what is there and for the components named. */
export async function look({ host, place, signal }: HostWork, components: readonly string[]): Promise<Sight> {
  const observed = await host.engine.observe(place.application, place.environment, { signal });
  const names = [...new Set([...components, ...observed.map((container) => container.component)])];
  const routed = names.map(async (name) => [name, await host.router.serving(routeOf(place, name), { signal })] as const);
  return { observed, routed: new Map(await Promise.all(routed)) };
}

/** Which values the secrets of a release's components have now. Throws SecretMissing. */
export async function wantedSecrets({ place, secretVersions }: HostWork, { components }: DeployableRelease): Promise<WantedSecrets> {
  const holding = components.flatMap(({ name, run }) => (run.secrets === undefined ? [] : [{ name, files: run.secrets }]));
  const versions = holding.map(async ({ name, files }) => [name, await secretVersions(place, files)] as const);
  return Object.fromEntries(await Promise.all(versions));
}

export function servingOf(sight: Sight, component: string): readonly ObservedContainer[] {
  return servingContainers(component, sight.observed, sight.routed.get(component) ?? []);
}

/** Throws Superseded when a later deployment has been at this host. */
export function refuseOvertaken({ host, place }: HostWork, generation: number, { observed }: Sight): void {
  const later = overtakenBy(generation, observed);
  if (later !== undefined) throw new Superseded(host.name, `${place.application} in ${place.environment}`, generation, later);
}

/** Routers know a route by application, environment and component; without a publication it is only named. */
export function routeOf(place: Place, component: string, publish?: Publication): Route {
  const { application, environment } = place;
  const name = { application, environment, component };
  if (publish === undefined) return { ...name, host: '', path: '/' };
  // A port that is none is refused by the router; `pipelineFaults` says so before.
  if (isTcp(publish)) return { ...name, host: '', path: '/', tcp: tcpPortIn(publish, environment) ?? 0 };
  return { ...name, host: publicationHost(publish, place), path: publish.path };
}

/** Where users find a route, for sentences. */
export function addressOf({ host, path, tcp }: Route): string {
  return tcp === undefined ? `${host}${path}` : `port ${tcp}`;
}

/** Whether a component is published through the router, or asked from there how it is. */
export function needsRouter({ run }: DeployableComponent): boolean {
  return run.publish !== undefined || run.health.kind === 'tcp';
}

/** The application's network, and the router where something needs it. */
export async function ensureSurroundings(work: HostWork, isRouted: boolean): Promise<void> {
  const { host, place, installation, signal } = work;
  const network = networkName(place.application, place.environment);
  const labels = { [LABEL.installation]: installation, [LABEL.application]: place.application, [LABEL.environment]: place.environment };
  await host.engine.ensureNetwork(network, labels, { signal });
  if (isRouted) await host.router.ensure(network, { signal });
}
