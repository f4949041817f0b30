import type { GateFactsAsked } from '../../activities/gates.ts';
import type { DeployableRelease } from '../../domain/deployment.ts';
import type { GateFacts } from '../../domain/gates/facts.ts';
import type { GateQuestion } from '../../domain/gates/question.ts';
import { asksTrust, rulesOf } from '../../domain/gates/stage-rules.ts';
import type { GateSubject } from '../../domain/gates/votes.ts';
import type { Stage } from '../../domain/pipeline.ts';
import { stageRevision } from '../../domain/trust/record.ts';
import { givenFor, type TrustSubject, trustSubjects } from '../../domain/trust/subject.ts';
import { gates } from '../proxies/main.ts';
import type { ReleaseRun } from './release-run.ts';
import type { Proposal } from './release-so-far.ts';
import { withMetrics } from './request-counts.ts';

type DeployStage = Extract<Stage, { kind: 'deploy' }>;

/** What is read of the world to judge a stage's gates. */
export function factsAsked(run: ReleaseRun, stage: DeployStage, { policy, release }: Proposal): GateFactsAsked {
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

/** What the gates of a stage are asked now. */
export function questionOf(
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

/** What votes and answers on a stage are bound to. */
export function subjectOf({ record }: ReleaseRun, stage: DeployStage, { policy, plan }: Pick<Proposal, 'policy' | 'plan'>): GateSubject {
  return { release: record.number, stage: stage.name, planHash: plan.hash, policyRevision: stageRevision(policy, stage) };
}

/** Reads what is to be known of the world, and has the routers of hosts counted: both at once. */
export function readFacts(run: ReleaseRun, asked: GateFactsAsked): Promise<GateFacts> {
  const counted = run.counts.read(asked);
  const facts = gates.readGateFacts(asked);
  return counted === undefined ? facts : Promise.all([facts, counted]).then(([read, metrics]) => withMetrics(read, metrics));
}
