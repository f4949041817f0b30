import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { GateSources } from '../../activities/gates.ts';
import { createGuardActivities } from '../../activities/guards.ts';
import { createAsk } from '../../adapters/github/ask.ts';
import { createGitHubReads } from '../../adapters/github/github-reads.ts';
import { createGuardedRuns } from '../../adapters/github/guarded-runs.ts';
import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import { openInbox } from '../../adapters/ledger/inbox/open-inbox.ts';
import { GITHUB_LAG_MS } from '../../domain/github/lag.ts';
import type { GuardEnd, GuardSeen } from '../../domain/guard/guard.ts';
import { Secret } from '../../domain/secret.ts';
import { type Freeze, NOTHING_STANDS } from '../../domain/standing.ts';
import { guardWorkflowId } from '../../domain/workflow-ids.ts';
import type { LocalGitHub } from '../../lab/github/local-github.ts';
import { githubDeliveries } from '../../server/github/github-deliveries.ts';
import type { TriggeredApplication } from '../../server/github/parts.ts';
import { Drain } from '../../server/inbox/drain.ts';
import type { ServerParts } from '../../server/ports.ts';
import { connectGuards } from '../../worker/connect-guards.ts';
import { standingChanged } from '../../workflows/messages.ts';
import { APP, appClientOf, SHOP, startGitHub } from '../adapters/github/connected.ts';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { until } from '../support/temporal.ts';
import { type Shop, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE } from '../support/world/example.ts';

const SECRET = 'the-secret-of-the-hook-of-the-app';
const REPOSITORY = 1_296_269;
const COMMIT = (release: number) => String(release).repeat(40);
const FREEZE: Freeze = {
  kind: 'freeze',
  id: 'freeze-1',
  scope: {},
  owner: 'sales',
  from: '2026-01-01T00:00:00.000Z',
  until: '2099-01-01T00:00:00.000Z',
  ...{ reason: 'the sale', by: 'olga', at: '2026-01-01T00:00:00.000Z' },
};
const log = { info: () => undefined, error: () => undefined };

