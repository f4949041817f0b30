import { describe, expect, it } from '@jest/globals';
import { answersByVersion, type DemoDocument, type ReleaseFacts, stageFacts } from '../../demo/report/document.ts';
import { type Expectation, judge } from '../../demo/report/judge.ts';
import { closingTable } from '../../demo/report/table.ts';

const EXPECTATION: Expectation = {
  components: ['web', 'worker'],
  stages: ['build', 'test', 'staging', 'production'],
  productionHosts: ['production-1', 'production-2'],
};
const PLACES: Readonly<Record<string, readonly string[]>> = {
  build: ['registry'],
  test: ['staging-1'],
  staging: ['staging-1'],
  production: ['production-1', 'production-2'],
};

function digestsOf(version: string) {
  return { web: `sha256:${version.repeat(64)}`, worker: `sha256:${version.repeat(63)}a` };
}

function release(version: string, ending: 'promoted' | 'rolled back'): ReleaseFacts {
  const isBack = ending === 'rolled back';
  const stages = EXPECTATION.stages.map((name) => {
    const kind = isBack && name === 'production' ? 'rolled-back' : 'passed';
    return stageFacts(
      { name, kind, milliseconds: 900 },
      Object.fromEntries((PLACES[name] ?? []).map((host) => [host, digestsOf(version)])),
    );
  });
  const statuses = stages.flatMap(({ name, outcome }) => [
    { context: `tidegate/${name}`, state: 'pending', description: 'Deploying' },
    outcome === 'passed'
      ? { context: `tidegate/${name}`, state: 'success', description: 'Passed' }
      : { context: `tidegate/${name}`, state: 'failure', description: 'Rolled back to release 2: web never got healthy' },
  ]);
  const said = `shop#${version} ${ending}`;
  const commit = version.repeat(40);
  return { version, release: Number(version), commit, outcome: ending, exitCode: isBack ? 1 : 0, said, stages, statuses };
}

function trueStory(): DemoDocument {
  return {
    releases: [release('1', 'promoted'), release('2', 'promoted'), release('3', 'rolled back')],
    rollback: {
      environment: 'production',
      from: '2',
      to: '1',
      exitCode: 0,
      milliseconds: 400,
      hosts: { 'production-1': digestsOf('1'), 'production-2': digestsOf('1') },
    },
    requests: { sent: 1_000, lost: 0, byVersion: { '1': 400, '2': 600 }, errors: [] },
    milliseconds: 90_000,
  };
}

/** The story with one release told otherwise. */
function withRelease(version: string, change: (release: ReleaseFacts) => ReleaseFacts): DemoDocument {
  const story = trueStory();
  return { ...story, releases: story.releases.map((found) => (found.version === version ? change(found) : found)) };
}

function withStage(version: string, name: string, change: Partial<ReleaseFacts['stages'][number]>): DemoDocument {
  return withRelease(version, (found) => ({
    ...found,
    stages: found.stages.map((stage) => (stage.name === name ? { ...stage, ...change } : stage)),
  }));
}

function withLastStatus(version: string, change: Partial<ReleaseFacts['statuses'][number]>): DemoDocument {
  return withRelease(version, (found) => ({
    ...found,
    statuses: found.statuses.map((status, index, all) => (index === all.length - 1 ? { ...status, ...change } : status)),
  }));
}

function faultsOf(document: DemoDocument): string {
  return judge(document, EXPECTATION).join('\n');
}

