import type { DemoDocument, Digests, ReleaseFacts, StageFacts } from './document.ts';

/** What the story must come to. */
export interface Expectation {
  readonly components: readonly string[];
  /** Stages in their order; the last one is production. */
  readonly stages: readonly string[];
  /** Hosts of the production environment. */
  readonly productionHosts: readonly string[];
}

interface ExpectedRelease {
  readonly version: string;
  readonly outcome: 'promoted' | 'rolled back';
  readonly exitCode: number;
}

const STORY: readonly ExpectedRelease[] = [
  { version: '1', outcome: 'promoted', exitCode: 0 },
  { version: '2', outcome: 'promoted', exitCode: 0 },
  { version: '3', outcome: 'rolled back', exitCode: 1 },
];
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Everything in which the facts are otherwise than the story promises, a sentence each; none when all is well. */
export function judge(document: DemoDocument, expectation: Expectation): string[] {
  const surplus = document.releases.filter((release) => !STORY.some((expected) => expected.version === release.version));
  return [
    ...STORY.flatMap((expected) => releaseFaults(document.releases, expected, expectation)),
    ...surplus.map((release) => `There is a release of version ${release.version} that nobody made`),
    ...sameVersionFaults(document.releases),
    ...rollbackFaults(document, expectation),
    ...requestFaults(document),
  ];
}

function releaseFaults(releases: readonly ReleaseFacts[], expected: ExpectedRelease, expectation: Expectation): string[] {
  const found = releases.filter((release) => release.version === expected.version);
  const [release] = found;
  if (release === undefined || found.length > 1) return [`Version ${expected.version} has ${found.length} releases instead of one`];
  const faults = [
    ...unless(release.outcome === expected.outcome, `is ${release.outcome} instead of ${expected.outcome}`),
    ...unless(release.exitCode === expected.exitCode, `was reported with exit code ${release.exitCode} instead of ${expected.exitCode}`),
    ...unless(release.said.includes(expected.outcome), `was reported as '${release.said}', which does not say ${expected.outcome}`),
    ...stageFaults(release, expected, expectation),
    ...statusFaults(release, expected, expectation),
  ];
  return faults.map((fault) => `Version ${expected.version} ${fault}`);
}

function stageFaults(release: ReleaseFacts, expected: ExpectedRelease, { stages, components, productionHosts }: Expectation): string[] {
  const names = release.stages.map((stage) => stage.name);
  if (names.join() !== stages.join()) return [`went through ${names.join(', ') || 'no stage'} instead of ${stages.join(', ')}`];
  const [built] = release.stages;
  return release.stages.flatMap((stage, index) => {
    const last = index === stages.length - 1;
    const outcome = last && expected.outcome === 'rolled back' ? 'rolled back' : 'passed';
    // A deployment that fails on its first batch never reaches the others.
    const hosts = last && outcome === 'passed' ? productionHosts : [];
    return [
      ...unless(stage.outcome === outcome, `has ${stage.outcome} ${stage.name} instead of ${outcome} it`),
      ...unless(stage.milliseconds > 0, `took no time for ${stage.name}`),
      ...hosts.filter((host) => !(host in stage.hosts)).map((host) => `was not seen on ${host} in ${stage.name}`),
      ...digestFaults(stage, components, built?.digests ?? {}),
    ];
  });
}

function digestFaults(stage: StageFacts, components: readonly string[], built: Digests): string[] {
  const places: readonly (readonly [string, Digests])[] = [[stage.name, stage.digests], ...Object.entries(stage.hosts)];
  return places.flatMap(([place, digests]) =>
    components.flatMap((component) => {
      const digest = digests[component];
      if (digest === undefined || !DIGEST.test(digest)) return [`has no digest of ${component} in ${stage.name} (${place})`];
      return unless(digest === built[component], `ran ${digest} of ${component} in ${stage.name} (${place}) and built ${built[component]}`);
    }),
  );
}

function statusFaults(release: ReleaseFacts, expected: ExpectedRelease, { stages }: Expectation): string[] {
  return stages.flatMap((stage, index) => {
    const context = `tidegate/${stage}`;
    const told = release.statuses.filter((status) => status.context === context);
    const latest = told.at(-1);
    if (latest === undefined) return [`left GitHub without a status of ${context}`];
    if (index < stages.length - 1 || expected.outcome === 'promoted')
      return unless(latest.state === 'success', `is ${latest.state} at GitHub in ${context} instead of success`);
    return [
      ...unless(latest.state === 'failure', `is ${latest.state} at GitHub in ${context} instead of failure`),
      ...unless(latest.description.startsWith('Rolled back'), `is described at GitHub as '${latest.description}', not as rolled back`),
      ...unless(!told.some((status) => status.state === 'success'), `was once called a success at GitHub in ${context}`),
    ];
  });
}

/** Two versions that are the same bytes would prove nothing. */
function sameVersionFaults(releases: readonly ReleaseFacts[]): string[] {
  const images = releases.map((release) => JSON.stringify(release.stages[0]?.digests ?? {}));
  return new Set(images).size === images.length ? [] : ['Two versions have the same digests'];
}

function rollbackFaults({ releases, rollback }: DemoDocument, { productionHosts, components }: Expectation): string[] {
  const wanted = releases.find((release) => release.version === '1')?.stages[0]?.digests ?? {};
  const hosts = Object.keys(rollback.hosts);
  return [
    ...unless(rollback.exitCode === 0, `The rollback ended with exit code ${rollback.exitCode} instead of 0`),
    ...unless(rollback.to === '1', `The rollback led to version ${rollback.to} instead of 1`),
    ...productionHosts.filter((host) => !hosts.includes(host)).map((host) => `${host} was not seen after the rollback`),
    ...Object.entries(rollback.hosts).flatMap(([host, digests]) =>
      components
        .filter((component) => digests[component] === undefined || digests[component] !== wanted[component])
        .map((component) => `${host} runs ${digests[component] ?? 'no'} ${component} after the rollback instead of ${wanted[component]}`),
    ),
  ];
}

function requestFaults({ requests }: DemoDocument): string[] {
  const { sent, lost, byVersion, errors } = requests;
  const answered = Object.values(byVersion).reduce((sum, count) => sum + count, 0);
  return [
    ...unless(sent > 0, 'No request was sent'),
    ...unless(lost === 0, `${lost} of ${sent} requests were lost: ${errors.join('; ')}`),
    ...unless(answered === sent, `${sent} requests were sent and ${answered} answered`),
    ...['1', '2'].filter((version) => !byVersion[version]).map((version) => `No request was answered by version ${version}`),
    ...Object.keys(byVersion)
      .filter((version) => version !== '1' && version !== '2')
      .map((version) => `${byVersion[version]} requests were answered by version ${version}, which never served`),
  ];
}

function unless(holds: boolean, fault: string): string[] {
  return holds ? [] : [fault];
}
