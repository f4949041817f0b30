import { condition } from '@temporalio/workflow';
import type { GateFactsAsked } from '../../activities/gates.ts';
import type { DeployableRelease } from '../../domain/deployment.ts';
import { evaluateGates, nextLook } from '../../domain/gates/evaluate.ts';
import type { GateFacts } from '../../domain/gates/facts.ts';
import { looksAgainAfter } from '../../domain/gates/looking.ts';
import type { GateQuestion } from '../../domain/gates/question.ts';
import type { GateReport } from '../../domain/gates/report.ts';
import { asksTrust, rulesOf } from '../../domain/gates/stage-rules.ts';
import type { GateSubject } from '../../domain/gates/votes.ts';
import type { Stage } from '../../domain/pipeline.ts';
import type { StageState } from '../../domain/release.ts';
import { NOTHING_STANDS } from '../../domain/standing.ts';
import { stageRevision } from '../../domain/trust/record.ts';
import { givenFor, type TrustSubject, trustSubjects } from '../../domain/trust/subject.ts';
import { gates } from '../proxies/main.ts';
import { whileAsking } from './checks.ts';
import type { ReleaseRun } from './release-run.ts';
import type { Proposal, StageWait } from './release-so-far.ts';
import { withMetrics } from './request-counts.ts';

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
    const at = new Date().toISOString();
    if (verdict.kind === 'rejected') return { kind: 'rejected', at, by: verdict.by, comment: verdict.comment };
    if (verdict.kind === 'expired') return { kind: 'expired', at, reason: verdict.reason };
    const { plan, policy } = proposal;
    const waiting = { kind: 'waiting', since, gates: verdict.gates, plan, policyRevision: stageRevision(policy, stage) } as const;
    const said = closedReasons(verdict.gates);
    // GitHub takes so many statuses of a commit: a look that finds nothing new tells nothing.
    if (said === told && policy.readsFacts === true) run.note(stage.name, waiting);
    else run.show(stage.name, waiting);
    told = said;
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

/** A figure is soon too old to open anything: whoever votes then waits for no next look. */
function hasFigures(gates: readonly GateReport[]): boolean {
  return gates.some(({ kind }) => kind === 'metric');
}

function closedReasons(gates: readonly GateReport[]): string {
  return gates.flatMap(({ open, reason }) => (open ? [] : [reason])).join('; ');
}

function factsAsked(run: ReleaseRun, stage: DeployStage, { policy, release }: Proposal): GateFactsAsked {
  const { application } = run.record;
  const { commit } = release;
  const rules = rulesOf(policy, stage);
  return {
    application,
    environment: stage.environment,
    rules,
    ...(commit !== undefined && { commit }),
    ...(asksTrust(rules) && { images: proposedSubjects(run, release) }),
  };
}

/** What hosts would pull, each with where it was built. */
export function proposedSubjects(run: ReleaseRun, { components }: DeployableRelease): readonly TrustSubject[] {
  const images = Object.fromEntries(components.map(({ name, image }) => [name, image]));
  return givenFor(run.record, trustSubjects(images, run.board.images));
}

function questionOf(
  run: ReleaseRun,
  stage: DeployStage,
  { policy, plan, release }: Proposal,
  facts: GateFacts,
  since: string,
): GateQuestion {
  const { application, initiator } = run.record;
  const promotedBy = run.movers.promotedBy[stage.name];
  const subject = subjectOf(run, stage, { policy, plan });
  const rules = rulesOf(policy, stage);
  const mover = run.movedOutOfReach(stage);
  return {
    subject,
    application,
    environment: stage.environment,
    ...(release.commit !== undefined && { commit: release.commit }),
    digests: release.components.map(({ image }) => image.digest),
    rules,
    votes: run.votes.all,
    initiator,
    promoters: run.furtherStartersOf(stage.name),
    ...(promotedBy !== undefined && { promotedBy }),
    ...(mover !== undefined && { outOfReachOf: mover.person, ...(mover.isUnproved === true && { isUnproved: true }) }),
    waitingSince: Date.parse(since),
    facts: { ...facts, ...run.checks.facts(rules, subject) },
  };
}

function subjectOf({ record }: ReleaseRun, stage: DeployStage, { policy, plan }: Pick<Proposal, 'policy' | 'plan'>): GateSubject {
  return { release: record.number, stage: stage.name, planHash: plan.hash, policyRevision: stageRevision(policy, stage) };
}

/** What is read of the world, and by the routers of hosts: of both at once. */
function readFacts(run: ReleaseRun, asked: GateFactsAsked): Promise<GateFacts> {
  const counted = run.counts.read(asked);
  const facts = gates.readGateFacts(asked);
  return counted === undefined ? facts : Promise.all([facts, counted]).then(([read, metrics]) => withMetrics(read, metrics));
}
