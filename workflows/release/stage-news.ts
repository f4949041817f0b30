import { upsertSearchAttributes } from '@temporalio/workflow';
import { checkNews } from '../../domain/check-run.ts';
import { commitStatus } from '../../domain/commit-status.ts';
import { deploymentNews } from '../../domain/deployment-news.ts';
import type { ReleaseRecord, ReleaseStatus, StageStatus } from '../../domain/release.ts';
import { StatusLane } from '../lanes.ts';
import { SEARCH_ATTRIBUTES } from '../search-attributes.ts';
import type { ReleaseSoFar } from './release-so-far.ts';

/** What is told of a stage's change beside where it stands. */
export interface NewsDetails {
  readonly isTakenBack?: boolean;
}

/** Tells GitHub and the lists how the stages of a release stand. */
export class StageNews {
  readonly #statuses = new StatusLane();
  /** The deployment that each stage's last attempt asked for and got. */
  readonly #deployments: Map<string, string>;
  /** What lists show. */
  #shown: string;

  /** `soFar` is what an earlier run told. */
  constructor(soFar: Partial<Pick<ReleaseSoFar, 'shown' | 'deployments'>> = {}) {
    this.#shown = soFar.shown ?? '';
    this.#deployments = new Map(Object.entries(soFar.deployments ?? {}));
  }

  /** What the next run is to know. */
  soFar(): Pick<ReleaseSoFar, 'shown' | 'deployments'> {
    return { shown: this.#shown, deployments: Object.fromEntries(this.#deployments) };
  }

  /** Whether GitHub knows the last state of every stage, or has refused it for good. */
  isTold(): boolean {
    return this.#statuses.isDrained();
  }

  /** Tells how a stage of the release stands now. */
  tell(record: ReleaseRecord, status: ReleaseStatus, stage: string, details: NewsDetails): void {
    const changed = status.stages.find((other) => other.name === stage);
    if (changed !== undefined) this.#tellGitHub(record, changed, details);
    const shown = `${status.state} ${stage}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTES.state, value: status.state },
      { key: SEARCH_ATTRIBUTES.stage, value: stage },
    ]);
  }

  /** Lists show a release that never began as what it is. */
  showFailed(): void {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: 'failed' }]);
  }

  #tellGitHub({ application, commit, number: release }: ReleaseRecord, stage: StageStatus, { isTakenBack = false }: NewsDetails): void {
    const text = commitStatus(stage);
    const deployment = this.#deploymentOf(stage);
    if (text === undefined || commit === undefined) return;
    const seen = { release, isTakenBack, ...(deployment !== undefined && { deployment }) };
    const news = stage.environment === undefined ? undefined : deploymentNews(stage.state, { environment: stage.environment, ...seen });
    const check = checkNews(stage, { application, release }, text.description);
    this.#statuses.tell({ application, commit, ...text, release, ...(news !== undefined && { deployments: [news] }), check });
  }

  /** A further attempt of a stage is another deployment, once it has begun. */
  #deploymentOf({ name, state }: StageStatus): string | undefined {
    if (state.kind === 'running' && state.deployment !== undefined) this.#deployments.set(name, state.deployment);
    else if (state.kind === 'running' || state.kind === 'waiting' || state.kind === 'queued') this.#deployments.delete(name);
    return this.#deployments.get(name);
  }
}
