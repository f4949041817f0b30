import type { CheckNews } from '../../domain/check-run.ts';
import type { DeploymentNews } from '../../domain/deployment-news.ts';
import type { CheckRuns, CommitStatus, DeploymentReports } from '../github.ts';
import { type Book, inOrder, type Place } from './in-order.ts';

/** What is told of a deployment. Its place is the deployment, whoever tells of it and of whichever commit. */
export interface DeploymentWord extends Place {
  readonly of: Pick<CommitStatus, 'application' | 'commit'>;
  readonly news: DeploymentNews;
}

/** What is told of a release's stage as a check run. */
export interface CheckWord extends Place {
  readonly of: Pick<CommitStatus, 'application' | 'commit' | 'release'>;
  readonly check: CheckNews;
}

/**
 * Deployments of an environment, as if one had told them, whichever of its releases and ways back is told first: `domain/github/serving.ts` has the order. What GitHub refused
 * is told again as `inOrder` says. Throws what DeploymentReports and Book say.
 */
export function deploymentsInOrder(reports: DeploymentReports, book: Book<DeploymentWord>): DeploymentReports {
  const teller = inOrder<DeploymentWord>({ report: ({ news, of }, telling) => reports.report(news, of, telling) }, book);
  return {
    report: (news, { application, commit }, telling) => {
      const context = news.deployment ?? `${news.environment}/${news.release}`;
      return teller.report({ application, commit: '', context, of: { application, commit }, news }, telling);
    },
  };
}

/** Check runs whose words are told again where GitHub refused them. Throws what CheckRuns and Book say. */
export function checksInOrder(runs: CheckRuns, book: Book<CheckWord>): CheckRuns {
  const teller = inOrder<CheckWord>({ report: ({ check, of }, telling) => runs.report(check, of, telling) }, book);
  return {
    report: (check, { application, commit, release }, telling) => {
      const of = { application, commit, ...(release !== undefined && { release }) };
      return teller.report({ application, commit, context: stageOf(check), of, check }, telling);
    },
  };
}

/** `application/release/stage/`: what is behind it changes with the plan. */
function stageOf({ externalId }: CheckNews): string {
  return externalId.slice(0, externalId.lastIndexOf('/') + 1);
}
