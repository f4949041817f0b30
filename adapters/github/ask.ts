import { RequestError } from 'octokit';
import type { GitHubAnswer, GitHubClient, GitHubQuestion } from './client.ts';
import type { Permission } from './failure.ts';

export interface Question {
  /** As octokit has it: `GET /repos/{owner}/{repo}`. */
  readonly route: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly permission: Permission;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** As the App itself. */
  readonly asApp?: true;
  /** What was kept to ask with is forgotten first. */
  readonly isAnew?: true;
  /** The status of a yes; by default 200 to what is read and 201 to what is made. */
  readonly expects?: number;
  /** Told of the cursor of the next page, where there is one. */
  readonly onNext?: (cursor: string) => void;
}

/** One request. Undefined where GitHub says that there is no such thing; throws GitHubUnavailable and GitHubRefused otherwise. */
export type Ask = (question: Question) => Promise<unknown>;

/** 409 is a repository without commits, 410 what was deleted, 422 a name that can be none. */
const ABSENT = [404, 409, 410, 422];
const NOTHING: GitHubAnswer<object> = { status: 200, data: {}, headers: {} };

export function createAsk(client: GitHubClient): Ask {
  return async (question) => {
    const answer = await client.ask(asked(question), question.signal, async (octokit, common) => {
      try {
        const { status, data, headers } = await octokit.request(question.route, {
          ...ofRepository(question),
          ...question.parameters,
          ...common,
        });
        // What is there already is answered with 200, and is as good as made.
        return { status: status === 200 ? expectedOf(question) : status, data: data as object, headers };
      } catch (error) {
        if (isRead(question) && error instanceof RequestError && ABSENT.includes(error.status)) return NOTHING;
        throw error;
      }
    });
    const cursor = nextCursor(answer.headers.link);
    if (cursor !== undefined) question.onNext?.(cursor);
    return answer === NOTHING ? undefined : answer.data;
  };
}

function asked(question: Question): GitHubQuestion {
  const [owner = '', repo = ''] = question.repository.split('/');
  const { asApp, isAnew } = question;
  const how = { ...(asApp && { asApp }), ...(isAnew && { isAnew }) };
  const what = `answer ${question.route.replace('{owner}/{repo}', question.repository)}`;
  return { repository: { owner, repo }, what, permission: question.permission, expects: expectedOf(question), ...how };
}

/** What is asked of an organisation or an App names no repository. */
function ofRepository({ route, repository }: Question): Readonly<Record<string, unknown>> {
  const [owner, repo] = repository.split('/');
  return route.includes('/{owner}/{repo}') ? { owner, repo } : {};
}

function isRead({ route }: Question): boolean {
  return route.startsWith('GET ');
}

function expectedOf(question: Question): number {
  return question.expects ?? (isRead(question) ? 200 : 201);
}

/** https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
function nextCursor(link: string | number | undefined): string | undefined {
  const [, url] = /<([^>]+)>; rel="next"/.exec(String(link ?? '')) ?? [];
  return url !== undefined && URL.canParse(url) ? (new URL(url).searchParams.get('cursor') ?? undefined) : undefined;
}
