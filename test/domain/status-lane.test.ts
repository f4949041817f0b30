import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeploymentNews } from '../../domain/deployment-news.ts';
import { emptyLane, isKnown, type LaneItem, mergedDetails, offer, type StatusLane, takeNext, taken } from '../../domain/status-lane.ts';

interface Item extends LaneItem {
  readonly description: string;
}

const contexts = fc.constantFrom('tidegate/build', 'tidegate/staging', 'tidegate/production');
const news = (deployment: string): fc.Arbitrary<DeploymentNews> =>
  fc.record({
    environment: fc.constant('production'),
    release: fc.constant(1),
    deployment: fc.constant(deployment),
    state: fc.constantFrom('in_progress', 'success', 'failure', 'inactive'),
    description: fc.constantFrom('one', 'two'),
  });
const item: fc.Arbitrary<Item> = fc
  .record({
    context: contexts,
    state: fc.constantFrom('pending', 'success', 'failure', 'error'),
    description: fc.constantFrom('a', 'b'),
    deployments: fc.oneof(fc.constant(undefined), fc.array(fc.constantFrom('1', '2', '3').chain(news), { minLength: 1, maxLength: 1 })),
  })
  .map(({ deployments, ...rest }) => (deployments === undefined ? rest : { ...rest, deployments }));
/** A transition; GitHub takes what is next; it takes it and the answer is lost, so that it is told again; it is away for as long as it likes. */
const step = fc.oneof(
  { weight: 3, arbitrary: item.map((transition) => ({ kind: 'transition', transition }) as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'taken' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'lost' } as const) },
);

/** What GitHub holds: of each context the statuses in order, and of each deployment the last state. */
class FakeGitHub {
  readonly statuses = new Map<string, Item[]>();
  readonly deployments = new Map<string, string>();

  take(told: Item, isRepeat: boolean): void {
    const before = this.statuses.get(told.context) ?? [];
    const last = before.at(-1);
    const isThere = isRepeat && last?.state === told.state && last.description === told.description;
    if (!isThere) this.statuses.set(told.context, [...before, told]);
    for (const { deployment = '', state } of told.deployments ?? []) this.deployments.set(deployment, state);
  }
}

/** As the workflow drains it, with one thing on its way at a time. */
function drainOne(lane: StatusLane<Item>, github: FakeGitHub, answers: 'heard' | 'lost'): StatusLane<Item> {
  const taking = takeNext(lane);
  if (taking === undefined) return lane;
  if (isKnown(taking.rest, taking.next)) return taking.rest;
  github.take(taking.next, false);
  if (answers === 'lost') github.take(taking.next, true);
  return taken(taking.rest, taking.next);
}