let lab: WorkflowLab;
let github: LocalGitHub;
let api: ApiUnderTest;
let inbox: InboxStore;
let drain: Drain;
let folder: string;
let shop: Shop;
let run = 100;
/** How much later it is for a guard, in milliseconds. */
let later = 0;
const applications: TriggeredApplication[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-guards-'));
  inbox = await openInbox({ file: join(folder, 'inbox.db'), deadlineMs: 30_000 });
  // Some looks make a history long enough to go on in another one.
  lab = await WorkflowLab.start('dev', {}, { serverArguments: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=150'] });
  github = await startGitHub({ app: APP });
  api = await startApi({ inbox, senders: [{ source: 'github-app', header: 'x-hub-signature-256', secrets: [new Secret(SECRET)] }] });
  github.addHook(SHOP, { url: `${api.url}/webhooks/github`, secret: SECRET, events: ['*'] });
  for (const number of [1, 2, 3])
    await github.push(SHOP, { ref: 'heads/main', sha: COMMIT(number), by: { id: 7, login: 'rita' }, isTold: false });
  const read = githubDeliveries({
    server: { engine: lab.engine } as ServerParts,
    github: createGitHubReads(createAsk(await appClientOf(github))),
    inbox,
    applications,
    people: new Map(),
    directory: { groups: [], roles: [] },
    asksWhoStarted: [],
    app: APP.id,
  });
  drain = new Drain({ inbox, read, log, idleMs: 20 });
  drain.start();
}, 120_000);
afterAll(async () => {
  await drain?.stop();
  inbox?.close();
  await api?.stop();
  await lab?.stop();
  await github?.stop();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  run += 1;
  later = 0;
  shop = lab.application(PRODUCTION_ALONE);
  applications.splice(0, 1, {
    name: shop.name,
    repository: 'acme/shop',
    triggers: [],
    guards: [{ environment: 'production', github: 'Production' }],
  });
  const ask = createAsk(await appClientOf(github, { deadlineMs: 2_000 }));
  shop.world.guards = createGuardActivities({
    runs: createGuardedRuns(ask, createGitHubReads(ask)),
    places: placesOf(shop),
    now: () => Date.now() + later,
  });
});

/** What a worker connects, with what the fake world knows in the places of files and ledger. */
function placesOf({ name, world }: Shop): ReturnType<typeof connectGuards> {
  const gates = { standing: async () => world.standing, now: Date.now } as unknown as GateSources;
  const reader = { pipeline: async () => world.pipeline, environment: async (environment: string) => world.policy(environment) };
  const releaseOfCommit = async (_application: string, commit: string) =>
    [...world.records.values()].filter((record) => record.application === name && record.commit === commit).at(-1);
  const ledger = { passes: async () => [], releaseOfCommit };
  return connectGuards({ ledger, engine: lab.engine, reader, gates, now: Date.now });
}

/** A job of this test's run comes to an environment. */
const jobWaits = (release: number, more: object = {}) =>
  github.jobWaits(SHOP, { run, environment: 'Production', sha: COMMIT(release), ...more });
const said = () => github.records('review', 'acme', 'shop').filter((review) => review.run === run);
const answers = () => said().filter(({ state }) => state !== null);
const handle = () => lab.env.client.workflow.getHandle(guardWorkflowId(REPOSITORY, run, 'Production'));
const delivered = async () => (await inbox.list({ limit: 1 })).deliveries[0];
const recorded = () => shop.world.ledger.filter(({ action }) => action.startsWith('run-'));

/** What it waits for, looked at anew until it is what a test waits for. */
const waitsFor = (words: string) =>
  until(
    async () => {
      await lookAgain();
      return (await lab.engine.guards()).find((guard) => guard.run === run)?.waitsFor ?? '';
    },
    (reason) => reason.includes(words),
  );

let told = 0;

/** It is told to, before a guard looks by itself; a few times a second, as each look is a dozen events. */
async function lookAgain(): Promise<void> {
  if (Date.now() - told < 300) return;
  told = Date.now();
  await handle()
    .signal(standingChanged)
    .catch(() => undefined);
}

const answered = () =>
  until(
    async () => {
      await lookAgain();
      return answers();
    },
    (all) => all.length > 0,
  );

async function passed(release: number): Promise<void> {
  if (!shop.world.records.has(`${shop.name}/${release}`)) await shop.start(release);
  await shop.reached(release, 'production', 'waiting');
  await shop.vote(release, 'approve');
  await shop.reached(release, 'production', 'passed');
}

describe('a job that comes to an environment', () => {
  it('waits for the vote and says how it is given, and is let through once, in the ledger before GitHub hears of it', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await jobWaits(1);
    await waitsFor('Waiting for 1 of 1 approval');
    await until(
      async () => {
        await lookAgain();
        return said();
      },
      (all) => all.length > 0,
    );
    expect(said()[0]?.comment).toMatch(/Waiting for 1 of 1 approval.*`\/approve shop-\d+#1 production [^ ]+`/s);
    expect([answers(), recorded()]).toEqual([[], []]);

    await passed(1);
    expect(await answered()).toMatchObject([
      { state: 'approved', environment: 'Production', comment: expect.stringContaining('has passed') },
    ]);
    expect(((await handle().result()) as GuardEnd).kind).toBe('approved');
    expect(recorded()).toMatchObject([{ action: 'run-let-through', actor: 'tidegate', application: shop.name, environment: 'production' }]);
    expect(recorded()[0]?.at.localeCompare(answers()[0]?.createdAt ?? '')).toBe(-1);
  }, 120_000);

  it('is answered once however often GitHub tells of it', async () => {
    await passed(1);
    const deployment = await jobWaits(1);
    await answered();
    await handle().result();
    const [first] = github.records('delivery', 'acme', 'shop').filter(({ payload }) => Object(payload.deployment).id === deployment);
    for (let time = 0; time < 3; time += 1) await github.tell(SHOP, 'deployment_protection_rule', first?.payload ?? {});
    await until(delivered, (delivery) => delivery?.state === 'ignored');
    expect(answers()).toHaveLength(1);
    expect(recorded()).toHaveLength(1);
  }, 120_000);

  it("is turned away after a person's no, with its reason", async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await jobWaits(1);
    await waitsFor('approval');
    await shop.vote(1, 'reject', 'rita', { comment: 'not today' });
    expect(await answered()).toMatchObject([{ state: 'rejected', comment: expect.stringContaining('rita rejected it: not today') }]);
    expect(recorded()).toMatchObject([{ action: 'run-turned-away' }]);
  }, 120_000);

  it('waits while a freeze stands, though its release passed long ago', async () => {
    await passed(1);
    shop.world.standing = { ...NOTHING_STANDS, freezes: [FREEZE] };
    await jobWaits(1);
    await waitsFor('olga has frozen everything');
    expect([answers(), recorded()]).toEqual([[], []]);
    shop.world.standing = NOTHING_STANDS;
    expect(await answered()).toMatchObject([{ state: 'approved' }]);
  }, 120_000);

  it('is turned away where the environment has gone on to another release', async () => {
    await passed(1);
    await passed(2);
    await jobWaits(1);
    expect(await answered()).toMatchObject([{ state: 'rejected', comment: expect.stringContaining('production runs release 2 now') }]);
    await shop.rollback(1);
    run += 1;
    await until(
      () => shop.environment(),
      ({ current, running }) => current?.release.number === 1 && running === null,
    );
    await jobWaits(2);
    expect(await answered()).toMatchObject([{ state: 'rejected', comment: expect.stringContaining('rolled back') }]);
  }, 120_000);

  it('is turned away for a fork, for a pull request, and for a commit that nothing of the repository leads to', async () => {
    await passed(1);
    await jobWaits(1, { headRepository: 666 });
    expect(await answered()).toMatchObject([{ state: 'rejected', comment: expect.stringContaining('for a fork') }]);
    run += 1;
    await jobWaits(1, { event: 'pull_request_target' });
    expect(await answered()).toMatchObject([{ state: 'rejected', comment: expect.stringContaining('for a pull request') }]);
    run += 1;
    await jobWaits(4, { branch: 'evil' });
    expect(await answered()).toMatchObject([{ state: 'rejected', comment: expect.stringContaining('No branch or tag') }]);
  }, 120_000);

  it('is left alone where its environment stands for none here, and the delivery says so', async () => {
    await passed(1);
    await jobWaits(1, { environment: 'Elsewhere' });
    const ended = await until(delivered, (delivery) => delivery?.state === 'ignored');
    expect(ended?.detail).toContain('Elsewhere on GitHub stands for no environment here');
    expect(await lab.engine.guards()).toEqual([]);
    expect(said()).toEqual([]);
  }, 60_000);

  it('ends with its run, and nothing is told any more', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await jobWaits(1);
    await waitsFor('approval');
    github.cancelRun(SHOP, run);
    later = GITHUB_LAG_MS;
    await until(
      async () => {
        await lookAgain();
        return (await handle().describe()).status.name;
      },
      (status) => status === 'COMPLETED',
    );
    expect(await handle().result()).toMatchObject({ kind: 'gone' });
    expect(answers()).toEqual([]);
  }, 60_000);

  it('is turned away by a person who ends it, whatever the gates say', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await jobWaits(1);
    await waitsFor('approval');
    const [held] = await lab.engine.guards();
    if (held === undefined) throw new Error('nothing is held back');
    await lab.engine.endGuard(held, { person: 'rita', reason: 'a mistake' }, 'end-1');
    expect(await answered()).toMatchObject([{ state: 'rejected', comment: expect.stringContaining('rita ended it: a mistake') }]);
    expect(recorded()).toMatchObject([{ action: 'run-turned-away', actor: 'rita' }]);
  }, 60_000);

  it('outlives the workers and a GitHub that is away, and is let through once both are back', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await jobWaits(1);
    await waitsFor('approval');
    await passed(1);
    github.outage(true);
    const asked = github.requests().length;
    await lookAgain();
    await until(
      async () => github.requests().slice(asked),
      (requests) => requests.length > 1 && requests.every(({ status }) => status === 'cut'),
    );
    await lab.restartWorkers();
    expect(answers()).toEqual([]);
    github.outage(false);
    expect(await answered()).toMatchObject([{ state: 'approved' }]);
    await handle().result();
    expect([answers().length, recorded().length]).toEqual([1, 1]);
  }, 120_000);

  it('goes on in another history when it has waited for long, and so does the next job of its run', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await jobWaits(1);
    await waitsFor('approval');
    const first = (await handle().describe()).runId;
    await until(
      async () => {
        await lookAgain();
        return (await handle().describe()).runId;
      },
      (now) => now !== first,
    );
    await jobWaits(1);
    await passed(1);
    await answered();
    later = GITHUB_LAG_MS;
    expect(await handle().result()).toMatchObject({ kind: expect.stringMatching(/approved|gone/) });
    expect(answers()).toMatchObject([{ state: 'approved' }]);
    expect(said().length).toBeLessThanOrEqual(7);
  }, 120_000);
});

