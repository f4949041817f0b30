import type { SecretReference } from '../../domain/secret-reference.ts';
import type { Trigger } from '../../domain/triggers.ts';

export interface ApplicationSettings {
  readonly name: string;
  readonly source: SourceSettings;
  /** The pipeline file within the repository. */
  readonly pipeline: string;
  readonly github?: ApplicationOnGitHub;
  /** Where people use it, by environment. */
  readonly urls?: Readonly<Record<string, string>>;
  /** What steps of its builds may ask for, by id; absent where they may ask for nothing. */
  readonly buildSecrets?: Readonly<Record<string, SecretReference>>;
  /** What starts its releases by itself. */
  readonly triggers: readonly Trigger[];
}

/** `git` is a URL, or the absolute path of a repository on this machine; `github` is `owner/name`, read through the API of the installation's GitHub. */
export type SourceSettings = { readonly git: string } | { readonly github: string };

export interface ApplicationOnGitHub {
  /** `owner/name`. */
  readonly repository: string;
  /** GitHub's number of it. */
  readonly id?: number;
  /** Which environments here those on GitHub stand for: their jobs wait for the gates. */
  readonly guards: readonly { readonly environment: string; readonly github: string }[];
}
