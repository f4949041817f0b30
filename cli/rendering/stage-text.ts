import type { CanaryProgress, DeploymentProgress } from '../../domain/deployment.ts';
import { shortDigest } from '../../domain/digest.ts';
import type { GateReport } from '../../domain/gates/report.ts';
import { answersTo, type HostQuestion, subjectOf } from '../../domain/guided-failure.ts';
import { printBase } from '../../domain/image-labels.ts';
import type { StageState } from '../../domain/release.ts';
import { printDuration, printMoment } from './durations.ts';
import { oneLine } from './plain.ts';
import { wordFor } from './styles.ts';

/** What there is to say of a stage beside its state's name; one line, empty where there is nothing. */
export function stageDetail(state: StageState): string {
  switch (state.kind) {
    case 'pending':
      return '';
    case 'waiting':
      return state.gates
        .filter((gate) => !gate.open)
        .map(gateText)
        .join('; ');
    case 'queued':
      return queuedText(state);
    case 'running':
      return state.progress ? progressText(state.progress) : oneLine(state.detail);
    case 'passed':
      return `in ${printDuration(state.milliseconds)}${basesText(state.bases)}`;
    case 'rolled-back':
      return `${returnText(state.to)}: ${oneLine(state.reason)}`;
    case 'rejected':
      return `by ${state.by}${state.comment === '' ? '' : `: ${oneLine(state.comment)}`}`;
    case 'cancelled':
      return `by ${state.by}: ${oneLine(state.reason)}`;
    case 'incomplete':
    case 'failed':
    case 'expired':
    case 'superseded':
    case 'skipped':
      return oneLine(state.reason);
  }
}

/** Each image that a build took something from, once, by the first letters of its digest. */
function basesText(bases: Extract<StageState, { kind: 'passed' }>['bases'] = {}): string {
  const all = Object.values(bases).flat();
  const texts = all.map(({ name, digest }) => printBase({ name, ...(digest !== undefined && { digest: shortDigest(digest) }) }));
  return texts.length === 0 ? '' : `, from ${oneLine([...new Set(texts)].join(', '))}`;
}

function queuedText({ position, behind, held }: Extract<StageState, { kind: 'queued' }>): string {
  const line = `number ${position} in line${behind === null ? '' : `, behind #${behind}`}`;
  return held === undefined ? line : `${line}; ${oneLine(held)}`;
}

/** The whole reason of a bad end, indented, where a line could not hold it; empty otherwise. */
export function longReason(state: StageState, indent: string): string {
  const reason = 'reason' in state ? state.reason.trim() : '';
  if (oneLine(reason) === reason) return '';
  return reason
    .split('\n')
    .map((line) => (indent + line).trimEnd())
    .join('\n');
}

/** `rolled back to #1: web never got healthy` */
export function stageText(state: StageState): string {
  const detail = stageDetail(state);
  const word = wordFor(state.kind);
  if (detail === '') return word;
  return state.kind === 'passed' || state.kind === 'rolled-back' || state.kind === 'rejected' || state.kind === 'cancelled'
    ? `${word} ${detail}`
    : `${word}: ${detail}`;
}

function returnText(to: number | null): string {
  return to === null ? '(nothing ran there before)' : `to #${to}`;
}

/** Why a gate is closed, who can open it, and when it changes by itself. */
export function gateText(gate: GateReport): string {
  // Freezes and holds say who and until when themselves.
  if (gate.kind === 'freeze' || gate.kind === 'hold') return oneLine(gate.reason);
  const openers = gate.kind !== 'approval' || gate.openedBy.length === 0 ? '' : ` from ${gate.openedBy.join(' or ')}`;
  const until = gate.changesAt === undefined ? '' : `, until ${printMoment(gate.changesAt)}`;
  // What is noted besides comes after whom it waits for.
  const [what = '', ...notes] = oneLine(gate.reason).split('; ');
  return [`${what}${openers}${until}`, ...notes].join('; ');
}

const GOALS: Readonly<Record<DeploymentProgress['phase'], string>> = {
  planning: '',
  preparing: 'prepared',
  'pre-deploy': '',
  starting: 'started',
  canary: '',
  switching: 'switched',
  'post-deploy': '',
  'rolling-back': 'restored',
  undoing: '',
  done: '',
};

/** What is asked, and until when. */
export function questionText(question: HostQuestion): string {
  const { until, default: fallback } = question;
  const answers = answersTo(question)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' or ');
  return `${subjectOf(question)} waits for a decision: ${answers}, until ${printMoment(until)}, then ${fallback}`;
}

/** `switching: 1 of 2 hosts switched; production-2 waits for a decision: …` */
export function progressText(progress: DeploymentProgress): string {
  return [stepText(progress), ...(progress.questions ?? []).map(questionText)].join('; ');
}

/** `canary: step 2 of 3, 25% of the requests, judged at 2026-05-11 14:02 UTC; unclear so far: web: 12 requests …` */
function canaryText({ step, steps, weight, until, verdict }: CanaryProgress): string {
  const judged = until === undefined ? '' : `, judged at ${printMoment(until)}`;
  const found = verdict === undefined ? '' : `; found last: ${verdict.kind}, ${oneLine(verdict.reasons.join('; '))}`;
  return `canary: step ${step} of ${steps}, ${weight}% of the requests${judged}${found}`;
}

function stepText(progress: DeploymentProgress): string {
  if (progress.phase === 'canary' && progress.canary !== undefined) return canaryText(progress.canary);
  const phase = progress.phase.replaceAll('-', ' ');
  if (GOALS[progress.phase] === '') return progress.job === undefined ? phase : `${phase}: ${progress.job} runs`;
  const states = Object.values(progress.hosts);
  const goal = GOALS[progress.phase];
  const done = states.filter((state) => state === goal).length;
  if (states.length === 0) return phase;
  return `${phase}: ${done} of ${states.length} ${states.length === 1 ? 'host' : 'hosts'} ${goal}`;
}
