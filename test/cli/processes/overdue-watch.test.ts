import { expect, it } from '@jest/globals';
import { OverdueWatch } from '../../../cli/processes/overdue-watch.ts';

const MORNING = Date.parse('2026-03-10T06:00:00Z');
const MINUTE = 60_000;
const FIRST = { number: 7, dueAt: '2026-03-10T06:00:00.000Z' };

function watch() {
  const seen: { oldest: typeof FIRST | undefined; now: number; failure?: Error } = { oldest: FIRST, now: MORNING };
  const logged: [object, string][] = [];
  const note = (facts: object, message: string) => void logged.push([facts, message]);
  const oldestDue = async () => {
    if (seen.failure !== undefined) throw seen.failure;
    return seen.oldest;
  };
  const subject = new OverdueWatch({ inbox: { oldestDue }, log: { info: note, error: note }, now: () => seen.now });
  return { seen, logged, subject };
}

it('tells once that a delivery has been due for more than five minutes, and once that none is any more', async () => {
  const { seen, logged, subject } = watch();
  for (const minutes of [0, 5, 6, 7]) {
    seen.now = MORNING + minutes * MINUTE;
    await subject.once();
  }
  expect(logged).toEqual([[{ delivery: 7, dueAt: FIRST.dueAt }, 'Deliveries are not taken on']]);
  seen.oldest = undefined;
  for (let times = 0; times < 2; times += 1) await subject.once();
  expect(logged.slice(1)).toEqual([[{}, 'Deliveries are taken on again']]);
});

it('says so where it cannot see that, and looks again', async () => {
  const { seen, logged, subject } = watch();
  seen.now = MORNING + 6 * MINUTE;
  seen.failure = new Error('the disk is gone');
  await subject.once();
  delete seen.failure;
  await subject.once();
  expect(logged.map(([, message]) => message)).toEqual(['Whether deliveries are taken on cannot be seen', 'Deliveries are not taken on']);
});
