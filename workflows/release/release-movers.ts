import type { Stage } from '../../domain/pipeline.ts';
import { type Promoters, promotersOf, withPromoter } from '../../domain/promoters.ts';
import { type Mover, type Movers, movedOutOfReach, withStarter } from '../../domain/reach.ts';
import type { PromoteMessage } from '../messages.ts';
import type { ReleaseSoFar } from './release-so-far.ts';

/** Who set a release off: who began it without the right to take it everywhere, and who did as well. */
export interface SetOff {
  readonly starter?: Mover;
  readonly further?: readonly Mover[];
}

type Handed = Pick<ReleaseSoFar, 'promotedBy' | 'promoters' | 'promoter' | 'movers' | 'starters'>;
type Stages = readonly Stage[];

/** Who brings a release on its way: who set it off, and who took its stages on by hand. */
export class ReleaseMovers {
  /** Who was the last to take a stage, and what follows it, through a further attempt by hand. */
  promoter: string | undefined;
  /** Who asked for each stage by hand. */
  readonly promotedBy: Record<string, string>;
  #promoters: Promoters;
  #movers: Movers;
  #starters: readonly Mover[];

  /** `soFar` is what an earlier run knew. */
  constructor(soFar: Handed | undefined, { starter, further = [] }: SetOff) {
    this.promoter = soFar?.promoter;
    this.promotedBy = { ...soFar?.promotedBy };
    this.#promoters = new Map(Object.entries(soFar?.promoters ?? {}));
    this.#movers = soFar?.movers ?? {};
    this.#starters = soFar?.starters ?? [...(starter === undefined ? [] : [starter]), ...further];
  }

  /** What the next run is to know. */
  soFar(): Handed {
    return {
      promotedBy: this.promotedBy,
      promoters: Object.fromEntries(this.#promoters),
      ...(this.promoter !== undefined && { promoter: this.promoter }),
      movers: this.#movers,
      starters: this.#starters,
    };
  }

  /** A person takes one stage on by hand. */
  promotedByHand({ stage, person, reach }: PromoteMessage): void {
    this.promotedBy[stage] = person;
    this.#movers = { ...this.#movers, [stage]: { person, ...(reach !== undefined && { environments: reach }) } };
    this.#promoters = withPromoter(this.#promoters, stage, person);
  }

  /** What the ledger knows of earlier runs, and of who set the release off as well. */
  know(promotions: readonly { readonly stage: string; readonly person: string }[], starters: readonly string[]): void {
    this.#promoters = promotions.reduce((known, { stage, person }) => withPromoter(known, stage, person), this.#promoters);
    for (const person of starters) this.#starters = withStarter(this.#starters, { person });
  }

  /** Somebody else has set the same release off; false where that was known. */
  startedToo(starter: Mover): boolean {
    const before = this.#starters;
    this.#starters = withStarter(before, starter);
    return this.#starters !== before;
  }

  /** Everybody but the initiator who set the release off, or ever took a stage, or what it needs, on by hand. */
  startersOf(stage: string, stages: Stages): readonly string[] {
    const promoters = promotersOf(stage, stages, this.#promoters);
    return [...new Set([...this.#starters.map(({ person }) => person), ...promoters])];
  }

  /** Who brought the release to a stage without the right to take it there. */
  outOfReach(stage: Extract<Stage, { kind: 'deploy' }>, stages: Stages): Mover | undefined {
    return movedOutOfReach(stage, stages, this.#movers, this.#starters);
  }
}
