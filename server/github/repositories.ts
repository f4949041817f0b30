import type { GitHubRepositoryRef } from '../../domain/github/event.ts';
import { OutsideUnavailable } from '../problems.ts';
import type { GitHubParts, Reading, TriggeredApplication } from './parts.ts';

type Repository = Reading['repository'];

/** How long it is believed that a repository is called what it was called. */
const BELIEVED_MS = 300_000;

/** Which applications a repository of GitHub is of, read again from GitHub: names are given anew, ids are not. */
export class Repositories {
  readonly #read = new Map<string, { readonly at: number; readonly found: Repository | undefined }>();
  readonly #parts: Pick<GitHubParts, 'github' | 'applications' | 'inbox'>;
  readonly #now: () => number;

  constructor(parts: Pick<GitHubParts, 'github' | 'applications' | 'inbox'>, now: () => number = Date.now) {
    this.#parts = parts;
    this.#now = now;
  }

  /** The repository as GitHub has it, with its applications; in words where it is nobody's here. One that was renamed is found by its id. Throws OutsideUnavailable. */
  async find(
    told: GitHubRepositoryRef,
    signal: AbortSignal,
  ): Promise<{ readonly repository: Repository; readonly applications: readonly TriggeredApplication[] } | string> {
    const named = this.#named(told.name);
    const names = named.length > 0 ? [told.name] : [...new Set(this.#parts.applications.map(({ repository }) => repository))];
    for (const name of names) {
      const repository = await this.#look(name, told, signal);
      if (repository === undefined && named.length > 0) throw unseen(name);
      if (repository?.id === told.id) return (await this.#stranger(name, repository.id)) ?? { repository, applications: this.#named(name) };
    }
    if (named.length === 0) return `no application has the repository ${told.name}`;
    return `${told.name} on GitHub is not the repository that the delivery was of`;
  }

  /** Whoever makes a repository anew under a name that was given up, is somebody else: the first id under it is kept. In words where this is another one. */
  async #stranger(name: string, id: number): Promise<string | undefined> {
    const place = `repository ${name.toLowerCase()}`;
    const first = this.#named(name).find((application) => application.id !== undefined)?.id ?? Number(await this.#parts.inbox.head(place));
    if (first === id) return undefined;
    if (first > 0)
      return `${name} is repository ${id} on GitHub, and was ${first}: write id: ${id} beside it in tidegate.yaml where that is meant`;
    await this.#parts.inbox.setHead(place, String(id));
    return undefined;
  }

  #named(name: string): readonly TriggeredApplication[] {
    return this.#parts.applications.filter(({ repository }) => repository.toLowerCase() === name.toLowerCase());
  }

  /** A name that was told and does not fit is looked at again at once; a guess is not, as a hook of an organisation tells of all its repositories. */
  async #look(name: string, told: GitHubRepositoryRef, signal: AbortSignal): Promise<Repository | undefined> {
    const key = name.toLowerCase();
    const known = this.#read.get(key);
    const isFresh = known !== undefined && this.#now() - known.at < BELIEVED_MS;
    if (isFresh && (known.found?.id === told.id || key !== told.name.toLowerCase())) return known.found;
    const found = await this.#parts.github.repository(name, { signal });
    this.#read.set(key, { at: this.#now(), found });
    return found;
  }
}

/** It sends us its news, and is there: the token is what is wrong. */
function unseen(name: string): OutsideUnavailable {
  return new OutsideUnavailable(`GitHub shows no repository ${name}`, 'see that the token of tidegate.yaml may read it');
}
