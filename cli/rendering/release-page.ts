import { shortDigest } from '../../domain/digest.ts';
import type { HostQuestion } from '../../domain/guided-failure.ts';
import type { DeploymentPlan } from '../../domain/plan.ts';
import type { ReleaseStatus, StageStatus } from '../../domain/release.ts';
import { printReference } from '../reference.ts';
import { printMoment, printSince } from './durations.ts';
import { jobTable } from './job-text.ts';
import type { Page } from './page.ts';
import { oneLine } from './plain.ts';
import { shortPlan } from './plan-page.ts';
import { gateText, longReason, questionText, stageDetail } from './stage-text.ts';
import { toneOf, wordFor } from './styles.ts';
import { printTable } from './table.ts';

/** A whole release: what it is, its stages, what closed gates wait for, and what happened on hosts. */
export function releasePage(status: ReleaseStatus, page: Page): string {
  const blocks = [
    releaseHead(status, page),
    images(status, page),
    stageTable(status, page),
    ...status.stages.map((stage) => stageBlock(status, stage, page)),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** The release and its state in one line. */
export function releaseHead(status: ReleaseStatus, { style, now }: Page): string {
  const { release } = status;
  const commit = release.commit === undefined ? '' : `  commit ${release.commit.slice(0, 12)}`;
  const made = style('quiet', `by ${release.initiator}, ${printSince(release.createdAt, now)} ago`);
  const head = `${style('strong', printReference(release))}  ${style(toneOf(status.state), wordFor(status.state))}${commit}  ${made}`;
  return status.fault === undefined ? head : `${head}\n${style('bad', `could not begin: ${status.fault}`)}`;
}

/** Of another component's image, a release is made with those that were there: docs/decisions/0091. */
const KEPT = 'as before, not known to be of this commit';

function images(status: ReleaseStatus, { columns }: Page): string {
  const { kept = [] } = status.release;
  const rows = Object.entries(status.images).map(([component, image]) => [
    component,
    image.repository,
    shortDigest(image.digest),
    ...(kept.length > 0 ? [kept.includes(component) ? KEPT : ''] : []),
  ]);
  return rows.length === 0 ? '' : printTable(rows, { columns, indent: '  ' });
}

/** A line for each stage. */
export function stageTable(status: ReleaseStatus, { style, columns }: Page): string {
  if (status.stages.length === 0) return '';
  const rows = status.stages.map((stage) => [
    stage.name,
    style(toneOf(stage.state.kind), wordFor(stage.state.kind)),
    stageDetail(stage.state),
  ]);
  return printTable(rows, { columns, indent: '  ' });
}

function stageBlock(status: ReleaseStatus, stage: StageStatus, page: Page): string {
  const { state } = stage;
  if (state.kind === 'waiting') return waitingBlock(status, stage, state, page);
  if (state.kind === 'running') return [...hostProgress(stage, page), ...questionLines(status, stage, page)].join('\n');
  return [reasonBlock(stage, page), jobReports(stage, page), hostReports(stage, page), dossierHint(status, stage, page)]
    .filter((block) => block !== '')
    .join('\n\n');
}

/** What people are asked, and how to answer. */
function questionLines(status: ReleaseStatus, { name, state }: StageStatus, { style }: Page): string[] {
  const questions = state.kind === 'running' ? (state.progress?.questions ?? []) : [];
  return questions.flatMap((question) => [
    `    ${style('waits', questionText(question))}`,
    `      ${question.host === undefined ? 'unclear at' : 'it failed while'} ${question.step}: ${oneLine(question.reason)}`,
    style(
      'quiet',
      `      'tidegate decide ${printReference(status.release)} --stage ${name}${hostOption(question)} --question ${question.id} ANSWER'${whoMay(question)}`,
    ),
  ]);
}

function hostOption({ host }: HostQuestion): string {
  return host === undefined ? '' : ` --host ${host}`;
}

function whoMay({ deciders }: HostQuestion): string {
  return deciders === undefined ? '' : `, by ${deciders.join(' or ')}`;
}

function dossierHint(status: ReleaseStatus, { name, state }: StageStatus, { style }: Page): string {
  const isKept = 'hosts' in state && (state.hosts ?? []).some(({ dossier }) => dossier !== undefined);
  if (!isKept) return '';
  return style(
    'quiet',
    `    'tidegate dossier ${printReference(status.release)} --stage ${name}' shows what is known of the containers that were removed`,
  );
}

function reasonBlock(stage: StageStatus, { style }: Page): string {
  const reason = longReason(stage.state, '    ');
  return reason === '' ? '' : `  ${style('strong', stage.name)} ${wordFor(stage.state.kind)}\n${reason}`;
}

function waitingBlock(
  status: ReleaseStatus,
  stage: StageStatus,
  state: Extract<StageStatus['state'], { kind: 'waiting' }>,
  page: Page,
): string {
  const { name } = stage;
  const gates = state.gates.map(
    (gate) => `    ${gate.id ?? gate.kind}: ${page.style(gate.open ? 'good' : 'waits', gate.open ? oneLine(gate.reason) : gateText(gate))}`,
  );
  const reference = printReference(status.release);
  const look = `    'tidegate plan ${reference} --stage ${name}' shows all of it as it would be now`;
  const vote = `    'tidegate approve ${reference} --stage ${name}' approves it, 'tidegate reject ${reference} --stage ${name}' does not`;
  // Votes open no other gate.
  const how = state.gates.some(({ kind }) => kind === 'approval') ? [page.style('quiet', vote)] : [];
  const head = `  ${page.style('strong', name)} waits since ${printMoment(state.since)}`;
  const warning = stage.warning === undefined ? [] : [`    ${page.style('waits', stage.warning)}`];
  return [head, ...gates, ...warning, planBlock(state.plan, page), page.style('quiet', look), ...how].join('\n');
}

/** What a deployment would do, in short; `tidegate plan` has all of it. */
function planBlock(plan: DeploymentPlan, page: Page): string {
  return [`    plan ${plan.hash}, ${plan.strategy}`, shortPlan(plan, page, '      ')].filter((line) => line !== '').join('\n');
}

const SHOWN_HOSTS = 20;

/** A line for each host of a running deployment, and a sum for those beyond the twentieth. */
export function hostProgress(stage: StageStatus, { style }: Page): string[] {
  if (stage.state.kind !== 'running' || stage.state.progress === undefined) return [];
  const hosts = Object.entries(stage.state.progress.hosts);
  const width = Math.max(0, ...hosts.map(([host]) => host.length));
  const lines = hosts.slice(0, SHOWN_HOSTS).map(([host, state]) => {
    const tone =
      state === 'switched'
        ? 'good'
        : state === 'failed' || state === 'left-out' || state === 'asking' || state.startsWith('restor')
          ? 'bad'
          : 'busy';
    return `    ${host.padEnd(width)}  ${style(tone, state)}`;
  });
  const more = hosts.length - SHOWN_HOSTS;
  return more > 0 ? [...lines, `    and ${more} more hosts`] : lines;
}

function jobReports({ name, state }: StageStatus, page: Page): string {
  const table = 'hosts' in state ? jobTable(state.jobs ?? [], page, '    ') : '';
  return table === '' ? '' : `  ${page.style('strong', name)} ran jobs\n${table}`;
}

function hostReports(stage: StageStatus, { style, columns }: Page): string {
  const reports = 'hosts' in stage.state ? (stage.state.hosts ?? []) : [];
  if (reports.length === 0) return '';
  const rows = reports.map((report) => [
    report.host,
    style(report.outcome === 'switched' ? 'good' : report.outcome === 'untouched' ? 'quiet' : 'bad', report.outcome),
    Object.entries(report.digests)
      .map(([component, digest]) => `${component} ${shortDigest(digest)}`)
      .join('\n'),
    oneLine(report.detail),
  ]);
  return `  ${style('strong', stage.name)} on its hosts\n${printTable(rows, { columns, indent: '    ' })}`;
}
