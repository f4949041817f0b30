import { condition } from '@temporalio/workflow';
import { evaluateGates, type GateVerdict, nextLook } from '../../domain/gates/evaluate.ts';
import type { GateFacts } from '../../domain/gates/facts.ts';
import { looksAgainAfter } from '../../domain/gates/looking.ts';
import type { GateReport } from '../../domain/gates/report.ts';
import { rulesOf } from '../../domain/gates/stage-rules.ts';
import type { Stage } from '../../domain/pipeline.ts';
import type { StageState } from '../../domain/release.ts';
import { NOTHING_STANDS } from '../../domain/standing.ts';
import { stageRevision } from '../../domain/trust/record.ts';
import { whileAsking } from './checks.ts';
import { factsAsked, questionOf, readFacts, subjectOf } from './gate-question.ts';
import type { ReleaseRun } from './release-run.ts';
import type { Proposal, StageWait } from './release-so-far.ts';

type DeployStage = Extract<Stage, { kind: 'deploy' }>;

/** Releases of before there was anything to read go on as they began: what they were told of their environment says so. */
const UNREAD: GateFacts = { standing: { kind: 'known', value: NOTHING_STANDS } };

/** Where a stage has come to: from an earlier run it goes on waiting as it did there. */
export type Wait = Pick<StageWait, 'attempt' | 'proposal' | 'strategy'> & Partial<Pick<StageWait, 'since' | 'told' | 'looks' | 'stay'>>;

/** Waits until the stage's gates open; returns how the stage ends when they never will. External checks are asked meanwhile. */
export function waitForGates(run: ReleaseRun, stage: DeployStage, wait: Wait): Promise<StageState | undefined> {
  const { proposal } = wait;
  const { commit } = proposal.release;
  const digests = proposal.release.components.map(({ image }) => image.digest);
  const place = { application: run.record.application, environment: stage.environment };
  const matter = { ...place, subject: subjectOf(run, stage, proposal), digests, ...(commit !== undefined && { commit }) };
  return whileAsking(run, rulesOf(proposal.policy, stage), matter, () => lookUntilOpen(run, stage, wait));
}

/** Gates open by facts that were read just before. */
async function lookUntilOpen(run: ReleaseRun, stage: DeployStage, wait: Wait): Promise<StageState | undefined> {
  const { proposal, since = new Date().toISOString() } = wait;
  let seen = run.changes;
  const read = () => {
    // Counted from before: what changes while it is being read may or may not be in it.
    seen = run.changes;
    return proposal.policy.readsFacts === true ? readFacts(run, factsAsked(run, stage, proposal)) : Promise.resolve(UNREAD);
  };
  let facts = await read();
  let isFresh = true;
  let { told = '' } = wait;
  for (let { looks = 0 } = wait; ; looks += 1) {
    const question = questionOf(run, stage, proposal, facts, since);
    const verdict = evaluateGates(question, Date.now());
    run.atGates.asked[stage.name] = question;
    const isWriting = (): boolean => run.votes.isCasting(stage.name) || run.checks.isWriting(stage.name);
    if (verdict.kind !== 'closed' && isWriting()) {
      // What is being written down counts: it came before.
      await condition(() => !isWriting());
      isFresh = false;
      continue;
    }
    if (verdict.kind === 'open' && !(isFresh && run.changes === seen)) {
      facts = await read();
      isFresh = true;
      continue;
    }
    if (verdict.kind === 'open') {
      run.show(stage.name, { kind: 'running', since: new Date().toISOString(), detail: `Asking ${stage.environment}` });
      run.atGates.judged[stage.name] = run.turns;
      return undefined;
    }
    if (verdict.kind !== 'closed') return endedBy(verdict);
    told = tellWaiting(run, stage, proposal, { gates: verdict.gates, since, told });
    const { turns } = run;
    run.atGates.judged[stage.name] = turns;
    const until = Math.min(nextLook(question, Date.now()) - Date.now(), looksAgainAfter(verdict.gates, looks));
    const { attempt, strategy } = wait;
    run.atGates.waits.set(stage.name, { attempt, proposal, strategy, since, asked: question, told, looks });
    let woke: boolean;
    try {
      woke = await condition(() => run.turns !== turns || run.changes !== seen, Math.max(1, until));
    } finally {
      run.atGates.waits.delete(stage.name);
    }
    isFresh = !woke || run.changes !== seen || hasFigures(verdict.gates);
    if (isFresh) facts = await read();
  }
}

/** How a stage ends whose gates will never open. */
function endedBy(verdict: Extract<GateVerdict, { kind: 'rejected' | 'expired' }>): StageState {
  const at = new Date().toISOString();
  if (verdict.kind === 'rejected') return { kind: 'rejected', at, by: verdict.by, comment: verdict.comment };
  return { kind: 'expired', at, reason: verdict.reason };
}

/** Tells why a stage waits, and returns it. GitHub takes so many statuses of a commit: a look that finds nothing new tells nothing. */
function tellWaiting(
  run: ReleaseRun,
  stage: DeployStage,
  { plan, policy }: Proposal,
  { gates, since, told }: { readonly gates: readonly GateReport[]; readonly since: string; readonly told: string },
): string {
  const waiting = { kind: 'waiting', since, gates, plan, policyRevision: stageRevision(policy, stage) } as const;
  const said = closedReasons(gates);
  if (said === told && policy.readsFacts === true) run.note(stage.name, waiting);
  else run.show(stage.name, waiting);
  return said;
}

/** A figure is soon too old to open anything: whoever votes then waits for no next look. */
function hasFigures(gates: readonly GateReport[]): boolean {
  return gates.some(({ kind }) => kind === 'metric');
}

function closedReasons(gates: readonly GateReport[]): string {
  return gates.flatMap(({ open, reason }) => (open ? [] : [reason])).join('; ');
}
