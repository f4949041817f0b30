import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deploymentsInOrder } from '../../../activities/github/details-in-order.ts';
import { GitHubRefused, GitHubUnavailable } from '../../../activities/github/errors.ts';
import type { DeploymentReports } from '../../../activities/github.ts';
import { createGitHubDeployments } from '../../../adapters/github/deployments.ts';
import { openWords, type Words } from '../../../adapters/ledger/words/open-words.ts';
import type { DeploymentNews } from '../../../domain/deployment-news.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { until } from '../../../lab/until.ts';
import { clientOf, PLACES, startGitHub } from './connected.ts';

const TEN_MINUTES = 600_000;

type Fate = 'taken' | 'refused' | 'lost';

/** An environment as it goes on, what is told of it, and a GitHub that is told. */
class Shown {
  readonly fates: Fate[] = [];
  /** Requests of a state arrive when this is over. */
  readonly held = new Map<DeploymentNews['state'], Promise<void>>();
  readonly #reports: DeploymentReports;

  private constructor(
    readonly github: LocalGitHub,
    private readonly words: Words,
    private readonly clock: { now: number },
    real: DeploymentReports,
  ) {
    const unsure: DeploymentReports = {
      report: async (news, of, telling) => {
        const fate = this.fates.shift();
        await this.held.get(news.state);
        if (fate === 'refused') throw new GitHubRefused('no right to write it');
        await real.report(news, of, telling);
        if (fate === 'lost') throw new GitHubUnavailable('the answer was lost');
      },
    };
    this.#reports = deploymentsInOrder(unsure, words.deployments);
  }

  static async begin(folder: string): Promise<Shown> {
    const github = await startGitHub();
    const real = createGitHubDeployments(await clientOf(github), PLACES, 'harbour');
    const clock = { now: Date.parse('2026-03-02T09:30:00Z') };
    const words = await openWords({ file: join(folder, 'github.db'), now: () => clock.now });
    return new Shown(github, words, clock, real);
  }

  /** As the activity does for a release: again until GitHub took it or refused it. */
  async tell(news: DeploymentNews): Promise<void> {
    const commit = news.state === 'inactive' ? '' : String(news.release).padStart(40, 'a');
    for (let isRepeat = false; ; isRepeat = true) {
      const telling = { signal: new AbortController().signal, isRepeat };
      const isDone = await this.#reports.report(news, { application: 'shop', commit }, telling).then(
        () => true,
        (error: unknown) => error instanceof GitHubRefused,
      );
      if (isDone) return;
    }
  }

  /** Ten minutes later something else of the application is told. */
  async tellElsewhere(): Promise<void> {
    this.clock.now += TEN_MINUTES;
    await this.tell({
      environment: 'staging',
      release: 99,
      deployment: 'deployment/shop/staging/99',
      state: 'in_progress',
      description: '',
    });
  }

  /** The release of the word that decides what serves. */
  async rules(): Promise<number | undefined> {
    const any = { application: 'shop', commit: '', context: '', of: { application: 'shop', commit: '' } };
    return (await this.words.deployments.ruler({ ...any, news: left(0, 0, 0) }))?.news.news.release;
  }

  /** What each deployment of production was told, by its generation, oldest first. */
  told(): Record<number, string[]> {
    const statuses = this.github.records('deployment-status', 'acme', 'shop');
    const made = this.github.records('deployment', 'acme', 'shop').filter(({ environment }) => environment === 'production');
    return Object.fromEntries(
      made.map(({ id, payload }) => [
        Number((payload as { deployment: string }).deployment.split('/').at(-1)),
        statuses.filter(({ deployment }) => deployment === id).map(({ state }) => state),
      ]),
    );
  }

  /** The releases whose deployment is shown as the one that serves. */
  serving(): number[] {
    const active = Object.entries(this.told()).flatMap(([generation, states]) => (states.at(-1) === 'success' ? [Number(generation)] : []));
    const made = this.github
      .records('deployment', 'acme', 'shop')
      .map(({ payload }) => payload as { tidegate: string; deployment: string });
    return active.map((generation) => {
      const own = made.find(({ deployment }) => deployment === `deployment/shop/production/${generation}`);
      return Number(own?.tidegate.split('/')[1]);
    });
  }

  async end(): Promise<void> {
    this.words.close();
    await this.github.stop();
  }
}

function news(release: number, generation: number, state: DeploymentNews['state'], more: Partial<DeploymentNews> = {}): DeploymentNews {
  const deployment = `deployment/shop/production/${generation}`;
  const isServing = state === 'success' ? ({ isServing: true } as const) : {};
  return { environment: 'production', release, deployment, state, description: `is ${state}`, ...isServing, ...more };
}
const left = (release: number, generation: number, returnsTo: number) => news(release, generation, 'inactive', { returnsTo });

/** What happens to the environment next: a release is promoted and serves or fails, or it goes back to one that served. */
const step = fc.record({ kind: fc.constantFrom('new', 'new', 'again', 'fails', 'back', 'back'), which: fc.nat(5) });

