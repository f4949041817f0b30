import type { HostReport } from './deployment.ts';
import { shortDigest } from './digest.ts';
import { type FormField, fieldsOf, fieldWords } from './gates/form-fields.ts';
import type { GateReport } from './gates/report.ts';
import { seenWord } from './gates/seen.ts';
import type { DeploymentPlan, PlannedComponent, PlannedVersion } from './plan.ts';
import type { StageState, StageStatus } from './release.ts';

/** A stage as a GitHub App shows it beside the commit: https://docs.github.com/rest/checks/runs */
export interface CheckNews {
  readonly name: string;
  /** `application/release/stage/plan.rules`, their whole hashes; what a button's answer names. They are empty where there is no plan. */
  readonly externalId: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  /** Where it is completed. */
  readonly conclusion?: 'action_required' | 'success' | 'failure' | 'timed_out' | 'cancelled';
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly actions?: readonly CheckAction[];
}

/** A button. GitHub takes 20, 40 and 20 characters. */
export interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: 'approve' | 'reject';
}

/** Histories keep what is shown: of a thousand hosts the first tell enough. */
const ROWS = 30;
const CELL = 300;

const BUTTONS: readonly CheckAction[] = [
  { label: 'Approve', description: 'Say yes to exactly this plan', identifier: 'approve' },
  { label: 'Reject', description: 'Say no: the release ends here', identifier: 'reject' },
];

interface Of {
  readonly application: string;
  readonly release: number;
}

/** What a stage's check run shows now; undefined while nothing has happened to it. `title` is the text of its commit status. */
export function checkNews(stage: StageStatus, of: Of, title: string): CheckNews {
  const { state } = stage;
  const plan = state.kind === 'waiting' ? state.plan : undefined;
  const asks = state.kind === 'waiting' && state.gates.some(({ kind, open }) => kind === 'approval' && !open);
  return {
    name: checkName(stage.name),
    externalId: `${checkPrefix(of.application, of.release, stage.name)}${seenIn(state)}`,
    ...(asks ? { status: 'completed', conclusion: 'action_required' } : standing(state)),
    title,
    summary:
      [
        ...gatesText(state),
        ...(asks ? commandText(stage.name, of, state) : []),
        ...planText(plan),
        ...failureText(state, dossierCommand(stage.name, of)),
      ].join('\n\n') || markdown(title),
    ...(asks && { actions: BUTTONS }),
  };
}

/** Not the name of the commit status: branch rules that demand that one shall not wait for both. */
export function checkName(stage: string): string {
  return `Tidegate: ${stage}`;
}

/** The name where several applications are in one repository: of two check runs of one name GitHub shows the newer one alone. */
export function checkNameAmongOthers(name: string, application: string): string {
  return name.replace(': ', `: ${application}/`);
}

/** What the external ids of all check runs of a release's stage begin with. */
export function checkPrefix(application: string, release: number, stage: string): string {
  return `${application}/${release}/${stage}/`;
}

function standing(state: StageState): Pick<CheckNews, 'status' | 'conclusion'> {
  switch (state.kind) {
    case 'pending':
    case 'queued':
      return { status: 'queued' };
    case 'waiting':
    case 'running':
      return { status: 'in_progress' };
    case 'passed':
      return { status: 'completed', conclusion: 'success' };
    case 'expired':
      return { status: 'completed', conclusion: 'timed_out' };
    case 'superseded':
    case 'cancelled':
    case 'skipped':
      return { status: 'completed', conclusion: 'cancelled' };
    default:
      return { status: 'completed', conclusion: 'failure' };
  }
}

function gatesText(state: StageState): string[] {
  if (state.kind !== 'waiting') return [];
  return [table(['Gate', '', 'Why', 'Who or what opens it'], state.gates.map(gateRow))];
}

