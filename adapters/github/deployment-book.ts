import { type DeploymentNews, generationOf } from '../../domain/deployment-news.ts';
import { numberIn, objectIn, wholeList } from './answers.ts';
import type { GitHubClient, GitHubQuestion, GitHubRepository } from './client.ts';
import { cutDescription } from './description.ts';

/** A Deployment on GitHub that is ours. */
export interface Entry {
  readonly id: number;
  readonly release: number;
  /** The id of Tidegate's own deployment. */
  readonly deployment: string;
  readonly generation: number;
}

export interface BookPlace {
  readonly repository: GitHubRepository;
  readonly application: string;
  readonly environment: string;
  readonly installation: string;
  /** Where people use what serves there. */
  readonly url: string | undefined;
  /** Where people look at the release. */
  readonly page: string | undefined;
  readonly signal: AbortSignal;
}

type State = DeploymentNews['state'];
const PERMISSION = { name: 'Deployments', access: 'write', scope: 'repo_deployment' } as const;

/** The Deployments that Tidegate made on GitHub of one application in one environment. */
export class DeploymentBook {
  readonly #client: GitHubClient;
  readonly #place: BookPlace;

  constructor(client: GitHubClient, place: BookPlace) {
    this.#client = client;
    this.#place = place;
  }

  /** The newest hundred of the environment, as far as they are ours: the latest generation first. */
  async read(): Promise<readonly Entry[]> {
    const { repository, environment, application, signal } = this.#place;
    const { data } = await this.#client.ask(this.#question('list the deployments', 200), signal, (octokit, common) =>
      octokit.rest.repos.listDeployments({ ...repository, environment, task: taskOf(application), per_page: 100, ...common }),
    );
    return wholeList(data, 'deployments')
      .flatMap((found) => entryOf(found, this.#place))
      .toSorted((one, other) => other.generation - one.generation);
  }

  /** Makes one that no other status holds up, and that GitHub merges nothing for. */
  async make(wanted: Omit<Entry, 'id' | 'generation'> & { readonly commit: string }): Promise<Entry> {
    const { repository, environment, application, installation, signal } = this.#place;
    const { release, deployment, commit } = wanted;
    const payload = { tidegate: `${application}/${release}`, installation, deployment };
    const question = this.#question(`take the deployment of release ${release}`, 201);
    const { data } = await this.#client.ask<{ readonly id?: number; readonly message?: string }>(question, signal, (octokit, common) =>
      octokit.rest.repos.createDeployment({
        ...repository,
        ref: commit,
        environment,
        task: taskOf(application),
        payload,
        description: cutDescription(`Release ${release} of ${application}`),
        auto_merge: false,
        required_contexts: [],
        ...common,
      }),
    );
    return { release, deployment, generation: generationOf(deployment), id: numberIn(objectIn(data), 'id') };
  }

  /** What GitHub shows of one; undefined before anything was told of it. */
  async stateOf({ id }: Entry): Promise<string | undefined> {
    const { repository, signal } = this.#place;
    const { data } = await this.#client.ask(this.#question('read the statuses of a deployment', 200), signal, (octokit, common) =>
      octokit.rest.repos.listDeploymentStatuses({ ...repository, deployment_id: id, per_page: 1, ...common }),
    );
    return wholeList(data, 'statuses')[0]?.state;
  }

  async write({ id, release }: Entry, state: State, description: string): Promise<void> {
    const { repository, environment, url, page, signal } = this.#place;
    await this.#client.ask(this.#question(`take that the deployment of release ${release} is ${state}`, 201), signal, (octokit, common) =>
      octokit.rest.repos.createDeploymentStatus({
        ...repository,
        deployment_id: id,
        state,
        environment,
        description: cutDescription(description),
        ...(page !== undefined && { log_url: page }),
        ...(url !== undefined && { environment_url: url }),
        // Other applications of the repository have deployments in this environment, too.
        auto_inactive: false,
        ...common,
      }),
    );
  }

  #question(act: string, expects: number): GitHubQuestion {
    const { repository, environment } = this.#place;
    const name = `${repository.owner}/${repository.repo}`;
    return {
      repository,
      what: `${act} of ${name} to ${environment}`,
      permission: PERMISSION,
      expects,
      whenInvalid: `Check that the commit was pushed to ${name}`,
    };
  }
}

/** Of many applications in one environment each finds its own among its newest hundred. */
function taskOf(application: string): string {
  return `deploy:${application}`;
}

interface Found {
  readonly id: number;
  readonly payload: unknown;
}

function entryOf({ id, payload }: Found, { application, installation }: BookPlace): readonly Entry[] {
  const { tidegate, installation: by, deployment } = membersOf(payload);
  if (typeof tidegate !== 'string' || typeof deployment !== 'string' || by !== installation) return [];
  const [named, release] = tidegate.split('/');
  if (named !== application || !/^\d+$/.test(release ?? '')) return [];
  return [{ id, release: Number(release), deployment, generation: generationOf(deployment) }];
}

/** Payloads are whatever somebody sent, as JSON or as its text. */
function membersOf(payload: unknown): Readonly<Record<string, unknown>> {
  if (typeof payload === 'object' && payload !== null) return payload as Readonly<Record<string, unknown>>;
  if (typeof payload !== 'string') return {};
  try {
    return membersOf(JSON.parse(payload) ?? {});
  } catch {
    return {};
  }
}
