import type { StageState } from './release.ts';

/** What GitHub shows of a deployment: https://docs.github.com/rest/deployments/statuses */
export interface DeploymentNews {
  readonly environment: string;
  readonly release: number;
  /** The deployment's own id, also of one that GitHub never heard of; absent where the one that brought the release to the environment last is meant. */
  readonly deployment?: string;
  readonly state: 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
  readonly description: string;
  /** True where its release is what the environment runs from now on. */
  readonly isServing?: true;
  /** True where it served, and does not any more by the time that it is told. */
  readonly hasServed?: true;
  /** The release that serves there again. */
  readonly returnsTo?: number;
  /** The release that served there before, where it is known. */
  readonly replaces?: number;
}

/** `deployment/shop/production/12` is the twelfth of its environment. */
export function generationOf(deployment: string): number {
  return Number(/\/(\d+)$/.exec(deployment)?.[1] ?? 0);
}

/** A stage's deployment, as far as a release knows of it. */
export interface DeploymentSeen {
  readonly environment: string;
  readonly release: number;
  /** Absent before it began, and where another run of the release saw it. */
  readonly deployment?: string;
  /** True where the stage had passed, and its environment went back from it. */
  readonly isTakenBack?: boolean;
}

/** What is told of a stage's deployment now; undefined while there is none. */
export function deploymentNews(state: StageState, seen: DeploymentSeen): DeploymentNews | undefined {
  if (seen.isTakenBack === true && state.kind === 'rolled-back') return takenBack(state, seen);
  const told = toldOf(state);
  const { environment, release, deployment } = seen;
  return told === undefined || deployment === undefined ? undefined : { environment, release, deployment, ...told };
}

function takenBack({ to, reason }: Extract<StageState, { kind: 'rolled-back' }>, seen: DeploymentSeen): DeploymentNews {
  const { environment, release, deployment } = seen;
  return {
    environment,
    release,
    ...(deployment !== undefined && { deployment }),
    state: 'inactive',
    description: `Rolled back${to === null ? '' : ` to release ${to}`}: ${reason}`,
    ...(to !== null && { returnsTo: to }),
  };
}

function toldOf(state: StageState): Pick<DeploymentNews, 'state' | 'description' | 'isServing'> | undefined {
  switch (state.kind) {
    case 'running':
      return state.deployment === undefined ? undefined : { state: 'in_progress', description: state.detail };
    case 'passed':
      return { state: 'success', description: 'Serves on every host', isServing: true };
    case 'incomplete':
      return { state: 'failure', description: `Incomplete: ${state.reason}`, isServing: true };
    case 'failed':
      return { state: 'failure', description: `Failed: ${state.reason}` };
    case 'rolled-back':
      return { state: 'failure', description: `Rolled back${state.to === null ? '' : ` to release ${state.to}`}: ${state.reason}` };
    case 'cancelled':
      return { state: 'error', description: `Cancelled by ${state.by}: ${state.reason}` };
    default:
      return undefined;
  }
}

/** News of the same deployment replace each other, of others stay: a second attempt of a stage is another deployment. */
export function withNews(before: readonly DeploymentNews[], news: readonly DeploymentNews[]): readonly DeploymentNews[] {
  const key = ({ environment, release, deployment }: DeploymentNews) => deployment ?? `${environment}/${release}`;
  const replaced = new Set(news.map(key));
  return [...before.filter((old) => !replaced.has(key(old))), ...news];
}
