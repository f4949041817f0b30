import { RequestError } from 'octokit';
import { GitHubRefused, GitHubUnavailable } from '../../../activities/github/errors.ts';
import { SourceUnavailable } from '../../../activities/images/errors.ts';
import type { GitHubClient } from '../client.ts';

/** An application's repository at a GitHub. */
export interface SourceRepository {
  readonly application: string;
  readonly owner: string;
  readonly repo: string;
  /** For messages: `acme/shop at api.github.com`. */
  readonly place: string;
}

export interface Look {
  /** As octokit has it: `GET /repos/{owner}/{repo}/commits/{ref}`; or a whole address below the API's own. */
  readonly route: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** A media type other than JSON. */
  readonly accept?: string;
  /** Answers with where it leads, as it is. */
  readonly isRedirected?: true;
  readonly signal: AbortSignal;
}

export interface Seen {
  readonly status: number;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

/** One question about a repository's contents. What GitHub says not to have has its status; everything else throws SourceUnavailable. */
export type Looker = (repository: SourceRepository, look: Look) => Promise<Seen>;

/** 404 is what is not there or not for us, 409 a repository without commits, 422 what names no commit. */
const ABSENT = [404, 409, 422];
const CONTENTS = { name: 'Contents', access: 'read', scope: 'repo' } as const;

export function createLooker(client: GitHubClient): Looker {
  return async (repository, look) => {
    const { owner, repo } = repository;
    const what = `answer ${shown(look, repository)}`;
    const question = { repository: { owner, repo }, what, permission: CONTENTS, expects: 200 };
    try {
      // Wrapped, as files are no JSON and redirects no success.
      const { data } = await client.ask(question, look.signal, async (octokit, common) => {
        const headers = { ...common.headers, ...(look.accept !== undefined && { accept: look.accept }) };
        const request = { ...common.request, ...(look.isRedirected === true && { redirect: 'manual' as const }) };
        const named = look.route.includes('{owner}') ? { owner, repo } : {};
        const seen = await octokit.request(look.route, { ...named, ...look.parameters, headers, request }).catch(absent);
        return { status: 200, data: seen, headers: {} };
      });
      return data;
    } catch (error) {
      if (!(error instanceof GitHubRefused || error instanceof GitHubUnavailable)) throw error;
      throw new SourceUnavailable(repository.application, repository.place, error.message, { cause: error });
    }
  };
}

/** Where a redirect leads may hold a token of its own. */
function shown({ route }: Look, { owner, repo }: SourceRepository): string {
  return route.replace('{owner}/{repo}', `${owner}/${repo}`).replace(/\?.*/, '');
}

function absent(error: unknown): Seen {
  if (!(error instanceof RequestError) || !ABSENT.includes(error.status)) throw error;
  return { status: error.status, data: undefined, headers: {} };
}

/** The error for an answer that GitHub does not give. */
export function strange({ application, place }: SourceRepository, what: string): SourceUnavailable {
  return new SourceUnavailable(application, place, `its answer ${what}: something else may answer in its place`);
}

/** An answer's JSON. Throws SourceUnavailable for a page instead. */
export function membersOf(repository: SourceRepository, data: unknown): Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null || data instanceof ArrayBuffer) throw strange(repository, 'was no JSON');
  return data as Readonly<Record<string, unknown>>;
}
