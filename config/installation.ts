import type { Alarm, WebhookHeader } from '../domain/alarm.ts';
import type { Allowances } from '../domain/allowances.ts';
import type { BreakGlassRules } from '../domain/break-glass.ts';
import type { EnvironmentImages } from '../domain/environment-images.ts';
import type { ApprovalRule, GateRules } from '../domain/gates/rules.ts';
import type { OnFailure } from '../domain/guided-failure.ts';
import type { PinnedImage } from '../domain/image.ts';
import type { Group, RoleRule } from '../domain/people/directory.ts';
import type { QueuePolicy } from '../domain/queue-policy.ts';
import type { Hold } from '../domain/retention-protection.ts';
import type { RetentionRule } from '../domain/retention-rules.ts';
import type { SecretReference } from '../domain/secret-reference.ts';
import type { Trigger } from '../domain/triggers.ts';
import type { TrustPolicy } from '../domain/trust/policy.ts';
import type { Problem } from './problem.ts';

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
  /** The host that builds run on. */
  readonly build: { readonly host: string };
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

export interface RouterInstallation {
  readonly image: PinnedImage;
  readonly port: number;
  /** The port for TLS; undefined where there is none. */
  readonly https?: number;
  /** Further ports of each host, for components that publish tcp. */
  readonly tcp: readonly number[];
}

/** Where the ledger is, and how it proves itself. */
export interface LedgerInstallation {
  /** PostgreSQL; undefined is a file in the data folder. */
  readonly database?: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly user: string;
    readonly password?: SecretReference;
    readonly tls: 'verify' | 'off';
    /** A PEM file. */
    readonly ca?: string;
  };
  readonly origin: string;
  /** The file of the private key. */
  readonly key: string;
  readonly checkpoints: { readonly records: number; readonly intervalMs: number; readonly publish: readonly CheckpointTarget[] };
}

/** Where the newest checkpoint is published. */
export type CheckpointTarget =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'image'; readonly repository: string }
  | { readonly kind: 'git'; readonly repository: string; readonly branch: string; readonly file: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret?: SecretReference };

/** What registries may lose, and when. */
export interface RetentionInstallation {
  /** Five fields, in UTC; undefined where it is done by hand alone. */
  readonly schedule?: string;
  readonly rules: readonly RetentionRule[];
  readonly holds: readonly Hold[];
}

export interface RegistrySettings {
  readonly name: string;
  /** `host` or `host:port`, as images name it. */
  readonly address: string;
  readonly plainHttp: boolean;
  readonly username?: string;
  readonly password?: SecretReference;
  /** PEM files. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Addresses of registries that are asked first for what has a digest. */
  readonly mirrors: readonly string[];
  /** Hosts outside the registry's own domain that hand out its tokens. */
  readonly tokenHosts: readonly string[];
}

/** How a host's engine is reached. */
export type DockerEndpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  | { readonly kind: 'ssh'; readonly user: string; readonly host: string; readonly port: number }
  /** A context of the docker command on the machine of the host's worker. */
  | { readonly kind: 'context'; readonly name: string };

/** PEM files. */
export interface TlsFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface HostSettings {
  readonly name: string;
  readonly docker: DockerEndpoint;
  /** Where users reach the host's router. */
  readonly address: string;
  readonly port: number;
  /** The port for TLS; undefined where there is none. */
  readonly https?: number;
  readonly site: string;
  /** Who downloads images for it. */
  readonly pull: 'worker' | 'engine';
  readonly labels: Readonly<Record<string, string>>;
}

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

/** Where GitHub is, and who Tidegate is there. */
export interface GitHubInstallation {
  readonly api: string;
  /** A PEM file. */
  readonly ca?: string;
  readonly credentials:
    | { readonly kind: 'token'; readonly token: SecretReference }
    | { readonly kind: 'app'; readonly id: number; readonly key: SecretReference; readonly installation?: number };
  /** What the App's own webhook signs with. */
  readonly appSecret?: SecretReference;
  /** Who may send to /webhooks/github. */
  readonly webhooks?: { readonly secrets: readonly SecretReference[] };
}

export interface ImageWebhookSettings {
  readonly name: string;
  readonly kind: 'distribution' | 'docker-hub' | 'harbor' | 'quay' | 'generic';
  /** The name of the registry that it tells of. */
  readonly registry?: string;
  readonly proof: 'authorization' | 'path' | 'x-hub-signature-256' | 'webhook-signature';
  /** Any of them counts. */
  readonly secrets: readonly SecretReference[];
}

export interface EnvironmentSettings {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly bakeMs: number;
  /** What takes a release back by itself meanwhile. */
  readonly alarms: readonly Alarm[];
  /** How those of them that are webhooks are told from anybody's messages. */
  readonly webhooks: readonly WebhookSettings[];
  /** Where its hosts pull from; undefined is where images were built. */
  readonly images?: EnvironmentImages;
  /** What of its hosts components may reach. */
  readonly allows: Allowances;
  readonly onFailure?: OnFailure;
  readonly queue?: QueuePolicy;
  readonly breakGlass?: BreakGlassRules;
  readonly tls?: EnvironmentTls;
  readonly protection: { readonly approval?: ApprovalRule; readonly stopAfterFailures?: number; readonly gates: GateRules };
}

export interface WebhookSettings {
  readonly alarm: string;
  readonly header: WebhookHeader;
  /** Any of them counts. */
  readonly secrets: readonly SecretReference[];
}

export interface EnvironmentTls {
  readonly certificates: readonly CertificateSettings[];
  /** Whether requests over plain HTTP are sent to HTTPS. */
  readonly redirect: boolean;
}

/** PEM texts. */
export interface CertificateSettings {
  readonly name: string;
  readonly chain: SecretReference;
  readonly key: SecretReference;
}

/** Whose address of commits it is; nobody's where no person is named. */
export interface CommitAuthor {
  readonly address: string;
  readonly person?: string;
}

/** Who is told at once, by signed webhooks. */
export interface NotifySettings {
  readonly url: string;
  readonly secret: SecretReference;
}

/** An external check: where it is, and by which secrets it and Tidegate know each other. */
export interface CheckSettings {
  readonly name: string;
  readonly url: string;
  /** The first one signs; any of them counts. */
  readonly secrets: readonly SecretReference[];
  /** A PEM file. */
  readonly ca?: string;
}

export interface PersonSettings {
  readonly name: string;
  /** A token that the installation keeps; without one they sign in, or have tokens of their own. */
  readonly token?: SecretReference;
  /** Their `sub` at the provider. */
  readonly subject?: string;
  /** The id of their account on GitHub. */
  readonly github?: number;
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
