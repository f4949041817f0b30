import type { ReleaseStatus } from '../../domain/release.ts';
import { printReference } from '../reference.ts';
import { questionText, stageText } from './stage-text.ts';
import { type Style, toneOf } from './styles.ts';

/** Everything of a release that can change, each as a line of its own under a name that stays. */
export function releaseLines(status: ReleaseStatus, style: Style): ReadonlyMap<string, string> {
  const reference = printReference(status.release);
  const lines = new Map<string, string>();
  if (status.fault !== undefined) lines.set('fault', `${reference}  ${style('bad', `could not begin: ${status.fault}`)}`);
  for (const { name, state } of status.stages) {
    if (state.kind !== 'pending') lines.set(name, `${reference}  ${name}  ${style(toneOf(state.kind), stageText(state))}`);
    if (state.kind !== 'running' || state.progress === undefined) continue;
    for (const [host, step] of Object.entries(state.progress.hosts)) {
      if (step !== 'waiting') lines.set(`${name}/${host}`, `${reference}  ${name}  ${host} ${step}`);
    }
    for (const question of state.progress.questions ?? []) {
      const text = `${questionText(question)}: ${question.reason}`;
      lines.set(`${name}/${question.host ?? ''}/question`, `${reference}  ${name}  ${style('waits', text)}`);
    }
  }
  return lines;
}
