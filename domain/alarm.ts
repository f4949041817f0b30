import { printDuration } from './duration.ts';
import type { EnvironmentState } from './environment-state.ts';

/** What takes a release back by itself during its bake time. */
export type Alarm = HttpAlarm | RaisedAlarm;

/** Asks a URL again and again; so many wrong answers in a row are an alarm. */
export interface HttpAlarm {
  readonly kind: 'http';
  readonly name: string;
  readonly url: string;
  readonly status: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly failures: number;
}

/** Raised from outside, by one of these people: a monitor is one as well, with a token of its own. */
export interface RaisedAlarm {
  readonly kind: 'raised';
  readonly name: string;
  readonly by: readonly string[];
}

/** What is watched after a promotion, and until when: the deployment that brought what serves, milliseconds since the epoch. */
export interface Watched {
  readonly deployment: string;
  readonly alarms: readonly Alarm[];
  readonly until: number;
}

/** An alarm as it arrives: the person comes from the credential that the server checked. */
export interface AlarmMessage {
  readonly alarm: string;
  readonly person: string;
  readonly reason: string;
  /** The release that it is about; without one, what bakes. */
  readonly release?: number;
}

/** For plans: all that an owner can set of an alarm is in here. */
export function alarmWords(alarm: Alarm): string {
  if (alarm.kind === 'raised') return `${alarm.name}, raised by ${alarm.by.join(' or ')}`;
  const { name, url, status, intervalMs, timeoutMs, failures } = alarm;
  const asked = `asked every ${printDuration(intervalMs)}`;
  return `${name}: ${url} answers ${status} within ${printDuration(timeoutMs)}, ${asked}; back after ${failures} wrong in a row`;
}

/**
 * The state of an environment whose deployment has ended, with what watches over it. Only a promotion is watched: a way back that goes
 * off again would lead further and further. One that failed leaves the watch over what serves as it was.
 */
export function watchedBy(state: EnvironmentState, alarms: readonly Alarm[]): EnvironmentState {
  const { last, current, bakeEndsAt, watched } = state;
  if (last === null || last.deployment !== current?.deployment) return state;
  // A host that was brought back serves the same release: who watched over that goes on, and no longer than before.
  if (last.kind === 'host') return watched === undefined ? state : { ...state, watched: { ...watched, deployment: last.deployment } };
  if (alarms.length === 0 || last.kind !== 'promotion' || bakeEndsAt === null) return unwatched(state);
  return { ...state, watched: { deployment: last.deployment, alarms, until: bakeEndsAt } };
}

/** An alarm counts once. */
export function unwatched({ watched: _, ...state }: EnvironmentState): EnvironmentState {
  return state;
}

/** What watches over the environment at this moment: nothing while it is changed, and after the bake time. */
export function watchedNow({ watched, running, current }: EnvironmentState, now: number): Watched | undefined {
  const isThere = watched !== undefined && running === null && watched.deployment === current?.deployment && now < watched.until;
  return isThere ? watched : undefined;
}

/** Why an alarm that is raised does not count, or undefined when it does. */
export function objectionToAlarm(message: AlarmMessage, state: EnvironmentState, now: number): string | undefined {
  const place = `${state.application} in ${state.environment}`;
  const alarms = watchedNow(state, now)?.alarms;
  if (alarms === undefined) return `Nothing bakes in ${place}: no alarm is heard. To return to an earlier release ask for a rollback`;
  const names = alarms.filter(({ kind }) => kind === 'raised').map(({ name }) => name);
  const alarm = alarms.find(({ name }) => name === message.alarm);
  if (alarm?.kind !== 'raised') return `${place} has no alarm ${message.alarm} that can be raised; there are ${names.join(', ') || 'none'}`;
  if (!alarm.by.includes(message.person)) return `${message.person} may not raise ${alarm.name}; ask ${alarm.by.join(' or ')}`;
  const number = state.current?.release.number;
  if (message.release === undefined || message.release === number) return undefined;
  return `${place} runs release ${number}, and not release ${message.release}`;
}
