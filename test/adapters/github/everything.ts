import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ask, createAsk } from '../../../adapters/github/ask.ts';
import { createGitHubCheckRuns } from '../../../adapters/github/check-runs.ts';
import type { GitHubClient } from '../../../adapters/github/client.ts';
import { createGitHubDeployments } from '../../../adapters/github/deployments.ts';
import { createGitHubReads } from '../../../adapters/github/github-reads.ts';
import { createGuardedRuns } from '../../../adapters/github/guarded-runs.ts';
import { convertManifest } from '../../../adapters/github/manifest.ts';
import { knock, readRights } from '../../../adapters/github/permissions.ts';
import type { GitHubReads, HookPlace } from '../../../adapters/github/reads.ts';
import { createGitHubSources } from '../../../adapters/github/source/github-sources.ts';
import { createGitHubStatuses } from '../../../adapters/github/statuses.ts';
import { checkNews } from '../../../domain/check-run.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { APP_PLACE, organizationPlace } from '../../../lab/github/webhooks.ts';
import { ALL_STATES } from '../../domain/stage-states.ts';
import { APP, appClientOf, clientOf, PLACES, SHOP } from './connected.ts';

const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
const REPOSITORY = 'acme/shop';
const signal = new AbortController().signal;
const asking = { signal };
const of = { application: 'shop', commit: SHA, release: 1 };

/** All that Tidegate can ask of a GitHub, once at least, as an App and with a token. `github` is the local one, `url` what stands before it. */
export async function askEverything(github: LocalGitHub, url: string): Promise<void> {
  const at = { ...github, url };
  const client = await appClientOf(at);
  const byToken = await clientOf(at);
  await tellStatuses(client);
  await tellDeployments(client);
  await tellChecks(client);
  const reads = createGitHubReads(createAsk(client));
  await readAll(github, reads);
  await readHooks(github, reads);
  await readSource(at, github, client);
  await answerRun(github, createAsk(client));
  for (const [who, isApp] of [[client, true] as const, [byToken, false] as const]) {
    await knock(who, isApp, signal);
    await readRights(who, SHOP, isApp, signal);
  }
  await convertManifest({ apiUrl: url }, github.agreeToManifest(APP), signal);
}

async function tellStatuses(client: GitHubClient): Promise<void> {
  const statuses = createGitHubStatuses(client, PLACES);
  for (const state of ['pending', 'success', 'failure', 'error'] as const)
    for (const isRepeat of [false, true])
      await statuses.report({ ...of, context: 'tidegate/build', state, description: 'Built' }, { signal, isRepeat });
}

async function tellDeployments(client: GitHubClient): Promise<void> {
  const deployments = createGitHubDeployments(client, PLACES, 'harbour');
  const telling = { signal, isRepeat: true };
  for (const release of [1, 2])
    for (const state of ['in_progress', 'success', 'failure', 'error'] as const) {
      const isServing = state === 'success' ? { isServing: true as const } : {};
      const deployment = `deployment/shop/production/${release}`;
      await deployments.report({ environment: 'production', release, deployment, state, description: state, ...isServing }, of, telling);
    }
  await deployments.report({ environment: 'production', release: 2, state: 'inactive', description: '', returnsTo: 1 }, of, telling);
}

async function tellChecks(client: GitHubClient): Promise<void> {
  const checks = createGitHubCheckRuns(client, PLACES);
  for (const state of ALL_STATES)
    await checks.report(checkNews({ name: 'production', stageKind: 'deploy', state }, of, state.kind), of, { signal, isRepeat: true });
}

async function answerRun(github: LocalGitHub, ask: Ask): Promise<void> {
  const runs = createGuardedRuns(ask, createGitHubReads(ask));
  const guard = { repository: { id: 1_296_269, name: REPOSITORY }, run: 9, environment: 'production', places: [] };
  await github.jobWaits(SHOP, { run: guard.run, environment: guard.environment, sha: SHA });
  const run = await runs.read(guard, asking);
  if (run === undefined) throw new Error('The local GitHub has no run that waits');
  await runs.objectionToReach(guard, run, asking);
  await runs.tell(guard, { comment: 'Tidegate waits' }, asking);
  await runs.tell(guard, { state: 'approved', comment: 'Tidegate lets it through' }, asking);
}

