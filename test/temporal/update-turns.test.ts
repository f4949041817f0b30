import { describe, expect, it } from '@jest/globals';
import { WorkflowBusy } from '../../temporal/errors.ts';
import { UpdateTurns } from '../../temporal/update-turns.ts';
import { barrier } from '../support/workflow-lab.ts';

const microtasks = () => new Promise((resolve) => setImmediate(resolve));

describe('turns of updates', () => {
  it('let five in at a time, the others in the order in which they came, and each once', async () => {
    const turns = new UpdateTurns();
    const doors = Array.from({ length: 8 }, barrier);
    const begun: number[] = [];
    const all = doors.map(({ closed }, index) =>
      turns.take('shop', 'shop', async () => {
        begun.push(index);
        await closed;
        return index;
      }),
    );
    await microtasks();
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    doors[3]?.open();
    await microtasks();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { open } of doors) open();
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(begun).toHaveLength(8);
  });

  it('hold up nobody else: another workflow, or who comes after one that failed or gave up', async () => {
    const turns = new UpdateTurns(20);
    const door = barrier();
    const busy = Array.from({ length: 5 }, () => turns.take('shop', 'shop', () => door.closed));
    let acted = false;
    const late = turns.take('shop', 'release 1 of shop', async () => {
      acted = true;
    });
    await expect(late).rejects.toThrow(WorkflowBusy);
    await expect(late).rejects.toThrow('Too many ask release 1 of shop at once');
    expect(await turns.take('kiosk', 'kiosk', async () => 'in')).toBe('in');
    door.open();
    await Promise.all(busy);
    expect(acted).toBe(false);
    await expect(turns.take('shop', 'shop', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.take('shop', 'shop', async () => 'in')).toBe('in');
  });
});
