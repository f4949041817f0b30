/** A GitHub account. Logins change hands; ids do not. */
export interface Account {
  readonly id: number;
  readonly login: string;
  readonly isPerson: boolean;
}

export interface GitHubRepositoryRef {
  readonly id: number;
  /** `owner/name`, as it is called now. */
  readonly name: string;
}

export interface GitRef {
  readonly kind: 'branch' | 'tag';
  readonly name: string;
}

/** What a delivery says has happened. All of it is a hint: whoever acts on it reads it again where it is. */
export type GitHubEvent =
  | { readonly kind: 'push'; readonly ref: GitRef; readonly before: string; readonly commit: string }
  | { readonly kind: 'create'; readonly ref: GitRef }
  | { readonly kind: 'release'; readonly id: number; readonly tag: string }
  | { readonly kind: 'workflow_run'; readonly id: number; readonly attempt: number }
  | { readonly kind: 'check_suite'; readonly id: number }
  | { readonly kind: 'package'; readonly image: PackageImage }
  | { readonly kind: 'repository_dispatch'; readonly type: string; readonly wish: DispatchWish }
  | { readonly kind: 'deployment'; readonly id: number; readonly environment: string }
  | { readonly kind: 'comment'; readonly id: number; readonly issue: number; readonly body: string }
  | { readonly kind: 'button'; readonly checkRun: number; readonly action: string; readonly about: string }
  | { readonly kind: 'protection'; readonly environment: string; readonly run: number; readonly deployment: number };

export interface PackageImage {
  /** `ghcr.io/owner/name`. */
  readonly repository: string;
  readonly digest: string;
  readonly tag: string;
}

/** What a repository_dispatch carries in its client_payload. */
export interface DispatchWish {
  readonly application?: string;
  /** A branch, tag or commit; the default branch where it names none. */
  readonly ref?: string;
  readonly images?: Readonly<Record<string, string>>;
  /** What is wrong with it, in words; nothing is released in its place. */
  readonly fault?: string;
}

/** Something has become of the App itself: where it is, or what it may do. */
export interface AppChange {
  /** After "The App": `was suspended`. */
  readonly what: string;
  /** Whose repositories it is about. */
  readonly account: string;
  /** `owner/name`; all of the account's where it names none. */
  readonly repositories: readonly string[];
}

/** A delivery as it is understood: an event of a repository, a change of the App, or one that asks for nothing. */
export type Understood =
  | {
      readonly kind: 'event';
      readonly event: GitHubEvent;
      readonly repository: GitHubRepositoryRef;
      readonly sender: Account;
      /** What it is about: other deliveries of the same have the same. */
      readonly subject: string;
    }
  | { readonly kind: 'app'; readonly change: AppChange }
  | { readonly kind: 'nothing'; readonly why: string };
