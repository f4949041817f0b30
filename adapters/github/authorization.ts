import type { Secret } from '../../domain/secret.ts';
import type { GitHubQuestion, GitHubRepository } from './client.ts';

/** Who we are in a request. */
export interface Authorization {
  readonly kind: 'token' | 'app';
  /** What the header `authorization` holds. An App asks GitHub for it, once in an hour; what GitHub answers then is thrown as it is. */
  header(question: GitHubQuestion): Promise<Credential>;
  /** Drops what was kept for a repository; false where a new one would be no other. */
  forget(repository: GitHubRepository): boolean;
}

export interface Credential {
  readonly scheme: 'Bearer';
  readonly secret: Secret;
}