describe('a guard of which this is seen', () => {
  const PASSED: GuardSeen = { kind: 'approved', reason: 'it has passed' };
  const guardOf = () => ({
    ...{ repository: { id: REPOSITORY, name: 'acme/shop' }, run, environment: 'Production' },
    places: [{ application: shop.name, environment: 'production' }],
  });
  const actions = () => recorded().map(({ action, actor }) => [action, actor]);

  it.each([PASSED, { kind: 'waiting', reason: 'a freeze' }, { kind: 'gone', reason: 'it was cancelled' }] as const)(
    'is ended by the person who ended it meanwhile, whatever is seen then: $kind',
    async (seen) => {
      const said: unknown[] = [];
      let goOn: (() => void) | undefined;
      shop.world.guards = {
        lookAtRun: async () => {
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
          return seen;
        },
        answerRun: async ({ answer }) => {
          said.push(answer);
          return { kind: 'told' };
        },
        commentOnRun: async () => undefined,
      };
      await lab.engine.holdBack(guardOf(), 11);
      await until(
        async () => goOn,
        (wait) => wait !== undefined,
      );
      await lab.engine.endGuard(guardOf(), { person: 'rita', reason: 'stop' }, `end-${run}`);
      goOn?.();
      expect(await handle().result()).toEqual({ kind: 'rejected', reason: 'stop' });
      expect(said).toEqual([{ kind: 'rejected', reason: 'stop', by: 'rita' }]);
      expect(actions()).toEqual([['run-turned-away', 'rita']]);
    },
    60_000,
  );

  it.each([
    ['gone', { kind: 'gone', reason: 'it was cancelled' }, ['run-let-through', 'run-answer-unsure'], 0],
    ['a no', { kind: 'rejected', reason: 'a block' }, ['run-let-through', 'run-answer-untold', 'run-turned-away'], 1],
    ['the same', PASSED, ['run-let-through'], 1],
  ] as const)(
    'has no answer in the ledger that GitHub never took, where what is seen after it was refused is %s',
    async (_name, next, records, answers) => {
      const said: unknown[] = [];
      let refused = 0;
      shop.world.guards = {
        lookAtRun: async () => (refused === 0 ? PASSED : next),
        answerRun: async ({ answer }) => {
          if (refused === 0) {
            refused += 1;
            throw ApplicationFailure.nonRetryable('it has no right', 'GitHubRefused');
          }
          said.push(answer);
          return { kind: 'told' };
        },
        commentOnRun: async () => undefined,
      };
      await lab.engine.holdBack(guardOf(), 11);
      await until(
        async () => refused,
        (times) => times > 0,
      );
      await handle().signal(standingChanged);
      expect(await handle().result()).toMatchObject({ kind: next.kind });
      expect(actions().map(([action]) => action)).toEqual(records);
      expect(said).toHaveLength(answers);
    },
    60_000,
  );

  it.each([
    ['the gates', undefined],
    ['a person', 'rita'],
  ])(
    'is not believed to be gone by a server of GitHub that may not know of its newest job yet, whoever answers it: %s',
    async (_by, person) => {
      const GONE = { kind: 'gone', reason: 'no job waits any more', mayLag: true } as const;
      const said: unknown[] = [];
      let [looks, tries] = [0, 0];
      shop.world.guards = {
        lookAtRun: async () => (looks++ === 0 || person !== undefined ? GONE : PASSED),
        answerRun: async ({ answer }) => {
          if (tries++ === 0) return GONE;
          said.push(answer);
          return { kind: 'told' };
        },
        commentOnRun: async () => undefined,
      };
      await lab.engine.holdBack(guardOf(), 11);
      await until(
        async () => looks,
        (all) => all > 0,
      );
      if (person !== undefined) await lab.engine.endGuard(guardOf(), { person, reason: 'stop' }, `end-${run}`);
      const kind = person === undefined ? 'approved' : 'rejected';
      await until(lookAgain, () => said.length > 0);
      expect(await handle().result()).toMatchObject({ kind });
      expect(said).toMatchObject([{ kind }]);
      expect(actions()).toEqual([person === undefined ? ['run-let-through', 'tidegate'] : ['run-turned-away', person]]);
    },
    60_000,
  );

  it('says once what it waits for, however often a number in it is measured anew', async () => {
    let looks = 0;
    const said: unknown[] = [];
    shop.world.guards = {
      // Each measurement stands for two looks, as what is said does.
      lookAtRun: async () => ({ kind: 'waiting', reason: `errors is ${Math.floor(looks++ / 2)}.5, and must be at most 1` }),
      answerRun: async () => ({ kind: 'told' }),
      commentOnRun: async ({ waiting }) => {
        said.push(waiting.reason);
      },
    };
    await lab.engine.holdBack(guardOf(), 11);
    await until(
      async () => {
        await lookAgain();
        return looks;
      },
      (all) => all > 6,
    );
    expect(said).toHaveLength(1);
    await lab.engine.endGuard(guardOf(), { person: 'rita', reason: 'over' }, `end-${run}`);
  }, 60_000);

  it('keeps what a person wants to be told for as long as GitHub refuses it, and in another history once this one is long', async () => {
    const rights = new Set<string>();
    const said: unknown[] = [];
    shop.world.guards = {
      lookAtRun: async () => PASSED,
      answerRun: async ({ answer }) => {
        if (!rights.has('deployments')) throw ApplicationFailure.nonRetryable('it has no right', 'GitHubRefused');
        said.push(answer);
        return { kind: 'told' };
      },
      commentOnRun: async () => undefined,
    };
    await lab.engine.holdBack(guardOf(), 11);
    const first = (await handle().describe()).runId;
    await lab.engine.endGuard(guardOf(), { person: 'rita', reason: 'stop' }, `end-${run}`);
    await until(
      async () => {
        await lookAgain();
        return (await handle().describe()).runId;
      },
      (now) => now !== first,
    );
    rights.add('deployments');
    await handle().signal(standingChanged);
    expect(await handle().result()).toEqual({ kind: 'rejected', reason: 'stop' });
    expect(said).toEqual([{ kind: 'rejected', reason: 'stop', by: 'rita' }]);
    expect(actions().filter(([, actor]) => actor === 'rita')).toEqual([['run-turned-away', 'rita']]);
  }, 120_000);

  it('stands for what its newest job came with, and hears of decisions about each of it', async () => {
    const kiosk = lab.application(PRODUCTION_ALONE).name;
    const more = { application: kiosk, environment: 'production' };
    const seen: unknown[] = [];
    shop.world.guards = {
      lookAtRun: async ({ guard }) => {
        if (guard.run === run) seen.push(guard.places);
        return { kind: 'waiting', reason: 'a freeze' };
      },
      answerRun: async () => ({ kind: 'told' }),
      commentOnRun: async () => undefined,
    };
    const alone = guardOf();
    run += 1;
    const both = guardOf();
    await lab.engine.holdBack(alone, 11);
    await lab.engine.holdBack(both, 12);
    await lab.engine.holdBack({ ...both, places: [...both.places, more] }, 13);
    const heard = async (of: number) => {
      const history = await lab.env.client.workflow.getHandle(guardWorkflowId(REPOSITORY, of, 'Production')).fetchHistory();
      return (history.events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'standingChanged')
        .length;
    };
    await until(
      async () => {
        await lab.engine.tellStandingChanged({ application: kiosk });
        return heard(run);
      },
      (times) => times > 0,
    );
    expect(await heard(alone.run)).toBe(0);
    await until(
      async () => seen.at(-1),
      (places) => Array.isArray(places) && places.length === 2,
    );
    expect(await lab.engine.guards({ run, environment: 'production' })).toMatchObject([{ run, places: [...both.places, more] }]);
    for (const one of [alone, both]) await lab.engine.endGuard(one, { person: 'rita', reason: 'over' }, `end-${one.run}`);
  }, 60_000);
});
