import { createGateActivities, type GateSources } from '../activities/gates.ts';
import type { GuardedPlaces } from '../activities/guards.ts';
import type { InstallationReader } from '../activities/installation.ts';
import type { Ledger } from '../activities/ledger.ts';
import { lastReports } from '../domain/gates/evaluate.ts';
import { trustReport } from '../domain/gates/measured.ts';
import type { GateReport } from '../domain/gates/report.ts';
import { lastRules, rulesOf } from '../domain/gates/stage-rules.ts';
import type { GoodRelease } from '../domain/good-release.ts';
import type { GuardedPlace, GuardedRelease, GuardedStage } from '../domain/guard/guard.ts';
import { imagesOfPass } from '../domain/image.ts';
import type { ReleaseRecord, ReleaseStatus, StageStatus } from '../domain/release.ts';
import { openBoard, releaseStatusOf } from '../domain/release-board.ts';
import { subjectsOf } from '../domain/trust/record.ts';
import type { ReleaseEngine } from '../temporal/engine.ts';
import { NotFound } from '../temporal/errors.ts';

/** For reading what is attached to images: a look has a minute, with GitHub's part. */
const TRUST_MS = 30_000;

interface Sources {
  readonly ledger: Pick<Ledger, 'passes'> & {
    /** The newest release of a commit; undefined where there is none. */
    releaseOfCommit(application: string, commit: string): Promise<ReleaseRecord | undefined>;
  };
  readonly engine: Pick<ReleaseEngine, 'releaseStatus' | 'environmentStatus'>;
  readonly reader: InstallationReader;
  readonly gates: GateSources;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What is known of a commit in an environment: how its release stands, what the environment runs, and what would hold a deployment back now. */
export function connectGuards(sources: Sources): GuardedPlaces {
  return {
    see: async (place, commit) => {
      const record = await sources.ledger.releaseOfCommit(place.application, commit);
      return record === undefined ? place : { ...place, release: await seeRelease(sources, place, record) };
    },
  };
}

async function seeRelease(sources: Sources, place: GuardedPlace, record: ReleaseRecord): Promise<GuardedRelease> {
  const status = await statusOf(sources, record);
  const { current, running } = await sources.engine.environmentStatus(place.application, place.environment);
  const stages = status.stages.filter(({ environment }) => environment === place.environment);
  return {
    number: record.number,
    ...(status.fault !== undefined && { fault: status.fault }),
    isRead: status.stages.length > 0,
    stages: await Promise.all(stages.map((stage) => seeStage(sources, place, { stage, status, current }))),
    current: current?.release.number ?? null,
    changing: running?.release ?? null,
  };
}

/** A release that Temporal has forgotten stands as the ledger has it, and goes no further by itself. */
async function statusOf(sources: Sources, record: ReleaseRecord): Promise<ReleaseStatus> {
  const { application, number } = record;
  try {
    return await sources.engine.releaseStatus(application, number);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    const pipeline = await sources.reader.pipeline(application, record.commit);
    return releaseStatusOf(openBoard(record, pipeline, await sources.ledger.passes(application, number), imagesOfPass));
  }
}

interface Looked {
  readonly stage: StageStatus;
  readonly status: ReleaseStatus;
  /** What the environment runs. */
  readonly current: GoodRelease | null;
}

/** What does not run there is turned away, whatever would hold it back. */
async function seeStage(sources: Sources, place: GuardedPlace, { stage, status, current }: Looked): Promise<GuardedStage> {
  const { name, state } = stage;
  const isServing = state.kind === 'passed' && current?.release.number === status.release.number;
  return { name, state, last: isServing ? await lastOf(sources, place, name, status, current) : [] };
}

/** The same that an environment looks at before a deployment begins, trust included, by what is read now. */
async function lastOf(
  sources: Sources,
  place: GuardedPlace,
  stage: string,
  { release, images }: ReleaseStatus,
  current: GoodRelease,
): Promise<readonly GateReport[]> {
  const pipeline = await sources.reader.pipeline(place.application, release.commit);
  const [asking] = pipeline.stages.filter((one) => one.kind === 'deploy').filter(({ name }) => name === stage);
  const policy = await sources.reader.environment(place.environment);
  const asked = rulesOf(policy, asking ?? {});
  const policies = [...new Set(asked.flatMap(({ trust }) => trust ?? []))];
  const rules = lastRules(asked);
  const gates = createGateActivities(sources.gates);
  const [facts, trust] = await Promise.all([
    gates.readGateFacts({ ...place, rules }),
    gates.readTrust({ policies, images: subjectsOf(current), patienceMs: TRUST_MS }),
  ]);
  const subject = { release: release.number, stage, planHash: '', policyRevision: policy.policyRevision };
  const digests = Object.values(images).map(({ digest }) => digest);
  const now = sources.now();
  const question = { ...place, subject, digests, rules, votes: [], initiator: release.initiator, waitingSince: now, facts };
  return [...lastReports(question, now), ...policies.map((name) => trustReport(name, { trust }))];
}
