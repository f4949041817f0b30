import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Stage } from '../../domain/pipeline.ts';
import type { StageState } from '../../domain/release.ts';
import { readyStages, skipUnreachable } from '../../domain/release-board.ts';
import { failureText } from '../failure-text.ts';
import { runDeployStage } from './deploy-stage.ts';
import type { ReleaseRun } from './release-run.ts';
import type { ReleaseSoFar, StageWait } from './release-so-far.ts';
import { runBuildStage, runTestStage } from './stages.ts';

/** The stages of a release that are under way, side by side: each does its work, and is told how it ended. */
export class StagesAtWork {
  /** Their names. */
  readonly active = new Set<string>();
  /** Grows whenever another stage may be ready. */
  changes = 0;
  #work = new CancellationScope();

  constructor(private readonly run: ReleaseRun) {}

  /** Starts every stage whose needs passed; false when nothing is under way any more. */
  startReady(): boolean {
    const { run } = this;
    run.board = skipUnreachable(run.board);
    for (const stage of readyStages(run.board)) if (!this.active.has(stage.name)) void this.#take(stage);
    return this.active.size > 0;
  }

  /** Goes on with stages that an earlier run left waiting at their gates. */
  goOn(waits: ReleaseSoFar['waits'] = {}): void {
    for (const [name, waited] of Object.entries(waits)) {
      const stage = this.run.board.pipeline.stages.find((other) => other.name === name);
      if (stage !== undefined) void this.#take(stage, waited);
    }
  }

  /** Stops all of them. */
  cancel(): void {
    this.#work.cancel();
  }

  isCancelled(): boolean {
    return this.#work.consideredCancelled;
  }

  /** Somebody has taken a stage on: a release that was cancelled goes on by that. */
  goOnByHand(): void {
    if (this.isCancelled()) this.#work = new CancellationScope();
    this.run.stops.cancelled = undefined;
    this.changes += 1;
  }

  async #take(stage: Stage, waited?: StageWait): Promise<void> {
    const { run } = this;
    this.active.add(stage.name);
    const since = Date.now();
    const state = await run.stops
      .stoppable(this.#work, stage.name, () => workOn(run, stage, waited))
      .catch((error: unknown) => stateAfter(run, stage, error, since));
    await run.end(stage.name, state);
    this.active.delete(stage.name);
    this.changes += 1;
  }
}

/** Returns how the stage ended. */
async function workOn(run: ReleaseRun, stage: Stage, waited: StageWait | undefined): Promise<StageState> {
  const since = Date.now();
  if (stage.kind === 'deploy') return runDeployStage(run, stage, waited);
  run.show(stage.name, {
    kind: 'running',
    since: new Date(since).toISOString(),
    detail: stage.kind === 'build' ? 'Building' : 'Testing',
  });
  if (stage.kind === 'test') return runTestStage(run, stage);
  const built = await runBuildStage(run);
  return { kind: 'passed', at: new Date().toISOString(), milliseconds: Date.now() - since, ...built };
}

function stateAfter(run: ReleaseRun, { name }: Stage, error: unknown, since: number): StageState {
  const at = new Date().toISOString();
  if (isCancellation(error)) {
    const { person = 'Temporal', reason = 'the workflow was cancelled' } = run.stops.of(name) ?? {};
    return { kind: 'cancelled', at, by: person, reason };
  }
  return { kind: 'failed', at, milliseconds: Date.now() - since, reason: failureText(error) };
}
