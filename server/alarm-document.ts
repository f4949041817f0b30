import { z } from 'zod';
import { parseJson } from './parse-json.ts';

const REASON_LENGTH = 300;

const text = z.string().optional().catch(undefined);
const texts = z.record(z.string(), z.unknown()).optional().catch(undefined);

/** What is looked at in the documents of Alertmanager, Grafana and whoever writes their own; all else is theirs. */
const document = z.looseObject({
  status: text,
  state: text,
  reason: text,
  title: text,
  commonAnnotations: texts,
  commonLabels: texts,
  release: z.number().int().positive().optional(),
});

/** What a monitoring system says. `over`: what it saw has passed, and nothing is raised. */
export type AlarmDocument = { readonly kind: 'over' } | { readonly kind: 'raised'; readonly reason: string; readonly release?: number };

/** Reads the body of a webhook; undefined where it is no JSON object, or its release no number. An empty one is an alarm without words. */
export function readAlarm(body: string): AlarmDocument | undefined {
  const read = document.safeParse(parseJson(body.trim() === '' ? '{}' : body));
  if (!read.success) return undefined;
  const { status, state, release } = read.data;
  if ([status, state].some((word) => word !== undefined && /^(resolved|ok|normal)$/i.test(word))) return { kind: 'over' };
  return { kind: 'raised', reason: reasonOf(read.data), ...(release !== undefined && { release }) };
}

function reasonOf({ reason, title, commonAnnotations = {}, commonLabels = {} }: z.output<typeof document>): string {
  const words = [reason, commonAnnotations.summary, title, commonLabels.alertname].find((word) => typeof word === 'string' && word !== '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a sentence for logs and terminals
  const sentence = String(words ?? 'raised by a webhook').replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return sentence.slice(0, REASON_LENGTH);
}