/** What a comment says instead of a button: nobody else can write it in somebody's name. */
function commandText(stage: string, { application, release }: Of, state: StageState): string[] {
  if (state.kind !== 'waiting') return [];
  const word = seenWord({ planHash: state.plan.hash, policyRevision: state.policyRevision });
  const fields = state.gates.flatMap(({ open, form }) => (open || form === undefined ? [] : fieldsOf(form)));
  const asked = fields.length === 0 ? '' : `, with a line such as \`NAME: …\` below it for each of: ${fields.map(askedFor).join('; ')}`;
  return [`As a comment on a pull request: \`/approve ${application}#${release} ${stage} ${word}\`, or \`/reject\`${asked}`];
}

function askedFor(field: FormField): string {
  return markdown(fieldWords(field));
}

function seenIn(state: StageState): string {
  return state.kind === 'waiting' ? `${state.plan.hash}.${state.policyRevision}` : '';
}

function gateRow({ kind, name, open, reason, openedBy, changesAt }: GateReport): readonly string[] {
  const openers = [...openedBy, ...(changesAt === undefined ? [] : [`changes at ${changesAt}`])].join(', ');
  return [name === undefined ? kind : `${kind} ${name}`, open ? 'open' : '**closed**', markdown(reason), markdown(openers)];
}

function planText(plan: DeploymentPlan | undefined): string[] {
  // Plans of the first version had another shape, and wait in histories still.
  if (plan === undefined || !('effects' in plan)) return [];
  const rows = plan.effects.map((effect, place) => effectRow(plan, effect, place));
  return [
    `### Plan \`${plan.hash}\``,
    `${markdown(plan.strategy)}. ${plan.hosts.length} ${plan.hosts.length === 1 ? 'host' : 'hosts'}.`,
    table(['Component', 'Action', 'Versions', 'Hosts', 'Differs'], rows),
  ];
}

function effectRow(plan: DeploymentPlan, { component, action, from, to, changes }: PlannedComponent, place: number): readonly string[] {
  const hosts = plan.hosts.filter(({ effects }) => effects.includes(place)).map(({ host }) => host);
  const shown = hosts.length > 3 ? `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more` : hosts.join(', ');
  return [component, action, `${version(from)} → ${version(to)}`, markdown(shown), markdown(changes.map(({ what }) => what).join(', '))];
}

function version(of: PlannedVersion | undefined): string {
  return of === undefined ? 'nothing' : `release ${of.release} \`${shortDigest(of.digest)}\``;
}

/** What a person asks first of a deployment that failed: what became of each host, and how to read what is kept. Logs stay where they are. */
function failureText(state: StageState, command: string): string[] {
  const reason = 'reason' in state ? [markdown(state.reason)] : [];
  const hosts = 'hosts' in state ? (state.hosts ?? []) : [];
  if (hosts.length === 0) return reason;
  const isKept = hosts.some(({ dossier }) => dossier !== undefined);
  const kept = isKept ? [`What is known of the containers that were removed: \`${command}\``] : [];
  return [...reason, table(['Host', 'Outcome', 'What happened'], hosts.map(hostRow)), ...kept];
}

function hostRow({ host, outcome, detail }: HostReport): readonly string[] {
  return [markdown(host), outcome, markdown(detail)];
}

function dossierCommand(stage: string, { application, release }: Of): string {
  return `tidegate dossier '${application}#${release}' --stage ${stage}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const more = rows.length > ROWS ? [line([`and ${rows.length - ROWS} more`, ...head.slice(1).map(() => '')])] : [];
  return [line(head), line(head.map(() => '---')), ...rows.slice(0, ROWS).map(line), ...more].join('\n');
}

/** Text of others, as text: it makes no link, mentions nobody, and stays in its cell. */
function markdown(text: string): string {
  const cut = text.length > CELL ? `${text.slice(0, CELL)}…` : text;
  return cut
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>()#+!|~]/g, String.raw`\$&`)
    .replaceAll('@', '@\u200b');
}