/** Lanes whose news are told in order, each beside the others; and the release that serves in the end. */
function storyOf(steps: readonly { readonly kind: string; readonly which: number }[]) {
  const lanes: DeploymentNews[][] = [];
  const served: number[] = [];
  let [current, newest] = [{ release: 0, generation: 0 }, 0];
  for (const [index, { kind, which }] of steps.entries()) {
    const generation = index + 1;
    const known = [...new Set(served)].filter((release) => release !== current.release);
    const chosen = known[which % Math.max(known.length, 1)];
    if (kind === 'back' && chosen !== undefined) {
      lanes.push([left(current.release, current.generation, chosen)]);
      current = { release: chosen, generation };
      continue;
    }
    const release = kind === 'again' && chosen !== undefined ? chosen : ++newest;
    const outcome = kind === 'fails' ? 'failure' : 'success';
    lanes.push([news(release, generation, 'in_progress'), news(release, generation, outcome)]);
    if (outcome === 'failure') continue;
    served.push(release);
    current = { release, generation };
  }
  return { lanes, serving: current.release };
}

let folder: string;
let shown: Shown;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-deployments-'));
  shown = await Shown.begin(folder);
});
afterEach(async () => {
  await shown.end();
  await rm(folder, { recursive: true });
});

describe('the deployments of an environment', () => {
  it('show what serves, though the later of two ways back is told first', async () => {
    for (const release of [1, 2, 3]) await shown.tell(news(release, release, 'success'));
    // From 3 to 2 by the deployment 4, then from there to 1.
    for (const told of [left(2, 4, 1), left(3, 3, 2)]) await shown.tell(told);
    expect(shown.serving()).toEqual([1]);
  });

  it('show what serves, though what was left long ago is told to serve only now', async () => {
    await shown.tell(news(4, 4, 'success'));
    await shown.tell(news(5, 5, 'in_progress'));
    for (const told of [left(5, 5, 4), news(5, 5, 'success')]) await shown.tell(told);
    expect(shown.told()).toEqual({ 4: ['success'], 5: ['in_progress', 'inactive'] });
  });

  it('show what serves, though the request that says otherwise arrives after the way back was told', async () => {
    await shown.tell(news(4, 4, 'success'));
    let arrive = () => {};
    shown.held.set('success', new Promise((resolve) => (arrive = resolve)));
    const late = shown.tell(news(5, 5, 'success'));
    await until('that it serves to be on its way', 10_000, async () => (await shown.rules()) === 5);
    shown.held.clear();
    await shown.tell(left(5, 5, 4));
    arrive();
    await late;
    expect(shown.serving()).toEqual([4]);
  });

  it('show what a second way back led to, though it is told to have served after both', async () => {
    for (const told of [news(3, 3, 'success'), left(4, 4, 3), left(3, 5, 4), news(4, 4, 'success')]) await shown.tell(told);
    expect(shown.serving()).toEqual([4]);
  });

  it('end the one of long ago that a way back had led to, once something new serves', async () => {
    for (const release of [1, 2, 3, 4, 5, 6]) await shown.tell(news(release, release, 'success'));
    for (const told of [left(6, 6, 1), news(8, 8, 'success')]) await shown.tell(told);
    expect(shown.serving()).toEqual([8]);
  });

  it('are told again where GitHub refused them, once it takes something of the application, each once', async () => {
    await shown.tell(news(1, 1, 'success'));
    shown.fates.push('refused', 'refused');
    for (const told of [news(2, 2, 'in_progress'), news(2, 2, 'success')]) await shown.tell(told);
    expect(shown.serving()).toEqual([1]);
    await shown.tellElsewhere();
    await shown.tellElsewhere();
    expect(shown.told()).toEqual({ 1: ['success', 'inactive'], 2: ['success'] });
  });

  it('are told no more of what GitHub refused than what is still so', async () => {
    await shown.tell(news(1, 1, 'success'));
    await shown.tell(news(2, 2, 'in_progress'));
    shown.fates.push('refused');
    await shown.tell(news(2, 2, 'success'));
    await shown.tell(news(3, 3, 'success'));
    await shown.tellElsewhere();
    expect(shown.told()).toEqual({ 1: ['success', 'inactive'], 2: ['in_progress', 'inactive'], 3: ['success'] });
  });

  it('cost no more writes than their transitions where they are told in order', async () => {
    for (const release of [1, 2]) for (const state of ['in_progress', 'success'] as const) await shown.tell(news(release, release, state));
    await shown.tell(left(2, 2, 1));
    expect(shown.told()).toEqual({ 1: ['in_progress', 'success', 'inactive', 'success'], 2: ['in_progress', 'success', 'inactive'] });
    const writes = shown.github.requests().filter(({ method }) => method === 'POST');
    expect(writes).toHaveLength(9);
  });

  it('show what serves and nothing else in the end, in whatever order releases and ways back are told, refused, and told again', async () => {
    const fates = fc.array(fc.constantFrom<Fate>('taken', 'taken', 'refused', 'lost'), { maxLength: 12 });
    const stories = fc.tuple(fc.array(step, { minLength: 2, maxLength: 7 }), fc.array(fc.nat(20), { minLength: 14, maxLength: 14 }), fates);
    await fc.assert(
      fc.asyncProperty(stories, async ([steps, turns, fates]) => {
        const place = await mkdtemp(join(folder, 'story-'));
        const at = await Shown.begin(place);
        try {
          at.fates.push(...fates);
          const order = [...turns];
          const { lanes, serving } = storyOf(steps);
          for (let open = lanes; open.length > 0; open = open.filter((lane) => lane.length > 0)) {
            const next = open[(order.shift() ?? 0) % open.length]?.shift();
            if (next !== undefined) await at.tell(next);
          }
          at.fates.length = 0;
          for (let again = 0; again < 3; again += 1) await at.tellElsewhere();
          expect(at.serving()).toEqual(serving === 0 ? [] : [serving]);
        } finally {
          await at.end();
        }
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});
