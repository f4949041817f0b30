import type { SettingChange } from '../../domain/container-words.ts';
import { shortDigest } from '../../domain/digest.ts';
import type { PlannedJob } from '../../domain/job.ts';
import type { DeploymentPlan, PlannedAction, PlannedComponent, PlannedVersion } from '../../domain/plan.ts';
import type { HostPreview, PlanPreview } from '../../domain/plan-preview.ts';
import type { HostPlace } from '../client/paths.ts';
import { printReference, type ReleaseReference } from '../reference.ts';
import { plannedJobsText } from './job-text.ts';
import type { Page } from './page.ts';
import { oneLine } from './plain.ts';
import type { Tone } from './styles.ts';
import { printTable } from './table.ts';

type Planned = Extract<PlanPreview, { kind: 'planned' }>;
type Unbuilt = Extract<PlanPreview, { kind: 'unbuilt' }>;

const TONES: Readonly<Record<PlannedAction, Tone>> = { create: 'good', replace: 'waits', remove: 'bad', keep: 'quiet' };
const SHOWN_HOSTS = 6;

/** A whole plan: each thing that is done, with all that differs, the hosts that it is done on, and what a way back would find. */
export function planPage(
  reference: ReleaseReference,
  { environment, stage, plan }: Planned,
  waiting: string | undefined,
  page: Page,
): string {
  const head = `${page.style('strong', printReference(reference))} through ${stage} to ${environment}`;
  const watched = (plan.alarms ?? []).map((alarm) => `\n  watched while it bakes by ${oneLine(alarm, 300)}`).join('');
  return [`${head}\n  plan ${plan.hash}\n  ${plan.strategy}${watched}`, ...planBlocks(plan, page), waitingText(plan, waiting, page)]
    .filter((block) => block !== '')
    .join('\n\n');
}

/** The plan of bringing one host to what its environment runs. */
export function hostPlanPage(
  { application, environment, host }: HostPlace,
  { release, plan }: Extract<HostPreview, { kind: 'planned' }>,
  page: Page,
): string {
  const head = `${page.style('strong', host)} to ${application}#${release}, which ${environment} runs`;
  return [`${head}\n  plan ${plan.hash}`, ...planBlocks(plan, page)].filter((block) => block !== '').join('\n\n');
}

function planBlocks(plan: DeploymentPlan, page: Page): string[] {
  const effects = effectBlocks(plan, page);
  const jobs = (moment: PlannedJob['when']) =>
    plannedJobsText(
      (plan.jobs ?? []).filter(({ when }) => when === moment),
      page,
    );
  return [jobs('pre-deploy'), ...effects, jobs('post-deploy'), sumOf(plan)];
}

/** Nothing can be planned of images that are not there yet. */
export function unbuiltText(reference: ReleaseReference, { environment, components }: Unbuilt, { style }: Page): string {
  const names = components.join(', ');
  const head = `${style('strong', printReference(reference))} cannot be planned for ${environment} yet`;
  return `${head}: ${style('waits', `the ${components.length === 1 ? 'image' : 'images'} of ${names} are not known until they are built`)}`;
}

/** The same in short, for a page with other things on it: a line for each thing that is done. */
export function shortPlan(plan: DeploymentPlan, { style, columns }: Page, indent: string): string {
  const jobs = (plan.jobs ?? []).map(({ job, host, when, isDone, undo }) => [
    host,
    job,
    isDone ? style('quiet', 'done') : style('waits', 'run'),
    `${when}${undo === 'forward-only' ? ', forward-only' : ''}`,
  ]);
  const effects = plan.effects.map((effect, place) => [
    hostsText(hostsOf(plan, place), 2),
    effect.component,
    style(TONES[effect.action], effect.action),
    `${versions(effect)}${changesInShort(effect.changes)}`,
  ]);
  const rows = [...jobs, ...effects];
  return rows.length === 0 ? '' : printTable(rows, { columns, indent });
}

