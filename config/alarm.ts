import { z } from 'zod';
import { type Alarm, WEBHOOK_HEADERS } from '../domain/alarm.ts';
import { alarmUrl } from './addresses.ts';
import { secret } from './references.ts';
import { customIssue, distinct, duration, name } from './scalars.ts';
import type { WebhookSettings } from './settings/environment.ts';

const http = z.strictObject({
  url: alarmUrl().describe('What is asked, without credentials'),
  status: z.number().int().min(100).max(599).default(200).describe('What it must answer; redirections are not followed'),
  interval: duration({ min: 1_000, max: 3_600_000 }).prefault('10s').describe('From one question to the next'),
  timeout: duration({ min: 100, max: 60_000 }).prefault('5s').describe('No answer by then is a wrong one'),
  failures: z.number().int().min(1).max(100).default(3).describe('Wrong answers in a row that are an alarm'),
});

const webhook = z.strictObject({
  header: z.enum(WEBHOOK_HEADERS).describe('By which a message proves where it comes from; authorization carries the secret itself'),
  secrets: z.array(secret()).min(1).max(2).describe('Any of them counts: two while one is replaced by the other'),
});

/** What takes a release back during its bake time: a URL that is asked, people and monitors that raise it, or a monitoring system's webhook. */
export const alarm = z
  .strictObject({
    name: name(),
    http: z.exactOptional(http),
    raisedBy: z.exactOptional(distinct(name()).min(1).describe('Names of people, or of monitors, who may raise it with their token')),
    webhook: z.exactOptional(webhook),
  })
  .check((context) => {
    const { http: asked, raisedBy, webhook: sent } = context.value;
    if ([asked, raisedBy, sent].filter((kind) => kind !== undefined).length === 1) return;
    context.issues.push(customIssue(context.value, { message: 'expected exactly one of http, raisedBy, webhook' }));
  });

type AlarmDocument = z.output<typeof alarm>;

/** The alarm as everybody may know it: without the references to its secrets, which change while it stays the same. */
export function toAlarm({ name: called, http: asked, raisedBy, webhook: sent }: AlarmDocument): Alarm {
  if (sent !== undefined) return { kind: 'webhook', name: called, header: sent.header };
  if (asked === undefined) return { kind: 'raised', name: called, by: raisedBy ?? [] };
  const { interval, timeout, ...rest } = asked;
  return { kind: 'http', name: called, ...rest, intervalMs: interval, timeoutMs: timeout };
}

export function toWebhooks(alarms: readonly AlarmDocument[]): WebhookSettings[] {
  return alarms.flatMap(({ name: called, webhook: sent }) => (sent === undefined ? [] : [{ alarm: called, ...sent }]));
}
