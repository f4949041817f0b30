import type { EnvironmentState } from '../domain/environment-state.ts';
import type { LedgerAction } from '../domain/ledger.ts';
import type { KnownBy } from '../domain/people/known-by.ts';
import { LedgerLane } from './lanes.ts';
import { TagLane } from './tag-lane.ts';

/** What the parts of one environment's workflow share: what it knows, and what it is still writing down elsewhere. */
export class LivingEnvironment {
  readonly here: { readonly application: string; readonly environment: string };
  readonly records = new LedgerLane();
  readonly tags: TagLane;

  constructor(public state: EnvironmentState) {
    this.here = { application: state.application, environment: state.environment };
    this.tags = new TagLane(state.application);
  }

  /** A verdict that is about to be acted on: resolves when it stands in a signed checkpoint. */
  keepSealed(action: LedgerAction, key: string, actor: string, release: number, reason: string, known?: KnownBy): Promise<void> {
    return this.records.append({ ...known, key, action, actor, ...this.here, release, reason, at: now() }, { sealed: true });
  }

  /** Resolves when the ledger has it, and all that was handed in before. */
  keep(action: LedgerAction, key: string, actor: string, release: number, reason: string, known?: KnownBy): Promise<void> {
    return this.records.append({ ...known, key, action, actor, ...this.here, release, reason, at: now() });
  }
}

/** The time of the workflow, as states and records write it. */
export function now(): string {
  return new Date().toISOString();
}
