import { z } from 'zod';
import { customIssue, distinct, duration, name } from './scalars.ts';

const YEAR_MS = 365 * 86_400_000;

/** Who must say yes before a stage begins, in both files. */
export const approvalRule = () =>
  z
    .strictObject({
      approvers: distinct(name()).min(1).describe('People who may approve'),
      count: z.number().int().min(1).default(1).describe('How many of them must approve'),
      excludeInitiator: z.boolean().default(true).describe('Whether who started the release may not approve it'),
      deadline: duration({ min: 1_000, max: YEAR_MS }).prefault('7d').describe('How long the gate waits before it expires'),
    })
    .check((context) => {
      const { approvers, count } = context.value;
      if (count <= approvers.length) return;
      const refusal = {
        message: `${count} approvals cannot come from ${approvers.length} approvers`,
        hint: 'name more people or lower count',
      };
      context.issues.push(customIssue(context.value, refusal, ['count']));
    })
    .transform(({ deadline, ...rule }) => ({ ...rule, deadlineMs: deadline }));
