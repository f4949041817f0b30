import { z } from 'zod';
import { type GateRules, type MetricRule, ROUTER_FIGURES } from '../domain/gates/rules.ts';
import { alarmUrl } from './addresses.ts';
import { namedApprovalRule } from './approval.ts';
import { changeWindows } from './change-windows.ts';
import { checkRule } from './checks.ts';
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

const router = z
  .strictObject({
    environment: name().describe('Whose hosts: an earlier environment, or the same'),
    component: z.exactOptional(name().describe('Without it, all that the application publishes there together')),
    figure: z.enum(ROUTER_FIGURES).describe('Shares are of all requests, from 0 to 1'),
    over: duration({ min: 60_000, max: 7 * DAY_MS })
      .prefault('10m')
      .describe('How long requests are counted, from when the release waits'),
    requests: z.number().int().min(1).max(1_000_000).default(100).describe('Of fewer nobody can say that all is well'),
  })
  .transform(({ over, requests, ...rest }) => ({ kind: 'router' as const, ...rest, overMs: over, minRequests: requests }));

const figure = {
  name: name(),
  atLeast: z.exactOptional(z.number()),
  atMost: z.exactOptional(z.number()),
  fresh: duration({ min: 60_000, max: DAY_MS }).prefault('5m').describe('An older figure says nothing'),
};

/** What is asked is for an installation's owners to say; the routers are its own. */
const ownedMetric = z
  .strictObject({ ...figure, prometheus: z.exactOptional(prometheus), router: z.exactOptional(router) })
  .check(refuseLimits)
  .check((context) => {
    const { prometheus: server, router: own } = context.value;
    if ((server === undefined) === (own === undefined))
      context.issues.push(customIssue(context.value, { message: 'expected either prometheus or router' }));
  })
  .transform(({ prometheus: server, router: own, ...rest }) =>
    toMetric({ ...rest, source: own ?? { kind: 'prometheus', ...(server ?? { url: '', query: '' }) } }),
  );

const addedMetric = z
  .strictObject({ ...figure, router })
  .check(refuseLimits)
  .transform(({ router: source, ...rest }) => toMetric({ ...rest, source }));

function refuseLimits(context: z.core.ParsePayload<{ readonly atLeast?: number; readonly atMost?: number }>): void {
  const { atLeast, atMost } = context.value;
  const refuse = (message: string, hint: string) => context.issues.push(customIssue(context.value, { message, hint }));
  if (atLeast === undefined && atMost === undefined) refuse('has no limit', 'add atLeast or atMost');
  if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) refuse('has no value between its limits', 'turn them round');
}

function toMetric({ fresh, ...rest }: Omit<MetricRule, 'freshMs'> & { readonly fresh: number }): MetricRule {
  return { ...rest, freshMs: fresh };
}

const promotion = () =>
  z.enum(['automatic', 'manual']).describe('Whether each release is taken on by itself, or when somebody promotes it');

/** What a pipeline can add to the rules of its environments. */
const added = {
  approvals: z.array(namedApprovalRule()).max(20).default([]).describe('Each must be met by itself'),
  soak: z.array(soak).max(10).default([]),
  windows: changeWindows().default([]).describe('When deployments may begin, and when not'),
  applications: z.array(application).max(20).default([]).describe('What must be in place before'),
  checks: z.array(checkRule).max(20).default([]).describe('External checks that must say yes'),
  promotion: z.exactOptional(promotion()),
  trust: z.exactOptional(name().describe('A policy of trust.policies in tidegate.yaml that every image must meet')),
};

const FIGURES = 'Figures that must be good';
const owned = { ...added, metrics: z.array(ownedMetric).max(20).default([]).describe(FIGURES) };

/** Gates that a stage of a pipeline adds. */
export const addedProtection = () =>
  z
    .strictObject({ ...added, metrics: z.array(addedMetric).max(20).default([]).describe(FIGURES) })
    .check(refuseTwins)
    .transform(toGateRules);

/** Gates of an environment, besides `more`. */
export const ownedProtection = <More extends z.core.$ZodLooseShape>(more: More) => z.strictObject({ ...owned, ...more });

type Owned = z.output<z.ZodObject<typeof owned>>;

/** Reports and facts of gates are told apart by their names. */
export function refuseTwins(context: z.core.ParsePayload<Partial<Pick<Owned, 'approvals' | 'metrics' | 'checks'>>>): void {
  for (const key of ['approvals', 'metrics', 'checks'] as const) {
    const names = (context.value[key] ?? []).map((rule) => rule.name);
    names.forEach((called, index) => {
      if (names.indexOf(called) < index)
        context.issues.push(customIssue(context.value, { message: `${called} is there twice` }, [key, index, 'name']));
    });
  }
}

/** What is left out stays out, so that revisions of before stay as they were. */
export function toGateRules({ approvals, soak: soaks, windows, applications, metrics, checks, promotion: taken, trust }: Owned): GateRules {
  return {
    ...(approvals.length > 0 && { approvals }),
    ...(soaks.length > 0 && { soaks }),
    ...(windows.length > 0 && { windows }),
    ...(applications.length > 0 && { applications }),
    ...(metrics.length > 0 && { metrics }),
    ...(checks.length > 0 && { checks }),
    ...(taken !== undefined && { promotion: taken }),
    ...(trust !== undefined && { trust }),
  };
}
