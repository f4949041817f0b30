import type { Vote } from '../../domain/gates/votes.ts';

/** Every vote that a release was given, bound to what it was given for, and those that are being written down. */
export class VotesGiven {
  #votes: readonly Vote[];
  /** By stage and person. */
  readonly #casting = new Set<string>();

  /** `soFar` is what earlier runs were given. */
  constructor(soFar: readonly Vote[] = []) {
    this.#votes = soFar;
  }

  get all(): readonly Vote[] {
    return this.#votes;
  }

  has(stage: string): boolean {
    return this.#votes.some((vote) => vote.subject.stage === stage);
  }

  add(vote: Vote): void {
    this.#votes = [...this.#votes, vote];
  }

  /** What was voted on a stage is spent. */
  forget(stage: string): void {
    this.#votes = this.#votes.filter((vote) => vote.subject.stage !== stage);
  }

  /** Whether a vote on a stage, or that of one person on it, is being written down. */
  isCasting(stage: string, person?: string): boolean {
    return [...this.#casting].some((key) => (person === undefined ? key.startsWith(`${stage}/`) : key === `${stage}/${person}`));
  }

  /** Writes a vote down while nothing of its stage is decided. */
  async cast(stage: string, person: string, write: () => Promise<void>): Promise<void> {
    const key = `${stage}/${person}`;
    this.#casting.add(key);
    try {
      await write();
    } finally {
      this.#casting.delete(key);
    }
  }
}
