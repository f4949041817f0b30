import type { StageExplanation } from '../../domain/gates/explain.ts';
import type { GateReport } from '../../domain/gates/report.ts';
import type { Page } from './page.ts';
import { LONGEST_REASON, oneLine } from './plain.ts';
import { gateText } from './stage-text.ts';
import { toneOf, wordFor } from './styles.ts';

/** What stands between a release and its stages, stage by stage: first what comes before, then every gate, the closed ones first. */
export function explanationPage(reference: string, stages: readonly StageExplanation[], page: Page): string {
  return stages.map((stage) => stageBlock(reference, stage, page)).join('\n\n');
}

function stageBlock(reference: string, explanation: StageExplanation, page: Page): string {
  const { stage, environment, state, hindrances, gates } = explanation;
  const { style } = page;
  const target = environment === undefined || environment === stage ? '' : ` to ${environment}`;
  const head = `${style('strong', stage)}${target}  ${style(toneOf(state), wordFor(state))}`;
  const before = hindrances.flatMap(({ reason, todo }) => [
    `  ${style('waits', oneLine(reason))}`,
    ...(todo === undefined ? [] : [style('quiet', `    ${todo}`)]),
  ]);
  const closed = gates.filter(({ open }) => !open).flatMap((gate) => closedLines(reference, stage, gate, page));
  const open = gates.filter((gate) => gate.open).map((gate) => `  ${style('good', 'open')}    ${titleOf(gate)}: ${oneLine(gate.reason)}`);
  return [head, ...before, ...closed, ...open, ...nothing(explanation, page)].join('\n');
}

function closedLines(reference: string, stage: string, gate: GateReport, { style }: Page): string[] {
  const todo = todoOf(reference, stage, gate);
  return [
    `  ${style('waits', 'closed')}  ${titleOf(gate)}: ${whole(gate)}`,
    ...(todo === undefined ? [] : [style('quiet', `            ${todo}`)]),
  ];
}

/** What has to be attached to which image is of use as a whole alone. */
function whole(gate: GateReport): string {
  return gate.kind === 'trust' ? oneLine(gate.reason, LONGEST_REASON) : gateText(gate);
}

/** What a broken glass calls it. */
function titleOf({ id, kind, name }: GateReport): string {
  return id ?? (name === undefined ? kind : `${kind} ${name}`);
}

/** What somebody who may can type. */
function todoOf(reference: string, stage: string, { kind, name, form }: GateReport): string | undefined {
  if (kind === 'promotion') return `'tidegate promote ${reference} --to ${stage}' takes it there`;
  if (kind === 'freeze' && name !== undefined) return `'tidegate unfreeze ${name}' lifts it`;
  if (kind === 'block') return `'tidegate unblock ${name}' lifts it`;
  if (kind === 'hold') return `'tidegate unhold ${name}' releases it`;
  if (kind !== 'approval') return undefined;
  const fields = form === undefined ? '' : ` --input '${exampleOf(form)}'`;
  return `'tidegate approve ${reference} --stage ${stage}${fields}' approves it`;
}

/** `{"ticket": …}` */
function exampleOf(form: NonNullable<GateReport['form']>): string {
  const { properties } = form;
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return `{${names.map((name) => `"${name}": …`).join(', ')}}`;
}

function nothing({ state, hindrances, gates }: StageExplanation, { style }: Page): string[] {
  if (hindrances.length > 0 || gates.length > 0) return [];
  return [style('quiet', state === 'passed' ? '  it has passed' : '  nothing stands in its way')];
}
