import { shortDigest } from '../domain/digest.ts';
import type { CommandLine } from './parts/command-line.ts';
import { gatherRelease, hostsRunning, type Sources, seenIn, versionsOf } from './parts/gather.ts';
import { builtDigests } from './parts/registry.ts';
import { Traffic } from './parts/traffic.ts';
import type { Digests, ReleaseFacts, RequestFacts, RollbackFacts } from './report/document.ts';
import type { Expectation } from './report/judge.ts';
import type { ApplicationVersion } from './repository.ts';
import { hostOf, type Site } from './site/site.ts';
import type { Teller } from './telling/teller.ts';

/** All that the story is told with. */
export interface Cast extends Sources {
  readonly commits: Readonly<Record<ApplicationVersion, string>>;
  readonly teller: Teller;
}

export interface Told {
  readonly releases: readonly ReleaseFacts[];
  readonly rollback: RollbackFacts;
  readonly requests: RequestFacts;
}

/** What pipeline.yaml of the demo's application says. */
const STAGES = ['build', 'test', 'staging', 'production'];
export const REPOSITORIES = { web: 'shop/web', worker: 'shop/worker' };
const PRODUCTION_NAME = 'shop.production.localhost';
/** `tidegate watch --no-wait` at a gate. */
const WAITING = 5;
const ROLLED_BACK = 1;
/** Traffic before and after a change, so that the change happens under it. */
const CALM_MS = 1_000;

/** What the story must come to on this site. */
export function expectationOf(site: Site): Expectation {
  return { components: Object.keys(REPOSITORIES), stages: STAGES, productionHosts: site.production };
}

/** Steps 2 to 8. Throws CommandUnexpected where a command of Tidegate's ends otherwise than the story needs. */
export async function tellStory(cast: Cast): Promise<Told> {
  const first = await tellFirstRelease(cast);
  const traffic = new Traffic(
    cast.site.production.map((name) => hostOf(cast.site, name)),
    PRODUCTION_NAME,
  );
  try {
    const second = await tellSecondRelease(cast, traffic);
    const third = await tellThirdRelease(cast, traffic);
    const rollback = await tellRollback(cast);
    await pause();
    const requests = await traffic.stop(await versionsOf(cast));
    cast.teller.fact(`${requests.sent} requests since step 6, ${requests.lost} lost`);
    return { releases: [first, second, third], rollback, requests };
  } finally {
    await traffic.stop({});
  }
}

async function tellFirstRelease(cast: Cast): Promise<ReleaseFacts> {
  const { teller, cli, site } = cast;
  teller.begin('Version 1 is built from its commit, and from now on it is its digests');
  await createRelease(cast, '1');
  await cli.type('dev', ['watch', 'shop#1', '--until', 'build']);
  tellDigests(teller, `registry ${site.registry}`, await builtDigests(site.registry, REPOSITORIES, cast.commits['1']));
  teller.begin("Test: the application's own tests, in a container from that digest, beside a companion");
  await cli.type('dev', ['watch', 'shop#1', '--until', 'test']);
  tellHosts(teller, await seenIn(cast, '1', 'test'));
  teller.begin('Staging: deploy, health-check, verify through the router');
  await cli.type('dev', ['watch', 'shop#1', '--until', 'staging']);
  tellHosts(teller, await hostsRunning(cast, 'staging', '1'));
  teller.begin('Production waits at its gate; rita approves; one host after the other');
  return gatherRelease(cast, '1', await throughTheGate(cast, '1', 0));
}

async function tellSecondRelease(cast: Cast, traffic: Traffic): Promise<ReleaseFacts> {
  cast.teller.begin('Version 2, with steady traffic to production on every host');
  await createRelease(cast, '2');
  const release = await gatherRelease(cast, '2', await throughTheGate(cast, '2', 0));
  await pause();
  cast.teller.fact(`${traffic.sent} requests sent so far`);
  return release;
}

async function tellThirdRelease(cast: Cast, traffic: Traffic): Promise<ReleaseFacts> {
  cast.teller.begin('Version 3 is healthy in staging and not in production: it goes back by itself, and version 2 serves throughout');
  await createRelease(cast, '3');
  const release = await gatherRelease(cast, '3', await throughTheGate(cast, '3', ROLLED_BACK));
  cast.teller.fact(`exit code ${release.exitCode}; GitHub: ${release.statuses.at(-1)?.description ?? 'nothing'}`);
  cast.teller.fact(`${traffic.sent} requests sent so far`);
  return release;
}

async function tellRollback(cast: Cast): Promise<RollbackFacts> {
  const { teller, cli, site } = cast;
  teller.begin('Back to version 1 by hand');
  const words = ['rollback', 'shop', '--environment', 'production', '--to', '1', '--reason', 'the new prices were announced too early'];
  const { exitCode, milliseconds } = await cli.type('rita', words);
  const hosts = await hostsRunning(cast, 'production', '1');
  tellHosts(teller, hosts);
  return { environment: 'production', from: '2', to: '1', exitCode, milliseconds, hosts: inOrder(hosts, site.production) };
}

async function createRelease({ cli, commits }: Cast, version: ApplicationVersion): Promise<void> {
  await cli.type('dev', ['release', 'create', 'shop', '--commit', commits[version]]);
}

/** Follows a release to production's gate, opens it as the release manager, and follows it to its end. */
async function throughTheGate({ cli }: { readonly cli: CommandLine }, version: ApplicationVersion, exitCode: number) {
  const release = `shop#${version}`;
  await cli.type('rita', ['watch', release, '--no-wait'], WAITING);
  await cli.type('rita', ['approve', release, '--stage', 'production', '--comment', 'seen in staging']);
  return cli.type('rita', ['watch', release], exitCode);
}

function tellHosts(teller: Teller, hosts: Readonly<Record<string, Digests>>): void {
  for (const [host, digests] of Object.entries(hosts)) tellDigests(teller, host, digests);
}

function tellDigests(teller: Teller, place: string, digests: Digests): void {
  const seen = Object.entries(digests).map(([component, digest]) => `${component} ${shortDigest(digest)}`);
  teller.fact(`seen on ${place}: ${seen.join(', ')}`);
}

function inOrder(hosts: Readonly<Record<string, Digests>>, names: readonly string[]): Readonly<Record<string, Digests>> {
  return Object.fromEntries(names.flatMap((name) => (hosts[name] === undefined ? [] : [[name, hosts[name]]])));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, CALM_MS));
}
