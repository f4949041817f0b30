import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { GateFactsAsked } from '../../../activities/gates.ts';
import type { RouterSource } from '../../../domain/gates/rules.ts';
import { RequestCounts } from '../../../workflows/release/request-counts.ts';

const MINUTE = 60_000;
const asking = (overMs: number, figure: RouterSource['figure'] = 'requests'): GateFactsAsked => {
  const source = { kind: 'router', environment: 'staging', figure, overMs, minRequests: 1 } as const;
  return {
    ...{ application: 'shop', environment: 'production' },
    rules: [{ origin: 'environment', metrics: [{ name: 'traffic', source, atLeast: 1, freshMs: 5 * MINUTE }] }],
  };
};

beforeEach(() => {
  jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

it('keeps what the longest time of all stages needs, however often a shorter one is looked at', async () => {
  let requests = 0;
  const counts = new RequestCounts({}, async () => {
    requests += 100;
    return [
      { host: 's1', components: [{ component: 'web', since: '1', servers: { a: { requests, refused: 0, failed: 0, averageMs: 0 } } }] },
    ];
  });
  const long = asking(60 * MINUTE);
  expect(await counts.read(long)).toMatchObject({ 'environment/traffic': { kind: 'unknown' } });
  for (let minute = 5; minute <= 60; minute += 5) {
    jest.setSystemTime(minute * MINUTE);
    const figure = await counts.read(asking(10 * MINUTE));
    if (minute >= 10) expect(figure).toMatchObject({ 'environment/traffic': { kind: 'known' } });
  }
  expect(await counts.read(long)).toMatchObject({ 'environment/traffic': { kind: 'known' } });
});

it('counts each server by itself from when any figure is a mean, so that no stage is compared with what another one kept', async () => {
  const asked: boolean[] = [];
  const counts = new RequestCounts({}, async (_application, _environment, means) => {
    asked.push(means);
    return [];
  });
  for (const figure of ['requests', 'meanMilliseconds', 'failedShare'] as const) await counts.read(asking(10 * MINUTE, figure));
  expect(asked).toEqual([false, true, true]);
});

it('goes on in the next run from what the last one counted, and for as long as any stage of that asked', async () => {
  let requests = 0;
  const countOn = async () => {
    requests += 100;
    return [
      { host: 's1', components: [{ component: 'web', since: '1', servers: { a: { requests, refused: 0, failed: 0, averageMs: 0 } } }] },
    ];
  };
  const first = new RequestCounts({}, countOn);
  await first.read(asking(60 * MINUTE));
  jest.setSystemTime(30 * MINUTE);
  await first.read(asking(10 * MINUTE));
  const next = new RequestCounts(JSON.parse(JSON.stringify(first.soFar())), countOn);
  jest.setSystemTime(60 * MINUTE);
  await next.read(asking(10 * MINUTE));
  expect(await next.read(asking(60 * MINUTE))).toMatchObject({ 'environment/traffic': { kind: 'known', value: { value: 300 } } });
  expect(new RequestCounts({}, countOn).soFar()).toEqual({});
});