/** A read that the client learns must be asked here, or this does not compile. */
async function readAll(github: LocalGitHub, reads: GitHubReads): Promise<void> {
  const by = { id: 7, login: 'rita' };
  const hookUrl = 'http://127.0.0.1:1/hook';
  github.addHook(SHOP, { url: hookUrl, secret: 'a-secret-of-the-hook', events: ['nothing'] });
  github.keepDelivery(SHOP, { guid: 'guid', event: 'push', payload: { ref: 'refs/heads/main' }, statusCode: 0 });
  await github.push(SHOP, { ref: 'heads/main', sha: SHA, by });
  const comment = await github.comment(SHOP, 5, '/explain', by);
  const since = new Date(0).toISOString();
  const id = (kind: 'deployment' | 'check-run' | 'hook' | 'delivery') => {
    const [first] = github.records(kind, 'acme', 'shop') as readonly { readonly id: number }[];
    return first?.id ?? 0;
  };
  const asked: Readonly<Record<keyof GitHubReads, () => Promise<unknown>>> = {
    repository: () => reads.repository(REPOSITORY, asking),
    commit: () => reads.commit(REPOSITORY, 'heads/main', asking),
    target: () => reads.target(REPOSITORY, 'heads/main', asking),
    compare: () => reads.compare(REPOSITORY, SHA, SHA, asking),
    labels: () => reads.labels(REPOSITORY, SHA, asking),
    pushes: () => reads.pushes(REPOSITORY, 'main', asking),
    appStanding: () => reads.appStanding(REPOSITORY, asking),
    workflowRun: () => reads.workflowRun(REPOSITORY, 1, asking),
    awaited: () => reads.awaited(REPOSITORY, 1, asking),
    checkSuite: () => reads.checkSuite(REPOSITORY, 1, asking),
    release: () => reads.release(REPOSITORY, 1, asking),
    deployment: () => reads.deployment(REPOSITORY, id('deployment'), asking),
    checkRun: () => reads.checkRun(REPOSITORY, id('check-run'), asking),
    comment: () => reads.comment(REPOSITORY, comment, asking),
    react: () => reads.react(REPOSITORY, comment, 'rocket', asking),
    replies: () => reads.replies(REPOSITORY, 5, since, asking),
    reply: () => reads.reply(REPOSITORY, 5, 'It waits', asking),
    hooks: () => reads.hooks(PLACES_OF_HOOKS[0], hookUrl, asking),
    deliveries: () => reads.deliveries(PLACES_OF_HOOKS[0], id('hook'), since, asking),
    payload: () => reads.payload(PLACES_OF_HOOKS[0], id('hook'), String(id('delivery')), asking),
  };
  for (const [what, ask] of Object.entries(asked)) {
    const answer = await ask();
    // What a local GitHub has none of, and what answers with nothing.
    const isNothing = ['workflowRun', 'checkSuite', 'release', 'react', 'reply'].includes(what);
    if ((answer === undefined) !== isNothing) throw new Error(`${what} was answered with ${JSON.stringify(answer)}`);
  }
}

const PLACES_OF_HOOKS = [
  { kind: 'repository', repository: REPOSITORY },
  { kind: 'organization', repository: REPOSITORY },
  { kind: 'app', repository: REPOSITORY },
] as const satisfies readonly HookPlace[];

/** Webhooks of an organisation and of the App, as those of a repository. */
async function readHooks(github: LocalGitHub, reads: GitHubReads): Promise<void> {
  const url = 'http://127.0.0.1:1/elsewhere';
  const app = github.app();
  app.permissions = { ...app.permissions, organization_hooks: 'read' };
  for (const [index, place] of [organizationPlace('acme'), APP_PLACE].entries()) {
    const of = PLACES_OF_HOOKS[index + 1] ?? PLACES_OF_HOOKS[0];
    github.addHook(place, { url, secret: 'a-secret-of-the-hook', events: ['nothing'] });
    github.keepDelivery(place, { guid: `guid ${index}`, event: 'push', payload: { ref: 'refs/heads/main' }, statusCode: 0 });
    const [hook = 0] = await reads.hooks(of, url, asking);
    const [delivery] = (await reads.deliveries(of, hook, new Date(0).toISOString(), asking)).deliveries;
    if ((await reads.payload(of, hook, delivery?.id ?? '', asking)) === undefined) throw new Error(`${of.kind} has no delivery`);
  }
}

/** Sources through the API: of a repository on this machine, which the local GitHub shows from then on. */
async function readSource(at: LocalGitHub, github: LocalGitHub, client: GitHubClient): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-everything-'));
  try {
    const git = (...words: string[]) => execFileSync('git', words, { cwd: directory, encoding: 'utf8' });
    git('init', '--quiet', '--initial-branch', 'main');
    for (const message of ['first', 'second']) {
      writeFileSync(join(directory, 'tidegate.yaml'), message);
      git('add', '.');
      git('-c', 'user.name=Ana', '-c', 'user.email=ana@shop.example', 'commit', '--quiet', '--message', message);
    }
    const [second = '', first = ''] = git('log', '--format=%H').split('\n');
    github.showGit(SHOP, directory);
    const sources = createGitHubSources({ client, apiUrl: github.url, repositories: { shop: REPOSITORY } });
    if ((await sources.resolve('shop', 'main', asking)) !== second) throw new Error('main is another commit');
    // Prism breaks at what is no JSON, and follows redirects itself: both requests have arrived by then.
    const answered = <Answer>(answer: Promise<Answer>) => (at.url === github.url ? answer : answer.catch(() => undefined));
    const file = await answered(sources.file('shop', second, 'tidegate.yaml', asking));
    if (file !== undefined && file !== 'second') throw new Error('the file is another one');
    await sources.exists('shop', second, 'tidegate.yaml', asking);
    for (const since of [first, undefined]) await sources.authors('shop', second, since, asking);
    // No branch leads to it, so that the heads of all are asked for.
    await sources.leadsTo('shop', 'f'.repeat(40), [], asking);
    const archive = await answered(sources.archive('shop', second, asking));
    for await (const _chunk of archive?.tar ?? []);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
