import { printDuration } from './duration.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { KnownBy } from './people/known-by.ts';

/** What takes a release back by itself during its bake time. */
export type Alarm = HttpAlarm | RaisedAlarm | WebhookAlarm;

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

/** Raised by messages that a monitoring system sends by itself; its secrets are with the server alone. */
export interface WebhookAlarm {
  readonly kind: 'webhook';
  readonly name: string;
  readonly header: WebhookHeader;
}

/**
 * The header by which a message proves where it comes from, and so what is signed in which form. `authorization` is for those who sign nothing:
 * it carries the secret itself.
 */
export type WebhookHeader = (typeof WEBHOOK_HEADERS)[number];
export const WEBHOOK_HEADERS = ['authorization', 'x-hub-signature-256', 'x-grafana-alerting-signature', 'webhook-signature'] as const;

/** What is watched after a promotion, and until when: the deployment that brought what serves, milliseconds since the epoch. */
export interface Watched {
  readonly deployment: string;
  readonly alarms: readonly Alarm[];
  readonly until: number;
}

/** An alarm as it arrives: the person comes from the credential that the server checked, and is `tidegate` where a webhook raised it. */
export interface AlarmMessage {
  readonly alarm: string;
  readonly person: string;
  readonly known?: KnownBy;
  readonly reason: string;
  /** The release that it is about; without one, what bakes. */
  readonly release?: number;
  /** Names the message of a webhook: sent again, it has the same one. Absent where a person raised it. */
  readonly delivery?: string;
}

/** For plans: all that an owner can set of an alarm is in here. */
export function alarmWords(alarm: Alarm): string {
  if (alarm.kind === 'raised') return `${alarm.name}, raised by ${alarm.by.join(' or ')}`;
  if (alarm.kind === 'webhook') return `${alarm.name}, raised by a webhook with ${alarm.header}`;
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
  const objection = objectionToRaiser(message, alarms, place);
  if (objection !== undefined) return objection;
  const number = state.current?.release.number;
  if (message.release === undefined || message.release === number) return undefined;
  return `${place} runs release ${number}, and not release ${message.release}`;
}

function objectionToRaiser({ alarm: name, person, delivery }: AlarmMessage, alarms: readonly Alarm[], place: string): string | undefined {
  const kind = delivery === undefined ? 'raised' : 'webhook';
  const alarm = alarms.find((candidate) => candidate.name === name && candidate.kind === kind);
  if (alarm === undefined) {
    const names = alarms.filter((candidate) => candidate.kind === kind).map((candidate) => candidate.name);
    return `${place} has no alarm ${name} that can be raised${kind === 'webhook' ? ' by a webhook' : ''}; there are ${names.join(', ') || 'none'}`;
  }
  if (alarm.kind !== 'raised' || alarm.by.includes(person)) return undefined;
  return `${person} may not raise ${alarm.name}; ask ${alarm.by.join(' or ')}`;
}

/**
 * By what an alarm is remembered, so that one that arrives twice is one. A person's has the id of its request. The same message of a webhook is
 * another alarm over another deployment; with nothing that bakes it is the one of `known` that it repeats, if there is one.
 */
export function alarmKey({ delivery }: AlarmMessage, requestId: string, watched: Watched | undefined, known: readonly string[]): string {
  if (delivery === undefined) return requestId;
  const over = `${delivery} over `;
  if (watched !== undefined) return `${over}${watched.deployment}`;
  return known.findLast((key) => key.startsWith(over)) ?? delivery;
}
