import type { GitHubReads } from '../../adapters/github/reads.ts';
import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import type { Directory } from '../../domain/people/directory.ts';
import type { Trigger } from '../../domain/triggers.ts';
import type { ActingParts } from '../ports.ts';

/** An application that has a repository on GitHub. */
export interface TriggeredApplication {
  readonly name: string;
  /** `owner/name`, as the installation's file says. */
  readonly repository: string;
  /** GitHub's number of it, where the file says it; else the one under its name that was seen first. */
  readonly id?: number;
  readonly triggers: readonly Trigger[];
  /** Which environments here those on GitHub stand for. */
  readonly guards?: readonly { readonly environment: string; readonly github: string }[];
}

/** What deliveries of GitHub are acted on with. */
export interface GitHubParts {
  readonly server: ActingParts;
  readonly github: GitHubReads;
  readonly inbox: Pick<InboxStore, 'handled' | 'head' | 'setHead'>;
  readonly applications: readonly TriggeredApplication[];
  /** Whose account it is, by its id. */
  readonly people: ReadonlyMap<number, string>;
  readonly directory: Directory;
  /** Environments whose own approvals are kept from whoever started the release. */
  readonly asksWhoStarted: readonly string[];
  /** Where this GitHub has its images; by default that of github.com. */
  readonly registry?: string;
  /** The id of the App that Tidegate is; undefined where it is none. */
  readonly app?: number;
}

/** Where something was read again, and what for. */
export interface Reading {
  readonly parts: GitHubParts;
  /** As GitHub calls the repository now. */
  readonly repository: { readonly id: number; readonly name: string; readonly defaultBranch: string };
  readonly signal: AbortSignal;
  /** Whether the App's own hook told it, with the secret that it alone has: then GitHub says all of it. */
  readonly isByApp: boolean;
  /** Whether GitHub's servers may still lag behind what it tells. */
  readonly isYoung: boolean;
}
