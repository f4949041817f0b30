import { RequestError } from 'octokit';
import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import type { Secret } from '../../domain/secret.ts';
import { type Headers, isRateLimit, rateLimitWait, retryAfter } from './rate-limit.ts';

/** What was asked of GitHub, for its failure to name. */
export interface Attempt {
  /** `api.github.com`. */
  readonly host: string;
  /** `acme/shop`. */
  readonly repository: string;
  /** `the status tidegate/build of acme/shop at a84d88e7554f`. */
  readonly what: string;
  readonly deadlineMs: number;
  /** Aborted once the deadline has passed. */
  readonly deadline: AbortSignal;
  readonly token: Secret;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Our own reading of a failed request: GitHubUnavailable where a later attempt may do, GitHubRefused where only a person can help. */
export function failureOf(error: unknown, attempt: Attempt): GitHubUnavailable | GitHubRefused {
  if (!(error instanceof RequestError) || error.response === undefined) return unreachable(error, attempt);
  // GitHub's words are quoted and octokit's error is left behind: it holds the whole request.
  return refusalOf(error.status, error.response.headers, withoutSecret(error.message, attempt.token), attempt);
}

/** An answer that GitHub does not give to a status it has taken. */
export function strangeAnswer(status: number, attempt: Attempt): GitHubRefused {
  return new GitHubRefused(
    `${expectation(attempt)}, and it answered ${status} instead of 201. ` +
      `The repository may have been renamed, or the address may not be GitHub's: check both in the configuration`,
  );
}

/** A token that cannot be sent, before a client quotes it in complaint. */
export function unusableToken(attempt: Attempt): GitHubRefused {
  return new GitHubRefused(
    `${expectation(attempt)}, and the token is empty or holds white space or control characters. Give the token alone, without a line break`,
  );
}

function refusalOf(status: number, headers: Headers, said: string, attempt: Attempt): GitHubUnavailable | GitHubRefused {
  const seen = `${expectation(attempt)}, and saw ${status} (${said})`;
  if (isRateLimit(status, headers, said)) {
    const retryAfterMs = rateLimitWait(headers, attempt.now);
    return new GitHubUnavailable(`${seen}. It wants to be left alone for ${Math.ceil(retryAfterMs / 1000)} s`, { retryAfterMs });
  }
  if (status >= 500 || status === 408)
    return new GitHubUnavailable(`${seen}. See https://www.githubstatus.com`, { retryAfterMs: retryAfter(headers, attempt.now) });
  return new GitHubRefused(`${seen}. ${wayOut(status, attempt)}`);
}

function wayOut(status: number, { repository, host }: Attempt): string {
  if (status === 401) return 'The token is wrong, expired or revoked: give a valid one';
  if (status === 403)
    return `Give the token the permission "Commit statuses: write" on ${repository} (repo:status of a classic one), and authorise it where the organisation demands single sign-on`;
  if (status === 404) return `Check that ${repository} exists on ${host} and that the token may see it`;
  if (status === 422) return `Check that the commit was pushed to ${repository}; a commit and context take 1,000 statuses at most`;
  return `Check the configuration of ${repository} on ${host}`;
}

/** octokit wraps the failure of the connection; the wrapper holds the whole request and stays behind. */
function unreachable(error: unknown, attempt: Attempt): GitHubUnavailable {
  const cause = error instanceof RequestError ? error.cause : error;
  if (attempt.deadline.aborted)
    return new GitHubUnavailable(`${expectation(attempt)}, and saw no answer within ${attempt.deadlineMs} ms`, { cause });
  const said = error instanceof Error ? withoutSecret(error.message, attempt.token) : String(error);
  return new GitHubUnavailable(`${expectation(attempt)}, and could not reach it (${said}). Check the network and the API address`, {
    cause,
  });
}

function expectation({ host, what }: Attempt): string {
  return `Expected GitHub at ${host} to take ${what}`;
}

/** One line of at most 300 characters, without the token should a server have repeated it. */
function withoutSecret(text: string, token: Secret): string {
  return text.replaceAll(token.reveal(), '[redacted]').replaceAll(/\s+/g, ' ').slice(0, 300);
}
