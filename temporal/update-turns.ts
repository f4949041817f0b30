import { WorkflowBusy } from './errors.ts';

/** Temporal lets ten updates into a workflow at once; a second server is to find room besides. */
const AT_ONCE = 5;

/** Whoever asks waits no longer for a turn. */
const PATIENCE_MS = 10_000;

interface Lane {
  inside: number;
  /** Each lets the next one in. */
  readonly waiting: (() => void)[];
}

/**
 * Lets a few updates of one kind into one workflow at a time, in the order of their arrival. A few hundred at once would be one step that no
 * worker ends in time: Temporal sends all of them again, and again, and none gets through.
 */
export class UpdateTurns {
  readonly #lanes = new Map<string, Lane>();

  constructor(private readonly patienceMs = PATIENCE_MS) {}

  /** Acts in its turn. `lane` names workflow and kind; throws WorkflowBusy, about `what`, when that does not come in time. */
  async take<Answer>(lane: string, what: string, act: () => Promise<Answer>): Promise<Answer> {
    const own = this.#lanes.get(lane) ?? { inside: 0, waiting: [] };
    this.#lanes.set(lane, own);
    if (own.inside < AT_ONCE) own.inside += 1;
    else await this.#turn(own, what);
    try {
      return await act();
    } finally {
      this.#leave(lane, own);
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
