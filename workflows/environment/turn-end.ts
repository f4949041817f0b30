import { patched, upsertSearchAttributes } from '@temporalio/workflow';
import { watchedBy } from '../../domain/alarm.ts';
import { type DeploymentOutcome, isAdopted } from '../../domain/deployment.ts';
import type { DeploymentNews } from '../../domain/deployment-news.ts';
import { finish, withWarning } from '../../domain/ended-deployment.ts';
import { tagsOfRelease } from '../../domain/environment-images.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import { enqueueRollback } from '../../domain/environment-queue.ts';
import type { EnvironmentState } from '../../domain/environment-state.ts';
import { releaseOf } from '../../domain/environment-work.ts';
import type { RollbackRequest } from '../../domain/rollback-request.ts';
import { leftBy, takenBackBy } from '../../domain/taken-back.ts';
import { followersOf } from '../../domain/way-back-news.ts';
import { desk } from '../proxies/main.ts';
import { SEARCH_ATTRIBUTES } from '../search-attributes.ts';
import { ledgerActionOf, reasonOf } from './deployment-record.ts';
import { type LivingEnvironment, now } from './living-environment.ts';
import { tellFollower, tellQueue, tellRelease } from './release-news.ts';

type Running = NonNullable<EnvironmentState['running']>;

/** How a turn ended. */
export interface EndedTurn {
  readonly running: Running;
  readonly outcome: DeploymentOutcome;
  /** Those that it went by; undefined where they could not be read. */
  readonly rules: EnvironmentPolicy | undefined;
  /** A rollback that it was stopped for. */
  readonly wantedBack: RollbackRequest | undefined;
}

/** The environment takes in what its deployment came to; the ledger knows of it before all who are told. */
export async function endTurn(living: LivingEnvironment, { running, outcome, rules, wantedBack }: EndedTurn): Promise<void> {
  const before = living.state.current;
  const previous = before?.release.number ?? null;
  // As it is now: others may have joined it.
  const { work } = living.state.running ?? running;
  const release = releaseOf(running.work).number;
  const takenBack = takenBackBy(living.state, outcome, now());
  const left = leftBy(living.state, outcome, takenBack);
  living.state = watchedBy(finish(living.state, outcome, now(), rules?.bakeMs ?? 0), rules?.alarms ?? []);
  if (isAdopted(outcome) && wantedBack !== undefined && before !== null)
    living.state = enqueueRollback(living.state, wantedBack, before, now());
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.release, value: living.state.current?.release.number ?? null }]);
  const recorded = living.keep(ledgerActionOf(outcome), `${running.deployment}/ended`, 'tidegate', release, reasonOf(outcome));
  if (isAdopted(outcome) && running.work.kind !== 'host') setTags(living, running, rules?.images);
  living.records.after(recorded, () => tellRelease(running.work, { kind: 'ended', outcome, previous }));
  for (const follower of followersOf(work, outcome, reasonOf(outcome), wantedBack))
    living.records.after(recorded, () => tellFollower(follower));
  if (takenBack !== undefined) living.records.after(recorded, () => desk.tellTakenBack(takenBack));
  if (left !== undefined && patched('ways-back-on-github')) living.records.after(recorded, () => tellGitHub(living, left));
  await tellQueue(living.state);
}

/** Nothing waits for it, and nothing is made of it, so no commit is needed. */
async function tellGitHub(living: LivingEnvironment, news: DeploymentNews): Promise<void> {
  const { application, environment } = living.here;
  const named = { application, commit: '', context: `environment/${environment}/${news.release}`, release: news.release };
  living.github.tell({ ...named, deployments: [news] });
}

/** Whether it came by promotion or by rollback: its tags say what the environment runs. */
function setTags(living: LivingEnvironment, { work, deployment }: Running, images: EnvironmentPolicy['images']): void {
  const { environment } = living.here;
  const release = releaseOf(work);
  const wanted = tagsOfRelease(images, environment, release);
  living.tags.set(wanted, `tag release ${release.number} in ${environment}`, (reason) => {
    living.state = withWarning(living.state, deployment, `Tags were not set: ${reason}`);
  });
}
