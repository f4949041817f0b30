import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { GateFactsAsked } from '../../activities/gates.ts';
import { RequestCounts } from '../../workflows/request-counts.ts';

const MINUTE = 60_000;
const asking = (overMs: number): GateFactsAsked => {
  const source = { kind: 'router', environment: 'staging', figure: 'requests', overMs, minRequests: 1 } as const;
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
  const counts = new RequestCounts(async () => {
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