/** Each thing that is done, with all that differs and the hosts that it is done on. */
export function effectBlocks(plan: DeploymentPlan, page: Page): string[] {
  return plan.effects.map((effect, place) => effectBlock(effect, hostsOf(plan, place), page));
}

function effectBlock(effect: PlannedComponent, hosts: readonly string[], { style, columns }: Page): string {
  const { component, action, changes } = effect;
  const head = `  ${style(TONES[action], action)} ${style('strong', component)}  ${versions(effect)}  on ${hostsText(hosts, SHOWN_HOSTS)}`;
  const rows = changes.map((change) => [change.what, ...changeCells(change)]);
  const table = rows.length === 0 ? [] : [printTable(rows, { columns, indent: '    ' })];
  const steps = (effect.steps ?? []).map((step) => style('waits', `    ${oneLine(step)}`));
  return [head, ...table, ...steps, ...foundText(effect, style), ...backText(effect, style)].join('\n');
}

function changeCells({ what, from, to }: SettingChange): string[] {
  if (what === 'image' || what === 'not running') return [''];
  if (what === 'settings') return ['changed; the container that runs does not say what it was made with'];
  if (from === undefined && to === undefined) return ['changed'];
  if (what.startsWith('environment ') || what.startsWith('secret ')) return [from === undefined ? 'added' : 'removed'];
  return [`${oneLine(from ?? 'default')} -> ${oneLine(to ?? 'default')}`];
}

const FOUND: Readonly<Record<NonNullable<PlannedComponent['found']>, string>> = {
  running: 'its containers still run, and get the requests at once',
  stopped: 'its containers are there, and are started again',
  image: 'its containers are made anew, from an image that is there',
  nothing: 'its containers are made anew, and its image must be pulled first',
};

function foundText({ to, found }: PlannedComponent, style: Page['style']): string[] {
  if (found === undefined || to === undefined) return [];
  return [style(found === 'nothing' ? 'bad' : 'quiet', `    of #${to.release}: ${FOUND[found]}`)];
}

function backText({ from, back }: PlannedComponent, style: Page['style']): string[] {
  if (back === undefined || from === undefined) return [];
  const which = `#${from.release}`;
  if (back === 'ready') return [style('quiet', `    way back: containers and image of ${which} are there`)];
  return [style('bad', `    way back: containers of ${which} are there; its image is gone, and lost ones would have to be pulled again`)];
}

function hostsOf(plan: DeploymentPlan, place: number): string[] {
  return plan.hosts.filter(({ effects }) => effects.includes(place)).map(({ host }) => host);
}

function hostsText(hosts: readonly string[], shown: number): string {
  const more = hosts.length - shown;
  return more > 0 ? `${hosts.slice(0, shown).join(', ')} and ${more} more` : hosts.join(', ');
}

function versions({ from, to }: PlannedComponent): string {
  return [from, to].map(versionText).join(' -> ');
}

function versionText(version: PlannedVersion | undefined): string {
  return version === undefined ? 'nothing' : `#${version.release} ${shortDigest(version.digest)}`;
}

function changesInShort(changes: readonly SettingChange[]): string {
  return changes.length === 0 ? '' : ` (${changes.map(({ what }) => what).join(', ')})`;
}

/** How much of what is done. */
export function sumOf(plan: DeploymentPlan): string {
  const count = (action: PlannedAction): number =>
    plan.hosts.flatMap(({ effects }) => effects).filter((place) => plan.effects[place]?.action === action).length;
  const sums = (['create', 'replace', 'remove', 'keep'] as const).flatMap((action) =>
    count(action) === 0 ? [] : [`${action} ${count(action)}`],
  );
  return `  on ${plan.hosts.length} ${plan.hosts.length === 1 ? 'host' : 'hosts'}: ${sums.join(', ') || 'nothing to do'}`;
}

function waitingText(plan: DeploymentPlan, waiting: string | undefined, { style }: Page): string {
  if (waiting === undefined) return '';
  if (waiting === plan.hash) return style('waits', '  this is the plan that waits for a yes');
  return style('bad', `  the plan that waits is another, ${waiting}: hosts changed since, and a yes to it would be asked for again`);
}
