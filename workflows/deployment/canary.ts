import { ApplicationFailure, CancellationScope, sleep, workflowInfo } from '@temporalio/workflow';
import { type CanaryRules, type CanaryStep, earlyLooks, judgeCanary, type Verdict } from '../../domain/canary.ts';
import { comparisonsBetween, type HostReading } from '../../domain/canary-figures.ts';
import type { Deployment, UnclearRule } from '../../domain/deployment.ts';
import type { DeploymentHosts } from './deployment-hosts.ts';
import type { DeploymentRecords } from './deployment-records.ts';
import type { Decided } from './questions.ts';

/** Each asks every host; who needs more wants a longer pause. */
const RETRIES = 10;
/** Half of what Temporal ends a workflow at: there must be room for the way back of a whole fleet. */
const LONG_HISTORY = 25_000;

interface Parts {
  readonly rules: CanaryRules;
  readonly onUnclear: UnclearRule | undefined;
  readonly hosts: DeploymentHosts;
  readonly records: DeploymentRecords;
}

/**
 * Gives the release a growing share of the requests, on all hosts together, and judges it at each step against the version that has the
 * rest. Where no host has two versions to share requests, there is nothing to weigh. Throws what sends the deployment back.
 */
export async function takeSteps({ strategy, onUnclear }: Deployment, hosts: DeploymentHosts, records: DeploymentRecords): Promise<void> {
  if (strategy.kind !== 'canary') return;
  const { steps } = strategy;
  const passed = hosts.state.canary?.step ?? 0;
  for (const [index, step] of [...steps.entries()].slice(passed)) {
    hosts.state.canary = { ...hosts.state.canary, step: index + 1, steps: steps.length, weight: step.weight };
    const before = await hosts.weighAll(step.weight);
    if (before.every(({ components }) => components.length === 0)) return;
    await passStep({ rules: strategy, onUnclear, hosts, records }, step, before);
    await hosts.between();
  }
}

/** Resolves when the release may have more requests. All that was counted since the step began counts, also after a retry. */
async function passStep(parts: Parts, step: CanaryStep, before: readonly HostReading[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const verdict = await judged(parts, step, before);
    show(parts, { verdict });
    const kept = keep(parts, step, attempt, verdict);
    if (verdict.kind === 'worse') throw goingBack(step, verdict);
    await Promise.race([kept, CancellationScope.current().cancelRequested]);
    if (verdict.kind === 'better-or-equal') return;
    const { answer, by } = await decided(parts, step, verdict);
    if (answer === 'proceed') return;
    if (answer !== 'retry') throw goingBack(step, verdict, by);
    if (attempt > RETRIES || workflowInfo().historyLength > LONG_HISTORY)
      throw goingBack(step, verdict, `as it was measured ${attempt} times, and more would not tell more`);
  }
}

/** The verdict at the end of the pause, or as soon as it is plainly worse. */
async function judged(parts: Parts, step: CanaryStep, before: readonly HostReading[]): Promise<Verdict> {
  const { rules, hosts } = parts;
  show(parts, { until: new Date(Date.now() + step.pauseMs).toISOString() });
  const verdictNow = async (): Promise<Verdict> => judgeCanary(comparisonsBetween(before, await hosts.measureAll()), rules.judgement);
  let waited = 0;
  for (const look of earlyLooks(step)) {
    await sleep(look - waited);
    waited = look;
    const verdict = await verdictNow();
    if (verdict.kind === 'worse') return verdict;
  }
  await sleep(step.pauseMs - waited);
  return verdictNow();
}

/** Until when a step waits, and what was found last. */
function show(
  { hosts }: Parts,
  { until, verdict = hosts.state.canary?.verdict }: { readonly until?: string; readonly verdict?: Verdict },
): void {
  if (hosts.state.canary === undefined) return;
  const { step, steps, weight } = hosts.state.canary;
  hosts.state.canary = { step, steps, weight, ...(until !== undefined && { until }), ...(verdict !== undefined && { verdict }) };
}

/** What becomes of a step whose figures do not tell: as a person says, or as the stage says where nobody is asked. */
async function decided({ onUnclear, hosts }: Parts, step: CanaryStep, { reasons }: Verdict): Promise<Decided> {
  if (onUnclear === undefined) return { answer: 'roll-back', by: '' };
  const { ask, ...rule } = onUnclear;
  if (!ask) return { answer: rule.default, by: 'as nobody is to be asked' };
  return hosts.questions.ask({ ...rule, step: `${step.weight}% of the requests`, reason: reasons.join('; ') });
}

/** The way forward waits for this record, and the way back does not. */
function keep({ records }: Parts, { weight }: CanaryStep, attempt: number, { kind, reasons }: Verdict): Promise<void> {
  const reason = `${kind} at ${weight}% of the requests: ${reasons.join('; ')}`;
  return records.keep('canary-judged', `${weight}/${attempt}`, 'tidegate', reason);
}

function goingBack({ weight }: CanaryStep, { kind, reasons }: Verdict, by = ''): ApplicationFailure {
  const decision = by === '' ? '' : `. Rolled back ${by}`;
  const message = `The canary is ${kind} at ${weight}% of the requests: ${reasons.join('; ')}${decision}`;
  return ApplicationFailure.nonRetryable(message, 'CanaryStopped');
}
