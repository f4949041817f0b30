import type { Group, RoleRule } from '../domain/people/directory.ts';
import type { TrustPolicy } from '../domain/trust/policy.ts';
import type { Problem } from './problem.ts';
import type { ApplicationSettings } from './settings/application.ts';
import type { EnvironmentSettings } from './settings/environment.ts';
import type { HostSettings, RouterInstallation } from './settings/host.ts';
import type { LedgerInstallation } from './settings/ledger.ts';
import type { CheckSettings, GitHubInstallation, NotifySettings } from './settings/outside.ts';
import type { CommitAuthor, PersonSettings, SignInSettings } from './settings/people.ts';
import type { ImageWebhookSettings, RegistrySettings, RetentionInstallation } from './settings/registry.ts';

/** tidegate.yaml as the rest of Tidegate sees it: checked, defaults filled in, paths absolute, secrets still references. */
export interface Installation {
  readonly name: string;
  /** The file itself. */
  readonly file: string;
  /** The folder that relative paths and `${file:…}` begin in. */
  readonly directory: string;
  /** Where the installation keeps what it must not lose. */
  readonly data: string;
  readonly server: { readonly address: string; readonly port: number; readonly url?: string };
  readonly temporal: { readonly address?: string; readonly namespace: string; readonly ui?: string };
  /** Always with `default`. */
  readonly sites: readonly string[];
  readonly registries: readonly RegistrySettings[];
  readonly router: RouterInstallation;
  readonly hosts: readonly HostSettings[];
  /** The host that builds run on, and those that build the images of some platforms (`os/architecture`) instead. */
  readonly build: { readonly host: string; readonly platforms: Readonly<Record<string, string>> };
  /** The host that test stages run on. */
  readonly tests: { readonly host: string };
  readonly applications: readonly ApplicationSettings[];
  readonly environments: readonly EnvironmentSettings[];
  readonly github?: GitHubInstallation;
  /** Registries and others that tell of images. */
  readonly webhooks: readonly ImageWebhookSettings[];
  readonly retention: RetentionInstallation;
  readonly ledger: LedgerInstallation;
  /** What images must carry where it is asked for, by name. */
  readonly trust: readonly TrustPolicy[];
  readonly authors: readonly CommitAuthor[];
  readonly people: readonly PersonSettings[];
  readonly groups: readonly Group[];
  readonly roles: readonly RoleRule[];
  /** No token that people make lives longer. */
  readonly tokens: { readonly longestMs: number };
  readonly signIn?: SignInSettings;
  readonly notify: readonly NotifySettings[];
  readonly checks: readonly CheckSettings[];
  /** What is wrong with files that it names and that little depends on: all else goes on without them. */
  readonly faults: readonly Problem[];
}
