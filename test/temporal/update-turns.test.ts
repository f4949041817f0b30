import { describe, expect, it } from '@jest/globals';
import { WorkerUnavailable, WorkflowBusy } from '../../temporal/errors.ts';
import { UpdateTurns } from '../../temporal/update-turns.ts';
import { barrier } from '../support/workflow-lab.ts';

/** Of what ends with its answer. */
const take = <Answer>(turns: UpdateTurns, workflow: string, ask: () => Promise<Answer>) =>
  turns.take(workflow, `release 1 of ${workflow}`, { ask, ended: () => Promise.reject(new Error('never asked')) });
const microtasks = () => new Promise((resolve) => setImmediate(resolve));

describe('turns of updates', () => {
  it('let three in at a time, the others in the order in which they came, and each once', async () => {
    const turns = new UpdateTurns();
    const doors = Array.from({ length: 8 }, barrier);
    const begun: number[] = [];
    const all = doors.map(({ closed }, index) =>
      take(turns, 'shop', async () => {
        begun.push(index);
        await closed;
        return index;
      }),
    );
    await microtasks();
    expect(begun).toEqual([0, 1, 2]);
    doors[1]?.open();
    await microtasks();
    expect(begun).toEqual([0, 1, 2, 3]);
    for (const { open } of doors) open();
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(begun).toHaveLength(8);
  });

  it('hold up nobody else: another workflow, or who comes after one that failed or gave up', async () => {
    const turns = new UpdateTurns(20);
    const door = barrier();
    const busy = Array.from({ length: 3 }, () => take(turns, 'shop', () => door.closed));
    let acted = false;
    const late = take(turns, 'shop', async () => {
      acted = true;
    });
    await expect(late).rejects.toThrow(WorkflowBusy);
    await expect(late).rejects.toThrow('Too many ask release 1 of shop at once');
    expect(await take(turns, 'kiosk', async () => 'in')).toBe('in');
    door.open();
    await Promise.all(busy);
    expect(acted).toBe(false);
    await expect(take(turns, 'shop', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await take(turns, 'shop', async () => 'in')).toBe('in');
  });

  it('keep the place of what was not answered until the workflow has done with it', async () => {
    const turns = new UpdateTurns(20);
    const doors = Array.from({ length: 3 }, barrier);
    const unanswered = doors.map(({ closed }) =>
      turns.take('shop', 'shop', { ask: () => Promise.reject(new WorkerUnavailable('shop')), ended: () => closed }),
    );
    for (const one of unanswered) await expect(one).rejects.toThrow(WorkerUnavailable);
    const next = () => take(turns, 'shop', async () => 'in');
    await expect(next()).rejects.toThrow(WorkflowBusy);
    await expect(next()).rejects.toThrow('or no worker takes what they ask');
    doors[0]?.open();
    expect(await next()).toBe('in');
  });
});
