import { describe, expect, it } from '@jest/globals';
import { atOnce } from '../../../adapters/registry/library/at-once.ts';

/** Work that a test ends when it wants. */
function openWork() {
  const begun: number[] = [];
  const ends = new Map<number, { done(): void; fail(error: Error): void }>();
  const work = (item: number) => {
    begun.push(item);
    return new Promise<string>((resolve, reject) => ends.set(item, { done: () => resolve(`${item}`), fail: reject }));
  };
  return { begun, ends, work };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('many things at once', () => {
  it('are as many as are allowed, and come out in their own order', async () => {
    const { begun, ends, work } = openWork();
    const results = atOnce(2, [1, 2, 3], work);
    await settle();
    expect(begun).toEqual([1, 2]);
    ends.get(2)?.done();
    await settle();
    expect(begun).toEqual([1, 2, 3]);
    ends.get(3)?.done();
    ends.get(1)?.done();
    expect(await results).toEqual(['1', '2', '3']);
  });

  it('end with the first failure, when nothing is under way any more', async () => {
    const { begun, ends, work } = openWork();
    let ended = false;
    const results = atOnce(2, [1, 2, 3], work).finally(() => {
      ended = true;
    });
    results.catch(() => undefined);
    await settle();
    ends.get(1)?.fail(new Error('the registry is down'));
    await settle();
    expect(ended).toBe(false);
    ends.get(2)?.done();
    await expect(results).rejects.toThrow('the registry is down');
    expect(begun).toEqual([1, 2]);
  });

  it('are nothing where there is nothing', async () => {
    expect(await atOnce(8, [], async () => 'never')).toEqual([]);
  });
});
