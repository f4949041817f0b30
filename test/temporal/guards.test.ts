import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { listGuards } from '../../temporal/guards.ts';

const MANY = 250;

let failing: Map<string, Error>;
let asked: string[];
beforeEach(() => {
  failing = new Map();
  asked = [];
});

/** Guards of runs 1 to 250, the newest first. */
const client = {
  withDeadline: <Answer>(_until: number, act: () => Promise<Answer>) => act(),
  workflow: {
    list: async function* () {
      for (let run = MANY; run > 0; run -= 1) yield { workflowId: `guard/101/${run}/production` };
    },
    getHandle: (id: string) => ({
      query: async () => {
        asked.push(id);
        const failure = failing.get(id);
        if (failure) throw failure;
        return { run: Number(id.split('/')[2]), since: `2026-03-02T09:30:00.${String(MANY - asked.length).padStart(3, '0')}Z` };
      },
    }),
  },
} as unknown as Client;

describe('what is held back', () => {
  it('is all shown, oldest first, but for what has just ended', async () => {
    failing.set('guard/101/7/production', new WorkflowNotFoundError('it is gone', 'guard/101/7/production', undefined));
    const guards = await listGuards(client);
    expect(guards).toHaveLength(MANY - 1);
    expect(guards.map(({ since }) => since)).toEqual(guards.map(({ since }) => since).sort());
    expect(guards.some(({ run }) => run === 7)).toBe(false);
  });

  it('is not shown as nothing where one does not answer', async () => {
    failing.set('guard/101/7/production', new Error('nobody answered'));
    await expect(listGuards(client)).rejects.toThrow('nobody answered');
  });

  it('of one run and environment is found among however many, and nothing else is asked', async () => {
    expect(await listGuards(client, { run: 3, environment: 'Production' })).toMatchObject([{ run: 3 }]);
    expect(await listGuards(client, { run: 3, environment: 'staging' })).toEqual([]);
    expect(asked).toEqual(['guard/101/3/production']);
  });
});
