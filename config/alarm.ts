import { z } from 'zod';
import type { Alarm } from '../domain/alarm.ts';
import { alarmUrl } from './addresses.ts';
import { customIssue, distinct, duration, name } from './scalars.ts';

const http = z.strictObject({
  url: alarmUrl().describe('What is asked, without credentials'),
  status: z.number().int().min(100).max(599).default(200).describe('What it must answer; redirections are not followed'),
  interval: duration({ min: 1_000, max: 3_600_000 }).prefault('10s').describe('From one question to the next'),
  timeout: duration({ min: 100, max: 60_000 }).prefault('5s').describe('No answer by then is a wrong one'),
  failures: z.number().int().min(1).max(100).default(3).describe('Wrong answers in a row that are an alarm'),
});

/** What takes a release back during its bake time: a URL that is asked, or people and monitors that raise it. */
export const alarm = z
  .strictObject({
    name: name(),
    http: z.exactOptional(http),
    raisedBy: z.exactOptional(distinct(name()).min(1).describe('Names of people, or of monitors, who may raise it with their token')),
  })
  .check((context) => {
    const { http: asked, raisedBy } = context.value;
    if ((asked === undefined) !== (raisedBy === undefined)) return;
    context.issues.push(customIssue(context.value, { message: 'expected either http or raisedBy' }));
  });

export function toAlarm({ name: called, http: asked, raisedBy }: z.output<typeof alarm>): Alarm {
  if (asked === undefined) return { kind: 'raised', name: called, by: raisedBy ?? [] };
  const { interval, timeout, ...rest } = asked;
  return { kind: 'http', name: called, ...rest, intervalMs: interval, timeoutMs: timeout };
}
