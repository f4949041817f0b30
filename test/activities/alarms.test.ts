import { describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type AlarmProbe, createAlarmActivities } from '../../activities/alarms.ts';
import { systemClock } from '../../activities/hosts/clock.ts';
import type { HttpAlarm } from '../../domain/alarm.ts';
import { fakeClock } from '../support/fake-host.ts';

const ALARM: HttpAlarm = {
  kind: 'http',
  name: 'checkout',
  url: 'https://shop.example/checkout',
  status: 200,
  intervalMs: 1_000,
  timeoutMs: 500,
  failures: 3,
};

/** Watches while the URL answers like this, one after the other, and well from then on; for ten questions. */
async function watch(answers: readonly (string | undefined)[], more: Partial<HttpAlarm> = {}) {
  const clock = fakeClock();
  let asked = 0;
  const probe: AlarmProbe = {
    ask: async () => {
      asked += 1;
      return answers[asked - 1];
    },
  };
  const activities = createAlarmActivities({ probe, clock });
  const place = { application: 'shop', environment: 'production' };
  const input = { ...place, alarm: { ...ALARM, ...more }, until: clock.now() + 10_000 };
  const seen = await new MockActivityEnvironment().run(() => activities.watchAlarm(input));
  return { seen, asked };
}

const BAD = 'it answers 503';

describe('an alarm that asks a URL', () => {
  it('goes off at so many wrong answers in a row, and says what was seen', async () => {
    expect(await watch([undefined, BAD, BAD, BAD])).toEqual({
      seen: 'expected https://shop.example/checkout to answer 200, and it answers 503, 3 times in a row',
      asked: 4,
    });
    expect((await watch([BAD], { failures: 1 })).seen).toMatch(/503, once$/);
  });

  it('forgives what does not last, and says nothing when the bake time is over', async () => {
    expect(await watch([BAD, BAD, undefined, BAD, BAD, undefined, BAD])).toEqual({ seen: null, asked: 10 });
  });

  it('asks nothing any more when the bake time was over before it began', async () => {
    const clock = fakeClock();
    const activities = createAlarmActivities({ probe: { ask: async () => BAD }, clock });
    const input = { application: 'shop', environment: 'production', alarm: ALARM, until: clock.now() };
    expect(await new MockActivityEnvironment().run(() => activities.watchAlarm(input))).toBeNull();
  });

  it('ends when it is cancelled', async () => {
    const environment = new MockActivityEnvironment();
    const activities = createAlarmActivities({ probe: { ask: async () => undefined }, clock: systemClock });
    const input = { application: 'shop', environment: 'production', alarm: ALARM, until: Date.now() + 60_000 };
    const watching = environment.run(() => activities.watchAlarm(input));
    environment.cancel('CANCELLED');
    await expect(watching).rejects.toThrow();
  });
});
