import { WorkerUnavailable, WorkflowBusy } from './errors.ts';

/** Temporal lets ten updates into a workflow at once: a second and a third server are to find room besides, and whoever cancels or rolls back. */
const AT_ONCE = 3;

/** Whoever asks waits no longer for a turn. */
const PATIENCE_MS = 10_000;

interface TurnOf<Answer> {
  readonly ask: () => Promise<Answer>;
  /** Settles when the workflow has done with what was asked, or nobody can tell. */
  readonly ended: () => Promise<unknown>;
}

interface Lane {
  inside: number;
  /** Each lets the next one in. */
  readonly waiting: (() => void)[];
}

/**
 * Lets a few updates into one workflow at a time, whatever they ask, in the order of their arrival. A few hundred at once would be one step that no
 * worker ends in time: Temporal sends all of them again, and again, and none gets through.
 */
export class UpdateTurns {
  readonly #lanes = new Map<string, Lane>();

  constructor(private readonly patienceMs = PATIENCE_MS) {}

  /**
   * Asks in its turn. `lane` names the workflow; throws WorkflowBusy, about `what`, when the turn does not come in time. What was not answered in time
   * may still stand in the workflow, and keeps its place until `ended` settles.
   */
  async take<Answer>(lane: string, what: string, { ask, ended }: TurnOf<Answer>): Promise<Answer> {
    const own = this.#lanes.get(lane) ?? { inside: 0, waiting: [] };
    this.#lanes.set(lane, own);
    if (own.inside < AT_ONCE) own.inside += 1;
    else await this.#turn(own, what);
    const leave = (): void => this.#leave(lane, own);
    try {
      const answer = await ask();
      leave();
      return answer;
    } catch (error) {
      if (error instanceof WorkerUnavailable) void ended().then(leave, leave);
      else leave();
      throw error;
    }
  }

  #turn({ waiting }: Lane, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(new WorkflowBusy(what));
      }, this.patienceMs);
      waiting.push(enter);
    });
  }

  /** A place goes to who waits longest, and is free only when nobody does. */
  #leave(name: string, lane: Lane): void {
    const next = lane.waiting.shift();
    if (next !== undefined) next();
    else lane.inside -= 1;
    if (lane.inside === 0) this.#lanes.delete(name);
  }
}
