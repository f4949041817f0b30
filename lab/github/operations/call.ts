import type { Answer, PageQuery } from '../answers.ts';
import type { LabApp } from '../app.ts';
import type { ArchiveHost } from '../archives.ts';
import type { GitRepository } from '../git-repository.ts';
import type { Shapes } from '../shapes.ts';
import type { RepositoryName, Store } from '../store.ts';

/** A request that the description allows. */
export interface Call {
  readonly name: RepositoryName;
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: PageQuery & Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  /** The media types that were asked for. */
  readonly accept: string;
  /** The request's address without its query. */
  readonly url: string;
}

export interface World {
  readonly store: Store;
  readonly shapes: Shapes;
  /** The GitHub App that is registered; undefined where there is none. */
  readonly app: LabApp | undefined;
  /** Apps that a page is about to make, by the code that it was given. */
  readonly manifests: Map<string, LabApp>;
  /** Repositories that git has on this machine, by their names in lower case. */
  readonly git: ReadonlyMap<string, GitRepository>;
  readonly archives: ArchiveHost;
}

export type Play = (call: Call, world: World) => Answer;

export type Plays = Readonly<Record<string, Play>>;

export function newestFirst<Item>(items: readonly Item[]): readonly Item[] {
  return [...items].reverse();
}
