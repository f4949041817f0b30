import { canonicalJson } from '../../domain/canonical.ts';
import type { Digest } from '../../domain/digest.ts';
import { decideRetention, namesIn, type RetentionPlan } from '../../domain/retention.ts';
import type { Departed, RepositoryContents } from '../../domain/retention-contents.ts';
import { type PastDeletions, worthLooking } from '../../domain/retention-past.ts';
import type { Place } from '../../domain/retention-protection.ts';
import { ruleFor } from '../../domain/retention-rules.ts';
import type { Call, RetentionParts, Shelf } from './ports.ts';
import { type Known, placesDeployedTo, readProtection } from './read-protection.ts';

export type Working = Call & { readonly onProgress: (line: string) => void };

/** A repository as it is at one moment, and what retention makes of it. */
export interface Sight {
  readonly contents: RepositoryContents;
  readonly plan: RetentionPlan;
}

/** Looks at a repository again and again: each time at what must stay, at its tags, and at what is new. */
export class Watch {
  #known: Known | undefined;
  #deployedBefore: Promise<readonly Place[]> | undefined;
  #departed: readonly Departed[];

  constructor(
    private readonly parts: RetentionParts,
    readonly shelf: Shelf,
    private readonly past: PastDeletions,
  ) {
    this.#departed = past.departed;
  }

  /** Remembers what was deleted, so that what went with it is found without it. */
  remember(departed: Departed): void {
    this.#departed = [...this.#departed.filter(({ digest }) => digest !== departed.digest), departed];
  }

  /** Throws what reading what must stay, and the registry, throw. */
  async look(working: Working): Promise<Sight> {
    let known = this.#known ?? (await this.#protection());
    for (;;) {
      const contents = await this.#contents(known, working);
      // Asked last, as a deployment may have begun while the repository was read.
      const now = await this.#protection();
      const isSearched = [...now.protection.images.keys()].every((digest) => known.protection.images.has(digest));
      known = now;
      this.#known = known;
      if (isSearched) return { contents, plan: this.#decide(contents, known) };
    }
  }

  async #protection(): Promise<Known> {
    this.#deployedBefore ??= placesDeployedTo(this.parts);
    return readProtection(this.parts, await this.#deployedBefore);
  }

  #contents({ protection, releases }: Known, working: Working): Promise<RepositoryContents> {
    const digests = [...protection.images.keys(), ...worthLooking(releases, this.past)];
    const dated = new Set<Digest>(releases.flatMap((release) => release.images.map((image) => image.digest)));
    return this.shelf.contents({ digests, departed: this.#departed, dated }, working);
  }

  #decide(contents: RepositoryContents, { protection, releases, rules }: Known): RetentionPlan {
    return decideRetention({ contents, rule: ruleFor(rules, contents.repository), releases, protection, now: this.parts.now() });
  }
}

/** The hash of all that a plan deletes: what a person was shown and confirms. */
export function hashOf(plan: RetentionPlan, parts: Pick<RetentionParts, 'hash'>): string {
  return hashOfNames(plan.repository, namesIn(plan), parts);
}

/** The same over the names alone, in the order of `namesIn`. */
export function hashOfNames(repository: string, names: readonly string[], { hash }: Pick<RetentionParts, 'hash'>): string {
  return hash(canonicalJson([repository, ...names]));
}
