import { z } from 'zod';
import type { ApprovalRule } from '../domain/gates/rules.ts';
import { approvalForm } from './approval-form.ts';
import { customIssue, distinct, duration, name, text } from './scalars.ts';

const YEAR_MS = 365 * 86_400_000;

const count = () => z.number().int().min(1).max(100);

/** Groups are named by whoever signs people in. */
const groupName = () =>
  text({ expected: 'a group', refuse: (value) => (value.trim() === value && value !== '' ? undefined : { message: 'is no group' }) });

const shape = {
  approvers: distinct(name()).default([]).describe('People who may approve'),
  count: z.exactOptional(count().describe('How many of them must approve; 1')),
  groups: z
    .array(z.strictObject({ group: groupName(), count: count().default(1) }))
    .max(20)
    .default([])
    .describe('So many of each group must approve besides; one person counts for one of them'),
  excludeInitiator: z.boolean().default(true).describe('Whether who started the release may not approve it'),
  excludeAuthors: z.boolean().default(false).describe('Whether who wrote commits that are new in the release may not approve it'),
  deadline: duration({ min: 1_000, max: YEAR_MS }).prefault('7d').describe('How long the gate waits'),
  afterDeadline: z.enum(['expire', 'reject']).default('expire').describe('What becomes of the stage then'),
  form: z.exactOptional(approvalForm().describe('A JSON schema of what an approval must tell; kept with it')),
};

type ApprovalDocument = z.output<z.ZodObject<typeof shape>>;

/** Who must say yes before a stage begins, in both files. */
export const approvalRule = () => z.strictObject(shape).check(refuseNobody).transform(toRule);

/** One of several, each of which must be met by itself. */
export const namedApprovalRule = () =>
  z
    .strictObject({ name: name(), ...shape })
    .check(refuseNobody)
    .transform(({ name: called, ...rule }) => ({ name: called, ...toRule(rule) }));

function refuseNobody(context: z.core.ParsePayload<ApprovalDocument>): void {
  const { approvers, count: wanted = 1, groups } = context.value;
  const refuse = (message: string, hint: string, path: string[]) =>
    context.issues.push(customIssue(context.value, { message, hint }, path));
  if (approvers.length === 0 && groups.length === 0) refuse('names nobody who may approve', 'add approvers or groups', ['approvers']);
  else if (approvers.length === 0 && context.value.count !== undefined)
    refuse('is of approvers, and there are none', 'give each group its count', ['count']);
  else if (approvers.length > 0 && wanted > approvers.length)
    refuse(`${wanted} approvals cannot come from ${approvers.length} approvers`, 'name more people or lower count', ['count']);
  const names = groups.map(({ group }) => group);
  const twice = names.find((group, index) => names.indexOf(group) < index);
  if (twice !== undefined) refuse(`${twice} is named twice`, 'add up their counts', ['groups']);
}

/** What is left out stays out, so that revisions of before stay as they were. */
function toRule({
  deadline,
  approvers,
  count: wanted = 1,
  groups,
  excludeAuthors,
  afterDeadline,
  form,
  ...rule
}: ApprovalDocument): ApprovalRule {
  return {
    approvers,
    count: approvers.length === 0 ? 0 : wanted,
    ...(groups.length > 0 && { groups }),
    ...rule,
    ...(excludeAuthors && { excludeAuthors }),
    deadlineMs: deadline,
    ...(afterDeadline !== 'expire' && { afterDeadline }),
    ...(form !== undefined && { form }),
  };
}
