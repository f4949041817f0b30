import { log } from '@temporalio/workflow';
import type { EnvironmentState } from '../../domain/environment-state.ts';
import type { LedgerAction } from '../../domain/ledger.ts';
import type { KnownBy } from '../../domain/people/known-by.ts';
import { DetailsLane, LedgerLane } from '../lanes.ts';
import { checkpoints } from '../proxies/main.ts';
import { TagLane } from './tag-lane.ts';

/** What the parts of one environment's workflow share: what it knows, and what it is still writing down elsewhere. */
export class LivingEnvironment {
  readonly here: { readonly application: string; readonly environment: string };
  readonly records = new LedgerLane();
  readonly tags: TagLane;
  /** What GitHub is told of ways back that no release hears of. */
  readonly github = new DetailsLane();

  constructor(public state: EnvironmentState) {
    this.here = { application: state.application, environment: state.environment };
    this.tags = new TagLane(state.application);
  }

  /**
   * A verdict that is about to be acted on: resolves when it stands in a signed checkpoint. Where nothing can be signed only the turn waits, until
   * it is stopped: other records are written all the same.
   */
  async keepSealed(action: LedgerAction, key: string, actor: string, release: number, reason: string, known?: KnownBy): Promise<void> {
    const entry = { ...known, key, action, actor, ...this.here, release, reason, at: now() };
    const answer = await this.records.append({ ...entry, sealed: 'try' });
    // Nothing is answered where it is signed, nor by earlier versions, which went on only then.
    if (answer?.unsealed === undefined) return;
    log.warn('The ledger cannot be signed', { ...this.here, release, reason: answer.unsealed });
    this.#waitFor('checkpoint');
    await checkpoints.sealLedger();
    this.#waitFor(undefined);
  }

  #waitFor(waitsFor: 'checkpoint' | undefined): void {
    const { running } = this.state;
    if (running === null) return;
    const { waitsFor: _, ...turn } = running;
    this.state = { ...this.state, running: { ...turn, ...(waitsFor !== undefined && { waitsFor }) } };
  }

  /** Resolves when the ledger has it, and all that was handed in before. */
  keep(action: LedgerAction, key: string, actor: string, release: number, reason: string, known?: KnownBy): Promise<unknown> {
    return this.records.append({ ...known, key, action, actor, ...this.here, release, reason, at: now() });
  }
}

/** The time of the workflow, as states and records write it. */
export function now(): string {
  return new Date().toISOString();
}
