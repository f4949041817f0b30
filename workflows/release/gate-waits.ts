import type { GateStay } from '../../domain/gate-stay.ts';
import type { GateQuestion } from '../../domain/gates/question.ts';
import type { ReleaseSoFar, StageWait } from './release-so-far.ts';

/** A wait without how the environment knows of it. */
type OwnWait = Omit<StageWait, 'stay'>;

/** The stages of a release that wait at their gates: what each of them asks, and all that another run needs to go on waiting there. */
export class GateWaits {
  /** The question that each waiting stage asks its approvers now. */
  readonly asked: Record<string, GateQuestion>;
  /** The turn at which each stage's gates were last evaluated. */
  readonly judged: Record<string, number> = {};
  /** Stages that do nothing but wait just now: another run could go on with them. */
  readonly waits = new Map<string, OwnWait>();
  /** By stage: how its environment knows that it is at the gates. */
  readonly stays = new Map<string, GateStay>();
  /** Stages whose environment is being told of their stay. */
  readonly telling = new Set<string>();

  /** `soFar` is where an earlier run waited. */
  constructor(soFar: ReleaseSoFar['waits'] = {}) {
    this.asked = Object.fromEntries(Object.entries(soFar).map(([stage, { asked }]) => [stage, asked]));
  }

  /** What the next run is to know; undefined while any of these stages does more than to wait. */
  soFar(stages: ReadonlySet<string>): ReleaseSoFar['waits'] | undefined {
    if (![...stages].every((stage) => this.waits.has(stage) && !this.telling.has(stage))) return undefined;
    return Object.fromEntries([...this.waits].map(([stage, wait]) => [stage, this.#handedOn(stage, wait)]));
  }

  #handedOn(stage: string, wait: OwnWait): StageWait {
    const stay = this.stays.get(stage);
    // The votes are handed on once.
    return { ...wait, asked: { ...wait.asked, votes: [] }, ...(stay !== undefined && { stay }) };
  }
}
