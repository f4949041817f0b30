import { z } from 'zod';
import type { QueuePolicy } from '../domain/queue-policy.ts';
import { cron } from './cron.ts';
import { customIssue } from './scalars.ts';

/** What becomes of releases that wait for the same environment. */
export const queue = () =>
  z
    .strictObject({
      policy: z
        .enum(['queue', 'supersede', 'train'])
        .describe('queue: each has its turn; supersede: a newer release takes the place of an older one; train: the newest leaves for all'),
      supersedeVoted: z.exactOptional(z.boolean().describe('Whether supersede also replaces one that people have voted on')),
      leaves: z.exactOptional(
        z.array(cron()).min(1).max(20).describe('When a train leaves, in UTC; without it, when nothing is being deployed'),
      ),
    })
    .check((context) => {
      const { policy, supersedeVoted, leaves } = context.value;
      if (supersedeVoted !== undefined && policy !== 'supersede')
        context.issues.push(customIssue(supersedeVoted, { message: 'belongs to policy: supersede alone' }, ['supersedeVoted']));
      if (leaves !== undefined && policy !== 'train')
        context.issues.push(customIssue(leaves, { message: 'belongs to policy: train alone' }, ['leaves']));
    });

export function toQueuePolicy({ policy, supersedeVoted = false, leaves = [] }: z.output<ReturnType<typeof queue>>): QueuePolicy {
  if (policy === 'supersede') return { kind: 'supersede', supersedeVoted };
  return policy === 'train' ? { kind: 'train', leaves } : { kind: 'queue' };
}
