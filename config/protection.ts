import { z } from 'zod';
import type { GateRules } from '../domain/gates/rules.ts';
import { alarmUrl } from './addresses.ts';
import { namedApprovalRule } from './approval.ts';
import { changeWindows } from './change-windows.ts';
import { customIssue, duration, name } from './scalars.ts';

const DAY_MS = 86_400_000;

const soak = z
  .strictObject({
    environment: name().describe('Where the same images must run first'),
    for: duration({ min: 1_000, max: 90 * DAY_MS }).describe('How long'),
    mayBeReplaced: z.boolean().default(true).describe('Whether what a newer release replaced there counts; what was taken back never does'),
  })
  .transform(({ for: forMs, ...rest }) => ({ ...rest, forMs }));

const application = z.strictObject({
  application: name(),
  environment: name().describe('Where it must run'),
  atLeast: z.exactOptional(z.number().int().min(1).describe('The number of its release, or a later one')),
  sameCommit: z.exactOptional(z.literal(true).describe('Whether it must be of the same commit')),
});

const prometheus = z.strictObject({ url: alarmUrl().describe('Of the server, without credentials'), query: z.string().min(1).max(2_000) });

const metric = z
  .strictObject({
    name: name(),
    prometheus,
    atLeast: z.exactOptional(z.number()),
    atMost: z.exactOptional(z.number()),
    fresh: duration({ min: 60_000, max: DAY_MS }).prefault('5m').describe('An older figure says nothing'),
  })
  .check((context) => {
    const { atLeast, atMost } = context.value;
    const refuse = (message: string, hint: string) => context.issues.push(customIssue(context.value, { message, hint }));
    if (atLeast === undefined && atMost === undefined) refuse('has no limit', 'add atLeast or atMost');
    if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) refuse('has no value between its limits', 'turn them round');
  })
  .transform(({ prometheus: server, fresh, ...rest }) => ({ ...rest, source: { kind: 'prometheus' as const, ...server }, freshMs: fresh }));

const promotion = () =>
  z.enum(['automatic', 'manual']).describe('Whether each release is taken on by itself, or when somebody promotes it');

/** What a pipeline can add to the rules of its environments. */
const added = {
  approvals: z.array(namedApprovalRule()).max(20).default([]).describe('Each must be met by itself'),
  soak: z.array(soak).max(10).default([]),
  windows: changeWindows().default([]).describe('When deployments may begin, and when not'),
  applications: z.array(application).max(20).default([]).describe('What must be in place before'),
  promotion: z.exactOptional(promotion()),
};

/** What the worker asks of others is for an installation's owners to say. */
const owned = { ...added, metrics: z.array(metric).max(20).default([]).describe('Figures that must be good') };

/** Gates that a stage of a pipeline adds. */
export const addedProtection = () => z.strictObject(added).check(refuseTwins).transform(toGateRules);

/** Gates of an environment, besides `more`. */
export const ownedProtection = <More extends z.core.$ZodLooseShape>(more: More) => z.strictObject({ ...owned, ...more });

type Owned = z.output<z.ZodObject<typeof owned>>;

/** Reports and facts of gates are told apart by their names. */
export function refuseTwins(context: z.core.ParsePayload<Partial<Pick<Owned, 'approvals' | 'metrics'>>>): void {
  for (const key of ['approvals', 'metrics'] as const) {
    const names = (context.value[key] ?? []).map((rule) => rule.name);
    names.forEach((called, index) => {
      if (names.indexOf(called) < index)
        context.issues.push(customIssue(context.value, { message: `${called} is there twice` }, [key, index, 'name']));
    });
  }
}

/** What is left out stays out, so that revisions of before stay as they were. */
export function toGateRules({
  approvals,
  soak: soaks,
  windows,
  applications,
  metrics = [],
  promotion: taken,
}: Omit<Owned, 'metrics'> & Partial<Pick<Owned, 'metrics'>>): GateRules {
  return {
    ...(approvals.length > 0 && { approvals }),
    ...(soaks.length > 0 && { soaks }),
    ...(windows.length > 0 && { windows }),
    ...(applications.length > 0 && { applications }),
    ...(metrics.length > 0 && { metrics }),
    ...(taken !== undefined && { promotion: taken }),
  };
}
