import { CancellationScope, condition } from '@temporalio/workflow';
import type { DeploymentRequest } from '../../domain/deployment-request.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import type { HeldBack } from '../../domain/environment-status.ts';
import { lastReports } from '../../domain/gates/evaluate.ts';
import type { GateFacts } from '../../domain/gates/facts.ts';
import { beginsAnyway, type TurnRules } from '../../domain/next-turn.ts';
import { hasLapsed } from '../../domain/past-gates.ts';
import { nextChange, type Standing } from '../../domain/standing.ts';
import { gates, installation, standing } from '../proxies/main.ts';
import type { LivingEnvironment } from './living-environment.ts';

/** What to know before a promotion begins. */
export interface Outlook {
  readonly policy: EnvironmentPolicy;
  readonly rules: TurnRules;
  /** Whether the broken glass by which a request came past its gates lets it past no more. */
  readonly hasLapsed: (request: DeploymentRequest) => boolean;
}

/**
 * Reads the environment's rules, what people decided beforehand, and the change windows of what waits, at the last moment before a promotion
 * begins. Undefined when nothing of it needs to be known any more: a way back has come first, and it never waits for the ledger.
 */
export async function lookOut(living: LivingEnvironment): Promise<Outlook | undefined> {
  const looking = new CancellationScope();
  const read = looking.run(() => readAll(living));
  const overtaken = looking.run(() => condition(() => beginsAnyway(living.state) || living.state.queue.length === 0));
  try {
    return await Promise.race([read, overtaken.then(() => undefined)]);
  } finally {
    for (const pending of [read, overtaken]) pending.catch(nobodyAsksAnyMore);
    looking.cancel();
  }
}

async function readAll(living: LivingEnvironment): Promise<Outlook> {
  const [policy, stands] = await Promise.all([installation.readEnvironment(living.here), standing.readStanding(living.here)]);
  const facts = new Map<string, GateFacts>();
  // Who joins the queue meanwhile is read about too.
  for (let [next] = unread(living, facts); next !== undefined; [next] = unread(living, facts))
    facts.set(next.requestId, await gates.readGateFacts({ ...living.here, rules: next.rules ?? [] }));
  return { policy, rules: rulesOf(policy, stands, facts), hasLapsed: (request) => hasLapsed(request, stands, Date.now()) };
}

/** Requests with windows of their own that nothing is known of yet. */
function unread({ state }: LivingEnvironment, facts: ReadonlyMap<string, GateFacts>): readonly DeploymentRequest[] {
  const requests = state.queue.flatMap((work) => (work.kind === 'promotion' ? [work.request] : []));
  return requests.filter(({ rules, requestId }) => rules !== undefined && !facts.has(requestId));
}

function rulesOf({ queue = { kind: 'queue' } }: EnvironmentPolicy, stands: Standing, facts: ReadonlyMap<string, GateFacts>): TurnRules {
  const now = Date.now();
  const heldBack = ({ request, since }: { readonly request: DeploymentRequest; readonly since: string }) =>
    heldBackBy(request, since, facts.get(request.requestId) ?? { standing: { kind: 'known', value: stands } }, now);
  const changesAt = nextChange(stands, now);
  return { policy: queue, heldBack, ...(changesAt !== undefined && { changesAt }) };
}

function heldBackBy(request: DeploymentRequest, since: string, facts: GateFacts, now: number): readonly HeldBack[] {
  const { application, environment, release, planHash, policy, rules = [], requestedBy, stage = '' } = request;
  const question = {
    subject: { release: release.number, stage, planHash, policyRevision: policy.policyRevision },
    ...{ application, environment, rules, facts, votes: [], initiator: requestedBy, waitingSince: Date.parse(since) },
    digests: release.components.map(({ image }) => image.digest),
  };
  const closed = lastReports(question, now).filter(({ open }) => !open);
  return closed.map(({ kind, reason, changesAt }) => ({ kind, reason, ...(changesAt !== undefined && { until: changesAt }) }));
}

function nobodyAsksAnyMore(): void {
  // Cancelled, as something else goes first.
}