describe('the judge of the demo', () => {
  it('finds nothing in a story that came true', () => {
    expect(judge(trueStory(), EXPECTATION)).toEqual([]);
  });

  it('accepts that a rolled back version was seen on the first host alone, as it never reached the others', () => {
    const seen = { 'production-1': digestsOf('3') };
    expect(faultsOf(withStage('3', 'production', { hosts: seen, digests: digestsOf('3') }))).toBe('');
  });

  it('refuses lost requests and says how they were lost', () => {
    const story = trueStory();
    const lost = { ...story, requests: { ...story.requests, lost: 2, errors: ['read ECONNRESET'] } };
    expect(faultsOf(lost)).toContain('2 of 1000 requests were lost: read ECONNRESET');
  });

  it('refuses requests that nobody answered, and a story without requests', () => {
    const story = trueStory();
    expect(faultsOf({ ...story, requests: { ...story.requests, byVersion: { '1': 400, '2': 599 } } })).toContain('1000 requests were sent');
    expect(faultsOf({ ...story, requests: { sent: 0, lost: 0, byVersion: {}, errors: [] } })).toContain('No request was sent');
  });

  it('refuses answers of the version that failed, and of nobody', () => {
    const story = trueStory();
    const answered = { ...story.requests, byVersion: { '1': 400, '2': 598, '3': 1, unknown: 1 } };
    const faults = faultsOf({ ...story, requests: answered });
    expect(faults).toContain('1 requests were answered by version 3, which never served');
    expect(faults).toContain('by version unknown');
  });

  it.each(EXPECTATION.stages)('refuses another digest in %s', (stage) => {
    const other = { ...digestsOf('2'), worker: `sha256:${'9'.repeat(64)}` };
    expect(faultsOf(withStage('2', stage, { digests: other }))).toMatch(/Version 2 ran sha256:\w+ of worker in \w+/);
  });

  it('refuses another digest on one host of several', () => {
    const hosts = { 'production-1': digestsOf('2'), 'production-2': digestsOf('1') };
    expect(faultsOf(withStage('2', 'production', { hosts }))).toContain('in production (production-2)');
  });

  it('refuses a stage whose digests nobody has seen, and what is no digest', () => {
    expect(faultsOf(withStage('1', 'test', { digests: {}, hosts: {} }))).toContain('has no digest of web in test');
    expect(faultsOf(withStage('1', 'test', { digests: { web: 'latest', worker: 'latest' } }))).toContain('has no digest of web in test');
  });

  it('refuses a promotion that was not seen on every production host', () => {
    const hosts = { 'production-1': digestsOf('2') };
    expect(faultsOf(withStage('2', 'production', { hosts }))).toContain('was not seen on production-2');
  });

  it('refuses a rollback that is reported as success, by whomever', () => {
    expect(faultsOf(withRelease('3', (found) => ({ ...found, outcome: 'promoted' })))).toContain('is promoted instead of rolled back');
    expect(faultsOf(withRelease('3', (found) => ({ ...found, exitCode: 0 })))).toContain('exit code 0 instead of 1');
    expect(faultsOf(withRelease('3', (found) => ({ ...found, said: 'shop#3 promoted' })))).toContain('does not say rolled back');
    expect(faultsOf(withStage('3', 'production', { outcome: 'passed' }))).toContain('has passed production instead of rolled back');
    expect(faultsOf(withLastStatus('3', { state: 'success' }))).toContain('is success at GitHub');
    expect(faultsOf(withLastStatus('3', { description: 'Failed' }))).toContain("is described at GitHub as 'Failed'");
  });

  it('refuses a success that GitHub was told before it learnt better', () => {
    const early = { context: 'tidegate/production', state: 'success', description: 'Passed' };
    const told = withRelease('3', (found) => ({ ...found, statuses: [early, ...found.statuses] }));
    expect(faultsOf(told)).toContain('was once called a success');
  });

  it('refuses a missing status and one that stays pending', () => {
    const without = withRelease('1', (found) => ({
      ...found,
      statuses: found.statuses.filter(({ context }) => context !== 'tidegate/test'),
    }));
    expect(faultsOf(without)).toContain('left GitHub without a status of tidegate/test');
    expect(faultsOf(withLastStatus('2', { state: 'pending' }))).toContain('is pending at GitHub in tidegate/production instead of success');
  });

  it('refuses stages that are missing or in another order', () => {
    const reversed = withRelease('1', (found) => ({ ...found, stages: [...found.stages].reverse() }));
    expect(faultsOf(reversed)).toContain('went through production, staging, test, build');
    expect(faultsOf(withRelease('1', (found) => ({ ...found, stages: [] })))).toContain('went through no stage');
  });

  it('refuses releases that are missing, there twice or too many', () => {
    const story = trueStory();
    expect(faultsOf({ ...story, releases: story.releases.slice(0, 2) })).toContain('Version 3 has 0 releases');
    expect(faultsOf({ ...story, releases: [...story.releases, release('2', 'promoted')] })).toContain('Version 2 has 2 releases');
    expect(faultsOf({ ...story, releases: [...story.releases, release('4', 'promoted')] })).toContain('version 4 that nobody made');
  });

  it('refuses two versions of the same bytes, which would prove nothing', () => {
    const { stages } = release('1', 'promoted');
    expect(faultsOf(withRelease('2', (found) => ({ ...found, stages })))).toContain('Two versions have the same digests');
  });

  it('refuses a return by hand that failed, led elsewhere or left a host behind', () => {
    const story = trueStory();
    const rollback = (change: Partial<DemoDocument['rollback']>) => faultsOf({ ...story, rollback: { ...story.rollback, ...change } });
    expect(rollback({ exitCode: 1 })).toContain('exit code 1 instead of 0');
    expect(rollback({ to: '2' })).toContain('led to version 2');
    expect(rollback({ hosts: { 'production-1': digestsOf('1') } })).toContain('production-2 was not seen');
    expect(rollback({ hosts: { 'production-1': digestsOf('2'), 'production-2': digestsOf('1') } })).toContain('production-1 runs sha256:2');
    expect(rollback({ hosts: { 'production-1': {}, 'production-2': digestsOf('1') } })).toContain('production-1 runs no web');
  });

  it('holds a site of one host to that one host', () => {
    const single = { ...EXPECTATION, productionHosts: ['local'] };
    expect(judge(trueStory(), single).join('\n')).toContain('was not seen on local');
  });
});

describe('the facts of the demo', () => {
  it('names a stage by what the first host runs, and keeps what each host runs', () => {
    const seen = { 'production-1': { web: 'sha256:a' }, 'production-2': { web: 'sha256:b' } };
    const facts = stageFacts({ name: 'production', kind: 'rolled-back', milliseconds: 3 }, seen);
    expect(facts).toEqual({ name: 'production', outcome: 'rolled back', digests: { web: 'sha256:a' }, hosts: seen, milliseconds: 3 });
  });

  it('counts answers by version over all deployments of it, and keeps apart those of unknown origin', () => {
    const versions = { 'deployment/shop/production/1': '1', 'deployment/shop/production/4': '1', 'deployment/shop/production/2': '2' };
    const identities = { 'deployment/shop/production/1': 3, 'deployment/shop/production/4': 4, 'deployment/shop/production/2': 5, none: 6 };
    expect(answersByVersion(identities, versions)).toEqual({ '1': 7, '2': 5, unknown: 6 });
  });
});

describe('the closing table', () => {
  it('says of each version how it ended, what ran, what users lost and what GitHub was told last', () => {
    const table = closingTable(trueStory());
    expect(table).toMatch(/version 3 +rolled back +commit 333333333333/);
    expect(table).toMatch(/production +rolled back +900 ms +web sha256:333333333333/);
    expect(table).toMatch(/version 2 +rolled back to 1 by hand/);
    expect(table).toMatch(/lost or reset +0/);
    expect(table).toMatch(/tidegate\/production +failure +Rolled back to release 2/);
    expect(table).not.toContain('pending');
  });
});
