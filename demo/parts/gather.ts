import { z } from 'zod';
import { until } from '../../lab/until.ts';
import { type Digests, type ReleaseFacts, type StageFacts, type StatusFacts, stageFacts, wordOf } from '../report/document.ts';
import type { ApplicationVersion } from '../repository.ts';
import type { Site } from '../site/site.ts';
import type { CommandLine, CommandResult } from './command-line.ts';
import { type GitHubPlace, readStatuses } from './github.ts';
import { builtDigests } from './registry.ts';
import type { SeenContainer, Witness } from './witness.ts';

/** Where facts come from: the hosts, the registry and GitHub themselves, and Tidegate for what it says of itself. */
export interface Sources {
  readonly site: Site;
  readonly cli: CommandLine;
  readonly witness: Witness;
  readonly github: GitHubPlace;
  readonly commits: Readonly<Record<ApplicationVersion, string>>;
  /** Component to repository. */
  readonly repositories: Readonly<Record<string, string>>;
}

type ByHost = Readonly<Record<string, Digests>>;

/** GitHub is told beside the work, not before it. */
const STATUSES_MS = 30_000;

const stageStatus = z.object({
  name: z.string(),
  stageKind: z.string(),
  environment: z.string().optional(),
  state: z.object({ kind: z.string(), milliseconds: z.number().default(0) }),
});
const releaseStatus = z.object({ state: z.string(), release: z.object({ number: z.number() }), stages: z.array(stageStatus) });
type StageStatus = z.output<typeof stageStatus>;

/** Everything about a release that has come to its end. */
export async function gatherRelease(sources: Sources, version: ApplicationVersion, watched: CommandResult): Promise<ReleaseFacts> {
  const commit = sources.commits[version];
  const { state, release, stages } = releaseStatus.parse(await sources.cli.ask('dev', ['status', `shop#${version}`]));
  const facts: StageFacts[] = [];
  for (const stage of stages) {
    const { kind, milliseconds } = stage.state;
    facts.push(stageFacts({ name: stage.name, kind, milliseconds }, await digestsOf(sources, version, stage)));
  }
  return {
    version,
    release: release.number,
    commit,
    outcome: wordOf(state),
    exitCode: watched.exitCode,
    said: outcomeLine(watched.output, version),
    stages: facts,
    statuses: await finalStatuses(
      sources,
      commit,
      stages.map((stage) => stage.name),
    ),
  };
}

async function digestsOf(sources: Sources, version: ApplicationVersion, stage: StageStatus): Promise<ByHost> {
  if (stage.stageKind === 'build')
    return { registry: await builtDigests(sources.site.registry, sources.repositories, sources.commits[version]) };
  if (stage.stageKind === 'test') return seenIn(sources, version, 'test');
  if (stage.environment === undefined) return {};
  // What was rolled back runs no more; it was seen while it did.
  return stage.state.kind === 'passed' ? hostsRunning(sources, stage.environment, version) : seenIn(sources, version, stage.environment);
}

/** What a release runs on the hosts of an environment now. */
export async function hostsRunning({ site, witness }: Sources, environment: string, version: ApplicationVersion): Promise<ByHost> {
  const seen = await Promise.all(site.hosts.map((host) => witness.running(host.name)));
  return byHost(seen.flat().filter((container) => container.release === version && container.environment === environment));
}

/** What of a release was seen to start in an environment, or in its tests. */
export async function seenIn({ witness }: Sources, version: ApplicationVersion, place: string): Promise<ByHost> {
  const seen = await witness.started();
  return byHost(seen.filter((container) => container.release === version && placeOf(container) === place));
}

function placeOf({ role, environment }: SeenContainer): string | undefined {
  return role === 'test' || role === 'companion' ? 'test' : environment;
}

/** Two digests of one component on one host are both told, and are no digest any more. */
function byHost(containers: readonly SeenContainer[]): ByHost {
  const hosts: Record<string, Record<string, string>> = {};
  const inOrder = [...containers].sort((a, b) => `${a.host} ${a.component}`.localeCompare(`${b.host} ${b.component}`));
  for (const { host, component, digest } of inOrder) {
    const digests = hosts[host] ?? {};
    const known = digests[component];
    hosts[host] = { ...digests, [component]: known === undefined || known === digest ? digest : `${known} and ${digest}` };
  }
  return hosts;
}

/** Each deployment that was seen, to the version that it brought. */
export async function versionsOf({ witness }: Sources): Promise<Readonly<Record<string, string>>> {
  const seen = await witness.started();
  return Object.fromEntries(seen.flatMap(({ deployment, release }) => (deployment === undefined ? [] : [[deployment, release]])));
}

/** How `tidegate watch` sums up: its lines on single stages have two blanks after the release. */
function outcomeLine(output: string, version: string): string {
  const start = `shop#${version} `;
  return output.split('\n').findLast((line) => line.startsWith(start) && line[start.length] !== ' ') ?? '';
}

/** What GitHub was told, once it knows how each stage ended; after half a minute, what it knows. */
async function finalStatuses({ github }: Sources, commit: string, stages: readonly string[]): Promise<StatusFacts[]> {
  let statuses: StatusFacts[] = [];
  const isWhole = async () => {
    statuses = await readStatuses(github, commit);
    return stages.every((stage) => {
      const latest = statuses.findLast(({ context }) => context === `tidegate/${stage}`);
      return latest !== undefined && latest.state !== 'pending';
    });
  };
  // The judge names what is missing better than a timeout does.
  await until('GitHub to know of every stage', STATUSES_MS, isWhole).catch(() => undefined);
  return statuses;
}