describe('the lane of statuses', () => {
  it('has told the last state of every context and deployment in the end, whatever came in between, and each transition at most once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const github = new FakeGitHub();
        const last = new Map<string, Item>();
        const lastOfDeployments = new Map<string, string>();
        let transitions = 0;
        let lane = emptyLane<Item>();
        for (const { kind, ...rest } of steps) {
          if (kind === 'transition' && 'transition' in rest) {
            lane = offer(lane, rest.transition);
            last.set(rest.transition.context, rest.transition);
            for (const { deployment = '', state } of rest.transition.deployments ?? []) lastOfDeployments.set(deployment, state);
            transitions += 1;
          } else lane = drainOne(lane, github, kind === 'lost' ? 'lost' : 'heard');
        }
        while (lane.waiting.length > 0) lane = drainOne(lane, github, 'heard');

        const told = new Map([...github.statuses].map(([context, items]) => [context, items.at(-1)]));
        for (const [context, { state, description }] of last) expect(told.get(context)).toMatchObject({ state, description });
        expect([...github.statuses.values()].flat().length).toBeLessThanOrEqual(transitions);
        // Two contexts that speak of one deployment are two stages of one environment, which the release takes one after the other.
        for (const deployment of lastOfDeployments.keys()) expect(github.deployments.has(deployment)).toBe(true);
      }),
    );
  });

  it('tells of a deployment that ended although its stage has begun anew meanwhile', () => {
    const failed = {
      environment: 'production',
      release: 1,
      deployment: 'deployment/shop/production/1',
      state: 'failure',
      description: '',
    } as const;
    const lane = offer(
      offer(emptyLane<Item>(), { context: 'tidegate/production', state: 'failure', description: 'Failed', deployments: [failed] }),
      { context: 'tidegate/production', state: 'pending', description: 'Waiting' },
    );

    expect(lane.waiting).toEqual([{ context: 'tidegate/production', state: 'pending', description: 'Waiting', deployments: [failed] }]);
  });

  it('stops telling of new reasons to wait long before a thousand, and still tells the end', () => {
    const github = new FakeGitHub();
    let lane = emptyLane<Item>();
    for (let index = 0; index < 2_000; index += 1)
      lane = drainOne(offer(lane, { context: 'tidegate/production', state: 'pending', description: `Waiting ${index}` }), github, 'heard');
    lane = drainOne(offer(lane, { context: 'tidegate/production', state: 'success', description: 'Passed' }), github, 'heard');

    const told = github.statuses.get('tidegate/production') ?? [];
    expect(told.length).toBeLessThan(300);
    expect(told.at(-1)).toMatchObject({ state: 'success' });
  });

  it('tells the same again once GitHub refused it, and not once it took it', () => {
    const passed: Item = { context: 'tidegate/build', state: 'success', description: 'Passed' };
    const refused = takeNext(offer(emptyLane<Item>(), passed))?.rest ?? emptyLane<Item>();

    expect(isKnown(refused, passed)).toBe(false);
    expect(isKnown(taken(refused, passed), passed)).toBe(true);
  });

  const production = (state: Item['state'], description: string, deployments?: readonly DeploymentNews[]): Item => ({
    context: 'tidegate/production',
    state,
    description,
    ...(deployments !== undefined && { deployments }),
  });
  const ended = (deployment: string, state: DeploymentNews['state']): DeploymentNews => ({
    environment: 'production',
    release: 1,
    deployment,
    state,
    description: '',
  });

  it('carries no list of deployments where there are none, and loses none where there are', () => {
    const twice = offer(offer(emptyLane<Item>(), production('pending', 'a')), production('pending', 'b'));
    expect(twice.waiting).toStrictEqual([production('pending', 'b')]);
    const news = [ended('1', 'failure')];
    const first = offer(offer(emptyLane<Item>(), production('pending', 'a')), production('failure', 'b', news));
    expect(first.waiting).toStrictEqual([production('failure', 'b', news)]);
  });

  it('leaves what waits of other contexts in its place', () => {
    const build: Item = { context: 'tidegate/build', state: 'pending', description: 'Building' };
    const lane = offer(offer(offer(emptyLane<Item>(), production('pending', 'a')), build), production('success', 'b'));
    expect(lane.waiting).toEqual([production('success', 'b'), build]);
    expect(takeNext(lane)).toEqual({ next: production('success', 'b'), rest: { told: {}, waiting: [build] } });
    expect(takeNext(emptyLane<Item>())).toBeUndefined();
  });

  it('stops telling of new reasons to wait after two hundred, and of nothing else', () => {
    const told = (times: number, last: Item) => ({ waiting: [], told: { 'tidegate/production': { last, times } } });
    const [waits, other] = [production('pending', 'a'), production('pending', 'b')];
    expect([199, 200, 201].map((times) => isKnown(told(times, waits), other))).toEqual([false, true, true]);
    expect(isKnown(told(500, production('failure', 'a')), other)).toBe(false);
    expect(isKnown(told(500, waits), production('failure', 'b'))).toBe(false);
    expect(isKnown(told(500, waits), production('pending', 'b', [ended('1', 'success')]))).toBe(false);
    expect(isKnown(told(1, waits), { ...other, context: 'tidegate/build' })).toBe(false);
    expect(taken(told(1, waits), other).told).toEqual({ 'tidegate/production': { last: other, times: 2 } });
  });

  it('merges what belongs to one context: the newer word, and of each deployment its own last', () => {
    const [one, two] = [ended('1', 'failure'), ended('2', 'in_progress')];
    expect(mergedDetails({ deployments: [one] }, {})).toStrictEqual({ deployments: [one] });
    expect(mergedDetails({}, { deployments: [two] })).toStrictEqual({ deployments: [two] });
    expect(mergedDetails({}, {})).toStrictEqual({});
    expect(mergedDetails({ deployments: [one, ended('2', 'error')] }, { deployments: [two] }).deployments).toEqual(
      expect.arrayContaining([one, two]),
    );
    expect(mergedDetails({ deployments: [one], word: 'a', kept: 1 } as object, { word: 'b' } as object)).toEqual({
      deployments: [one],
      word: 'b',
      kept: 1,
    });
  });
});
