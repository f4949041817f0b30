import { CancellationScope } from '@temporalio/workflow';
import type { CancelMessage } from '../messages.ts';

/** How the stages at work are stopped, alone or all together, and why. */
export class StageStops {
  /** By whom the whole release was cancelled. */
  cancelled: CancelMessage | undefined;
  readonly #scopes = new Map<string, CancellationScope>();
  readonly #stopped = new Map<string, CancelMessage>();

  /** Does a stage's work so that it can be stopped without the others. */
  stoppable<Result>(all: CancellationScope, stage: string, act: () => Promise<Result>): Promise<Result> {
    this.#stopped.delete(stage);
    // One scope deep: another would have later commands in another order than in histories of before.
    const scope = new CancellationScope({ cancellable: true, parent: all });
    this.#scopes.set(stage, scope);
    return scope.run(act);
  }

  /** Stops one stage: what it needs has passed no more. */
  stop(stage: string, reason: string): void {
    this.#stopped.set(stage, { person: 'tidegate', reason });
    this.#scopes.get(stage)?.cancel();
  }

  /** Who stopped a stage, alone or with the release, and why. */
  of(stage: string): CancelMessage | undefined {
    return this.#stopped.get(stage) ?? this.cancelled;
  }
}
