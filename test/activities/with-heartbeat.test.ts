import { describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { beating, withHeartbeat } from '../../activities/with-heartbeat.ts';

function environment() {
  const mock = new MockActivityEnvironment();
  const beats: unknown[] = [];
  const beaten: ((detail: unknown) => void)[] = [];
  mock.on('heartbeat', (detail: unknown) => {
    beats.push(detail);
    for (const tell of beaten.splice(0)) tell(detail);
  });
  return { mock, beats, next: () => new Promise((resolve) => beaten.push(resolve)) };
}

describe('a short activity that beats', () => {
  it('sends nothing when it is soon over, and returns and throws what the work does', async () => {
    const { mock, beats } = environment();
    const { add, fail } = beating({
      add: async ({ left, right }: { left: number; right: number }) => left + right,
      fail: async () => {
        throw new TypeError('no');
      },
    });
    expect(await mock.run(add, { left: 1, right: 2 })).toBe(3);
    await expect(mock.run(fail)).rejects.toThrow(new TypeError('no'));
    expect(beats).toEqual([]);
  });

  it('beats when it lasts, with the progress that it told', async () => {
    const { mock, beats, next } = environment();
    const first = next();
    const { last } = beating({
      last: () =>
        withHeartbeat(async ({ onProgress }) => {
          onProgress('one of two');
          await first;
          await next();
        }),
    });
    await mock.run(last);
    expect(beats[0]).toBe('');
    expect(beats.slice(1)).toEqual(beats.slice(1).map(() => 'one of two'));
  });
});
