import { describe, expect, it } from '@jest/globals';
import type { Alarm } from '../../domain/alarm.ts';
import type { EnvironmentState } from '../../domain/environment-state.ts';
import { deploymentOf, wayBackStrategy } from '../../domain/running-deployment.ts';
import { good, releaseNumber } from './arbitraries.ts';
import { EMPTY, ofHost, promotion, ran, rollback, runs, SERVES } from './environment-works.ts';

const HOSTS = ['p1', 'p2', 'p3'].map((name) => ({ name, site: 'default' }));
const ALARMS: readonly Alarm[] = [{ kind: 'raised', name: 'pager', by: ['rita'] }];
const of = (state: EnvironmentState) => deploymentOf(state, HOSTS, ALARMS);
const previous = { release: releaseNumber(2), deployment: 'deployment/shop/production/2', generation: 2 };

describe('the deployment of a promotion', () => {
  it('is told what the request says, and nothing that nobody asked for', () => {
    expect(deploymentOf(runs(SERVES, promotion(3)), HOSTS)).toStrictEqual({
      id: 'deployment/3',
      application: 'shop',
      environment: 'production',
      generation: 3,
      kind: 'promotion',
      release: releaseNumber(3),
      previous,
      hosts: HOSTS,
      strategy: { kind: 'rolling', batch: 2 },
      planHash: 'plan-3',
    });
  });

  it('is told what takes the release back, and who is asked about what', () => {
    const asks = { deadlineMs: 1, default: 'skip' } as const;
    const onUnclear = { ask: true, deadlineMs: 2, default: 'proceed' } as const;
    const rules = { onFailure: asks, onForwardOnly: { ...asks, deciders: ['rita'] }, onUnclear };
    expect(of(runs(SERVES, promotion(3, rules)))).toMatchObject({ alarms: ALARMS, ...rules });
  });

  it('is told which jobs ran for the release, and which of them run again; and undoes none', () => {
    const applied = [ran(3, 'migrate', { down: ['down'] }), ran(3, 'drop'), ran(4, 'later', { down: ['down'] })];
    const told = of(runs({ ...SERVES, applied }, promotion(3)));
    expect(told).toMatchObject({ jobsDone: ['migrate', 'drop'] });
    expect(Object.keys(told ?? {})).toEqual(expect.not.arrayContaining(['runAgain', 'undo']));
    const again = of(runs({ ...SERVES, applied }, promotion(3, { runAgain: ['drop', 'other'] })));
    expect(again).toMatchObject({ jobsDone: ['migrate'], runAgain: ['drop'] });
    const all = of(runs({ ...SERVES, applied }, promotion(3, { runAgain: ['drop', 'migrate'] })));
    expect(all).not.toHaveProperty('jobsDone');
  });

  it('knows what the hosts run that were left out', () => {
    const behind = [
      { host: 'p2', outcome: 'skipped' as const, runs: previous, reason: '', since: '' },
      { host: 'p3', outcome: 'excluded' as const, runs: null, reason: '', since: '' },
    ];
    expect(of(runs({ ...SERVES, behind }, promotion(3)))?.behind).toEqual({ p2: previous, p3: null });
    expect(of(runs({ ...SERVES, behind: [] }, promotion(3)))).not.toHaveProperty('behind');
  });
});

describe('the deployment of a rollback', () => {
  it('undoes what later releases did, the last of it first, and is watched by nothing', () => {
    const applied = [
      ran(1, 'migrate', { down: ['a'] }),
      ran(2, 'migrate', { down: ['b'] }),
      ran(2, 'drop'),
      ran(3, 'migrate', { down: ['c'] }),
    ];
    const told = of(runs({ ...SERVES, applied }, rollback(1)));
    expect(told).toMatchObject({ kind: 'rollback', generation: 3, planHash: '', previous, jobsDone: ['migrate'] });
    expect(told?.undo?.map(({ release, direction }) => [release, direction])).toEqual([
      [3, 'down'],
      [2, 'down'],
    ]);
    expect(told).not.toHaveProperty('alarms');
    expect(of(runs(SERVES, rollback(1)))).not.toHaveProperty('undo');
  });

  it('is for all hosts at once', () => {
    expect(of(runs(SERVES, rollback(1)))?.strategy).toEqual({ kind: 'rolling', batch: 3 });
    expect(deploymentOf(runs(SERVES, rollback(1)), [])?.strategy).toEqual({ kind: 'rolling', batch: 1 });
  });

  it('suffers no two versions at once where the way there did not', () => {
    expect(wayBackStrategy({ ...SERVES, current: { ...good(2), strategy: 'recreate' } })).toEqual({ kind: 'recreate', batch: 1 });
    expect(wayBackStrategy({ ...SERVES, current: { ...good(2), strategy: 'canary' } })).toEqual({ kind: 'rolling', batch: 1 });
    expect(wayBackStrategy(EMPTY, 4)).toEqual({ kind: 'rolling', batch: 4 });
  });
});

describe('the deployment of one host', () => {
  it('is bound to no plan, and is watched by nothing', () => {
    const told = of(runs(SERVES, ofHost(2)));
    expect(told).toMatchObject({ kind: 'host', release: { number: 2 }, planHash: '' });
    expect(told).not.toHaveProperty('alarms');
  });
});

it('nothing is deployed where nothing runs', () => {
  expect(of(SERVES)).toBeUndefined();
});
