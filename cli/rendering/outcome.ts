import type { ReleaseState, ReleaseStatus, StageState } from '../../domain/release.ts';
import { printReference } from '../reference.ts';
import type { Page } from './page.ts';
import { longReason, stageDetail, stageText } from './stage-text.ts';
import { toneOf, wordFor } from './styles.ts';

/** How a watched release stands now that the watch is over: a sentence, and below it the whole reason where it is longer. */
export function outcomeText(status: ReleaseStatus, until: string | undefined, page: Page): string {
  const stage = decisive(status, until);
  const reason = stage === undefined ? '' : longReason(stage.state, '  ');
  return [outcomeSentence(status, until, page), reason].filter((part) => part !== '').join('\n');
}

/** The sentence alone. */
export function outcomeSentence(status: ReleaseStatus, until: string | undefined, { style }: Page): string {
  const reference = printReference(status.release);
  if (status.fault !== undefined) return style('bad', `${reference} could not begin: ${status.fault}`);
  const stage = decisive(status, until);
  if (until !== undefined && stage !== undefined)
    return style(toneOf(stage.state.kind), `${reference}: ${stage.name} ${stageText(stage.state)}`);
  const why = stage === undefined ? '' : `: ${stage.name} ${stageDetail(stage.state)}`.trimEnd();
  return style(toneOf(status.state), `${reference} ${wordFor(status.state)}${why}`);
}

const DECISIVE: Readonly<Record<ReleaseState, StageState['kind'] | undefined>> = {
  running: 'running',
  waiting: 'waiting',
  promoted: undefined,
  incomplete: 'incomplete',
  failed: 'failed',
  'rolled-back': 'rolled-back',
  rejected: 'rejected',
  expired: 'expired',
  superseded: 'superseded',
  cancelled: 'cancelled',
};

/** The stage that was watched, or the one that made the release's state what it is. */
function decisive(status: ReleaseStatus, until: string | undefined) {
  return status.stages.find((stage) => stage.name === until) ?? status.stages.find((stage) => stage.state.kind === DECISIVE[status.state]);
}
