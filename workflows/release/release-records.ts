import { printImage } from '../../domain/image.ts';
import { printBase } from '../../domain/image-labels.ts';
import type { LedgerAction, LedgerEntry } from '../../domain/ledger.ts';
import type { ReleaseRecord, StageState } from '../../domain/release.ts';
import type { StageTakenBack } from '../../domain/taken-back.ts';
import { ledger } from '../proxies/main.ts';

type Details = Pick<LedgerEntry, 'reason'> & Partial<LedgerEntry>;

/** What one run of a release writes into the ledger. */
export class ReleaseRecords {
  #records = 0;

  constructor(
    private readonly of: Pick<ReleaseRecord, 'application' | 'number'>,
    private readonly runId: string,
  ) {}

  /** Writes one record of this release; `event` names it within the run. */
  async keep(action: LedgerAction, event: string, details: Details): Promise<void> {
    await ledger.appendEntry(this.#entry(action, event, details));
  }

  /** How a stage ended; a pass counts for this revision of the pipeline. */
  ended(stage: string, state: StageState, pipelineRevision: string): Promise<unknown> {
    const entry = this.#entry(actionOf(state), `${stage}/${state.kind}`, { stage, reason: reasonOf(state) });
    return state.kind === 'passed' ? this.#pass(stage, state, pipelineRevision, entry) : ledger.appendEntry(entry);
  }

  /** Writes once that a stage's passes count no more, whichever run of the release hears of it. */
  async takenBack({ stage, deployment, person, to, reason, at }: StageTakenBack): Promise<void> {
    const { application, number } = this.of;
    const key = `${deployment}/taken-back/${number}`;
    const words = `Rolled back to release ${to}: ${reason}`;
    const entry: LedgerEntry = { key, action: 'stage-taken-back', actor: person, application, release: number, stage, reason: words, at };
    await ledger.takeBackStage({ application, number, stage, takenBack: { to, reason, at }, entry });
  }

  #pass(stage: string, state: Extract<StageState, { kind: 'passed' }>, pipelineRevision: string, entry: LedgerEntry): Promise<unknown> {
    const { application, number } = this.of;
    const images = Object.fromEntries(Object.entries(state.images).map(([component, image]) => [component, printImage(image)]));
    return ledger.recordPass({ application, number, pass: { stage, pipelineRevision, images, at: state.at }, entry });
  }

  #entry(action: LedgerAction, event: string, details: Details): LedgerEntry {
    const { application, number } = this.of;
    this.#records += 1;
    const key = `release/${application}/${number}/${this.runId}/${this.#records}/${event}`;
    return { key, action, actor: 'tidegate', application, release: number, at: new Date().toISOString(), ...details };
  }
}

function actionOf(state: StageState): LedgerAction {
  if (state.kind === 'passed') return 'stage-passed';
  if (state.kind === 'incomplete') return 'stage-incomplete';
  if (state.kind === 'expired') return 'gate-expired';
  if (state.kind === 'superseded') return 'stage-superseded';
  return state.kind === 'cancelled' ? 'release-cancelled' : 'stage-failed';
}

function reasonOf(state: StageState): string {
  if ('reason' in state) return state.reason;
  const bases = state.kind === 'passed' ? Object.entries(state.bases ?? {}) : [];
  const from = bases.map(([component, images]) => `${component} from ${images.map(printBase).join(', ')}`);
  return from.length === 0 ? state.kind : `${state.kind}: ${from.join('; ')}`;
}
