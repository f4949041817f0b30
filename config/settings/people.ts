import type { SecretReference } from '../../domain/secret-reference.ts';

export interface PersonSettings {
  readonly name: string;
  /** A token that the installation keeps; without one they sign in, or have tokens of their own. */
  readonly token?: SecretReference;
  /** Their `sub` at the provider. */
  readonly subject?: string;
  /** The id of their account on GitHub. */
  readonly github?: number;
}

/** Whose address of commits it is; nobody's where no person is named. */
export interface CommitAuthor {
  readonly address: string;
  readonly person?: string;
}

/** A provider of OpenID Connect. */
export interface SignInSettings {
  readonly issuer: string;
  readonly client: string;
  readonly scopes: readonly string[];
  readonly nameClaim: string;
  readonly groupsClaim: string;
  readonly clockToleranceMs: number;
}
