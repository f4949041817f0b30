import type { DeployableComponent, Deployment, HostOutcome, HostReport } from '../../domain/deployment.ts';
import { type ComponentChoice, chooseForRestore, restoreFence } from '../../domain/switch.ts';
import { clearAway } from './clear-away.ts';
import { keepDossier } from './dossier.ts';
import { endJobs } from './end-jobs.ts';
import { hostReport } from './host-report.ts';
import { ensureSurroundings, type HostWork, look, needsRouter, refuseOvertaken, routeOf, type Sight } from './host-work.ts';
import { letReleaseEnd } from './let-end.ts';
import { restoreComponent } from './restore-component.ts';
import { bringBack, runHookBack } from './run-on-host.ts';
import { stopAll } from './runners.ts';
import { isStopFirst } from './switch-host.ts';
import { isTouched } from './touched.ts';
import { leaveTraffic } from './traffic.ts';

const GRACE_MS = 10_000;

/**
 * Makes a host run what it ran before the deployment, in whatever state the deployment left it, and removes what the deployment
 * made. Requests move back first; a previous container that is gone is made again. With nothing before, nothing is left.
 * Throws HostFailed when the previous version cannot be brought back, Superseded, and what the host's ports throw.
 */
export async function restoreHost(work: HostWork, deployment: Deployment, isRepetition: boolean): Promise<HostReport> {
  const { previous, release } = deployment;
  const sight = await look(
    work,
    [...release.components, ...(previous?.release.components ?? [])].map(({ name }) => name),
  );
  refuseOvertaken(work, deployment.generation, sight);
  const choices = choicesOf(work, deployment, sight);
  const outcome = isRepetition || (await isTouched(work, deployment, choices, sight)) ? 'restored' : 'untouched';
  await ensureRouter(work, deployment, sight);
  const notes: string[] = [];
  const single = singleWriters(deployment);
  const quick = choices.filter((choice) => isQuick(choice, sight) && !single.some(({ name }) => name === choice.component.name));
  for (const choice of quick) notes.push(...(await restoreOne(work, deployment, choice, sight)));
  // What is stopped first must be asked first.
  const early = single.length > 0 ? await keepDossier(work, deployment, sight, notes) : undefined;
  notes.push(...(await stopOthersFirst(work, deployment, single, choices, sight)));
  const troubles = await saved(work, deployment, single, sight, true);
  const others = choices.filter((choice) => !quick.includes(choice));
  for (const choice of quickestFirst(others, sight)) notes.push(...(await restoreOne(work, deployment, choice, sight)));
  troubles.push(...(await saved(work, deployment, single, sight, false)));
  if (outcome === 'restored') for (const component of release.components) notes.push(...(await runHookBack(work, deployment, component)));
  await endJobs(work, deployment.generation);
  const dossier = early ?? (await keepDossier(work, deployment, sight, notes));
  notes.push(...(await clearAway(work, deployment, choices, sight)));
  // What serves again without its data is not as it was.
  const told = troubles.length > 0 ? 'unrestored' : outcome;
  const report = await hostReport(work, told, [headline(deployment, outcome), ...troubles, ...notes].join('. '), choices);
  return dossier === undefined ? report : { ...report, dossier };
}

/** The components of which no two versions may ever run at once, of either release. */
function singleWriters(deployment: Deployment): DeployableComponent[] {
  const { release, previous } = deployment;
  const all = [...release.components, ...(previous?.release.components ?? [])];
  return all.filter(
    (component, index) => isStopFirst(deployment, component) && all.findIndex(({ name }) => name === component.name) === index,
  );
}

/** Brings back what was saved of the components whose new version had been started; what an earlier attempt brought back stays so. */
async function saved(
  work: HostWork,
  deployment: Deployment,
  single: readonly DeployableComponent[],
  { observed }: Sight,
  isStopped: boolean,
): Promise<string[]> {
  const troubles: string[] = [];
  for (const component of single) {
    const own = observed.filter(({ component: name, generation }) => name === component.name && generation === deployment.generation);
    const states = await Promise.all(own.map(({ name }) => work.host.engine.inspect(name, { signal: work.signal })));
    const hasRun = states.some((state) => state !== undefined && state.status !== 'created');
    troubles.push(...(await bringBack(work, deployment, component, { isStopped, hasRun })));
  }
  return troubles;
}

/** Everything else of them stops before what ran before starts again: the way back suffers no two versions at once either. */
async function stopOthersFirst(
  work: HostWork,
  { release, generation }: Deployment,
  single: readonly DeployableComponent[],
  choices: readonly ComponentChoice[],
  { observed, routed }: Sight,
): Promise<string[]> {
  const returning = new Set(choices.flatMap(({ runners }) => runners.map(({ name }) => name)));
  // Whatever its state: what was started on purpose and is down would come back with its engine.
  const isSingle = (name: string): boolean => single.some((component) => component.name === name);
  const others = observed.filter((container) => isSingle(container.component) && !returning.has(container.name));
  for (const component of new Set(others.map((container) => container.component))) {
    const leaving = (routed.get(component) ?? []).filter((name) => !returning.has(name));
    await leaveTraffic(work, routeOf(work.place, component), restoreFence(generation), leaving, GRACE_MS);
  }
  const own = others.filter((container) => container.generation === generation);
  const notes = await letReleaseEnd(work, release, own);
  await stopAll(work, others, GRACE_MS);
  return notes;
}

function choicesOf(work: HostWork, { previous }: Deployment, { observed }: Sight): ComponentChoice[] {
  if (previous === null) return [];
  return previous.release.components.map((component) => chooseForRestore(work.place, component, previous, observed));
}

function restoreOne(work: HostWork, { previous, generation }: Deployment, choice: ComponentChoice, sight: Sight): Promise<string[]> {
  if (previous === null) return Promise.resolve([]);
  const { observed, routed } = sight;
  return restoreComponent(work, {
    release: previous.release,
    choice,
    fence: restoreFence(generation),
    isRunning: choice.runners.every(({ name }) => observed.some((container) => container.name === name && container.running)),
    routed: routed.get(choice.component.name) ?? [],
  });
}

async function ensureRouter(work: HostWork, { previous }: Deployment, { routed }: Sight): Promise<void> {
  const isNeeded = previous?.release.components.some(needsRouter) ?? false;
  const isRouted = [...routed.values()].some((names) => names.length > 0);
  if (previous !== null || isRouted) await ensureSurroundings(work, isNeeded || isRouted);
}

/** What runs still and has users comes back at once; what must be started, or drains first, can wait for that. */
function quickestFirst(choices: readonly ComponentChoice[], sight: Sight): ComponentChoice[] {
  return [...choices.filter((choice) => isQuick(choice, sight)), ...choices.filter((choice) => !isQuick(choice, sight))];
}

function isQuick({ component, runners }: ComponentChoice, { observed }: Sight): boolean {
  return component.run.publish !== undefined && runners.every(({ name }) => observed.some((seen) => seen.name === name && seen.running));
}

function headline({ previous, release }: Deployment, outcome: HostOutcome): string {
  if (previous === null) return `nothing ran here before release ${release.number}, and nothing of it is left`;
  return outcome === 'restored'
    ? `release ${previous.release.number} serves again`
    : `release ${previous.release.number} served throughout`;
}
