import { RequestError } from 'octokit';
import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import type { Secret } from '../../domain/secret.ts';
import { type Headers, isRateLimit, rateLimitWait, retryAfter } from './rate-limit.ts';

/** What a request needs, as GitHub calls it: https://docs.github.com/rest/authentication/permissions-required-for-github-apps */
export interface Permission {
  /** `Commit statuses`. */
  readonly name: string;
  readonly access: 'read' | 'write';
  /** What a classic token needs. */
  readonly scope: string;
}

/** What was asked of GitHub, for its failure to name. */
export interface Attempt {
  /** `api.github.com`. */
  readonly host: string;
  /** `acme/shop`. */
  readonly repository: string;
  /** `take the status tidegate/build of acme/shop at a84d88e7554f`. */
  readonly what: string;
  readonly permission: Permission;
  readonly whenInvalid?: string;
  readonly isApp: boolean;
  /** Whether the API's address may lack what that of a GitHub Enterprise Server ends with. */
  readonly mayLackPath?: boolean;
  /** Whether authorities were given besides the well-known ones. */
  readonly hasAuthority?: boolean;
  readonly deadlineMs: number;
  /** Aborted once the deadline has passed. */
  readonly deadline: AbortSignal;
  /** What was sent to prove who we are. */
  readonly secrets: Secret[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Our own reading of a failed request: GitHubUnavailable where a later attempt may do, GitHubRefused where only a person can help. */
export function failureOf(error: unknown, attempt: Attempt): GitHubUnavailable | GitHubRefused {
  if (error instanceof GitHubRefused || error instanceof GitHubUnavailable) return error;
  if (!(error instanceof RequestError) || error.response === undefined) return unreachable(error, attempt);
  // GitHub's words are quoted and octokit's error is left behind: it holds the whole request.
  return refusalOf(error.status, error.response.headers, withoutSecrets(error.message, attempt.secrets), attempt);
}

/** Whether GitHub no longer knows the token. */
export function isExpired(error: unknown): boolean {
  return error instanceof RequestError && error.status === 401;
}

/** Whether GitHub asked for a pause from everything. */
export function isLimit(error: unknown): boolean {
  return error instanceof RequestError && error.response !== undefined && isRateLimit(error.status, error.response.headers, error.message);
}

/** What is not asked, as GitHub asked for a pause before. */
export function leftAlone(waitMs: number, attempt: Attempt): GitHubUnavailable {
  const seconds = Math.ceil(waitMs / 1000);
  return new GitHubUnavailable(`${expectation(attempt)}, and did not ask: it wants to be left alone for ${seconds} s more`, {
    retryAfterMs: waitMs,
  });
}

/** An answer that GitHub does not give to what it has taken. */
export function strangeAnswer(status: number, expected: number, attempt: Attempt): GitHubRefused {
  return new GitHubRefused(
    `${expectation(attempt)}, and it answered ${status} instead of ${expected}. ` +
      `The repository may have been renamed, or the address may not be GitHub's: check both in the configuration`,
  );
}

/** A page where JSON was expected: something between us and GitHub answers, and may stop doing so. */
export function strangeBody(attempt: Attempt): GitHubUnavailable {
  return new GitHubUnavailable(
    `${expectation(attempt)}, and its answer was no JSON. A proxy or a sign-in page may answer in its place: check the network and the API address`,
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
  // A conflict is with something that is under way at GitHub itself.
  if (status >= 500 || status === 408 || status === 409)
    return new GitHubUnavailable(`${seen}. See https://www.githubstatus.com`, { retryAfterMs: retryAfter(headers, attempt.now) });
  return new GitHubRefused(`${seen}. ${wayOut(status, attempt)}`);
}

function wayOut(status: number, attempt: Attempt): string {
  const { repository, host, isApp, whenInvalid } = attempt;
  if (status === 401 && isApp) return "The App's id or private key is wrong, or this machine's clock is: check all three";
  if (status === 401) return 'The token is wrong, expired or revoked: give a valid one';
  if (status === 403) return missingPermission(attempt);
  if (status === 404)
    return `Check that ${repository} exists on ${host} and that ${isApp ? 'the App is installed there' : 'the token may see it'}${pathHint(attempt)}`;
  if (status === 422 && whenInvalid !== undefined) return whenInvalid;
  return `Check the configuration of ${repository} on ${host}`;
}

function pathHint({ mayLackPath }: Attempt): string {
  return mayLackPath ? ', and that the API address is right: that of a GitHub Enterprise Server ends with /api/v3' : '';
}

function missingPermission({ repository, permission, isApp }: Attempt): string {
  const named = `"${permission.name}: ${permission.access}" on ${repository}`;
  if (isApp) return `Give the App the permission ${named}, and accept it at its installation`;
  return `Give the token the permission ${named} (${permission.scope} of a classic one), and authorise it where the organisation demands single sign-on`;
}

/** octokit wraps the failure of the connection; the wrapper holds the whole request and stays behind. */
function unreachable(error: unknown, attempt: Attempt): GitHubUnavailable {
  const cause = error instanceof RequestError ? error.cause : error;
  if (attempt.deadline.aborted || isTimeout(cause))
    return new GitHubUnavailable(`${expectation(attempt)}, and saw no answer within ${attempt.deadlineMs} ms`, { cause });
  const said = error instanceof Error ? withoutSecrets(error.message, attempt.secrets) : String(error);
  return new GitHubUnavailable(
    `${expectation(attempt)}, and could not reach it (${said}). ${isUntrusted(cause) ? authorityHint(attempt) : 'Check the network and the API address'}`,
    {
      cause,
    },
  );
}

/** OpenSSL's words for a certificate whose authority nobody here knows, as Node.js has them: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED: readonly unknown[] = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
];

/** fetch wraps what the connection said once more. */
function isUntrusted(cause: unknown): boolean {
  if (typeof cause !== 'object' || cause === null) return false;
  return ('code' in cause && UNTRUSTED.includes(cause.code)) || ('cause' in cause && isUntrusted(cause.cause));
}

function authorityHint({ hasAuthority }: Attempt): string {
  return hasAuthority
    ? 'Its certificate is of another authority than those in github.ca: give the one that signed it'
    : 'Give github.ca, a PEM file of the authority that signed its certificate';
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}

function expectation({ host, what }: Attempt): string {
  return `Expected GitHub at ${host} to ${what}`;
}

/** One line of at most 300 characters, without what proves who we are should a server have repeated it. */
function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const clean = secrets.reduce((said, secret) => said.replaceAll(secret.reveal(), '[redacted]'), text);
  return clean.replaceAll(/\s+/g, ' ').slice(0, 300);
}
