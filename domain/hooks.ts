import type { DeployableComponent } from './deployment.ts';
import { drainWords } from './drain.ts';
import type { JobTask } from './job.ts';

/** A command in a one-off container of a component's image, on each host on which the component is switched. */
export interface Hook {
  readonly command: readonly string[];
  /** Beside the component's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * Just before a host begins to switch the component, when the component has been switched there, and when the version before serves
 * there again.
 */
export type HookMoment = 'before-switch' | 'after-switch' | 'on-rollback';
export type Hooks = Readonly<Partial<Record<HookMoment, Hook>>>;

/** How what a stateful component keeps is saved on each host before its hand-over, and brought back on the way back. */
export interface Backup extends Hook {
  /** Run on the way back, once the new version had been started. */
  readonly restore?: readonly string[];
  /** Both while no version runs; otherwise while the version before does. */
  readonly isStopped: boolean;
}

/**
 * What is done around the switch of a component on a host, and how the switch is done, in words for a plan. One writer is one writer also where
 * only the version before says so.
 */
export function switchSteps({ hooks = {}, isStateful, backup, run }: DeployableComponent, wasStateful = false): readonly string[] {
  const { 'before-switch': before, 'after-switch': after, 'on-rollback': back } = hooks;
  const restored = backup?.restore === undefined ? ', and nothing brings it back' : '';
  return [
    ...(before === undefined ? [] : [`runs before the switch: ${before.command.join(' ')}`]),
    ...(backup === undefined
      ? []
      : [`is saved ${backup.isStopped ? 'while it is stopped' : 'before it stops'}: ${backup.command.join(' ')}${restored}`]),
    ...(isStateful === true || wasStateful ? ['stops before its new version starts: nobody is answered meanwhile'] : []),
    ...(after === undefined ? [] : [`runs after the switch: ${after.command.join(' ')}`]),
    ...(back === undefined ? [] : [`runs on the way back: ${back.command.join(' ')}`]),
    ...(run.drain === undefined ? [] : [`drains when it goes: ${drainWords(run.drain)}`]),
  ];
}

/** A hook as the run of a job; undefined where the component has none for the moment. */
export function hookTask(component: DeployableComponent, release: number, moment: HookMoment): JobTask | undefined {
  const hook = component.hooks?.[moment];
  return hook && { job: jobOf(component, moment, hook), component, release, direction: 'up' };
}

/** The backup of a component, or with `down` what brings it back; undefined where there is none. */
export function backupTask(component: DeployableComponent, release: number, direction: JobTask['direction']): JobTask | undefined {
  const { backup } = component;
  if (backup === undefined || (direction === 'down' && backup.restore === undefined)) return undefined;
  const job = { ...jobOf(component, 'backup', backup), ...(backup.restore !== undefined && { down: backup.restore }) };
  return { job, component, release, direction };
}

/** Names that no job may have: what is done around a switch runs under them, each with what it is, in words. */
export function takenNames({
  name,
  hooks = {},
  backup,
}: Pick<DeployableComponent, 'name' | 'hooks' | 'backup'>): ReadonlyMap<string, string> {
  const moments = Object.keys(hooks).map((moment) => [jobName(name, moment), `the hook ${moment} of component ${name}`] as const);
  return new Map([...moments, ...(backup === undefined ? [] : [[jobName(name, 'backup'), `the backup of component ${name}`] as const])]);
}

function jobName(component: string, what: string): string {
  return `${component}-${what}`;
}

function jobOf({ name }: DeployableComponent, what: string, { command, environment, timeoutMs }: Hook): JobTask['job'] {
  return { name: jobName(name, what), component: name, when: 'on-host', command, environment, timeoutMs };
}
