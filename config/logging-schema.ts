import { z } from 'zod';
import { secretReferences } from '../domain/secret-reference.ts';
import { customIssue, type Refusal } from './scalars.ts';

const DRIVERS = ['local', 'json-file', 'journald', 'syslog', 'fluentd', 'gelf', 'none'] as const;

const optionName = z.string().check((context) => {
  if (/^[a-z][a-z0-9.-]{0,63}$/.test(context.value)) return;
  context.issues.push(customIssue(context.value, { message: 'is no option of a logging driver', hint: 'such as max-size' }));
});

const optionValue = z
  .string({ error: 'expected text' })
  .max(1_024)
  .check((context) => {
    const refusal = refuseValue(context.value);
    if (refusal !== undefined) context.issues.push(customIssue(context.value, refusal));
  });

/** A log's way is readable on its host and must not be a way into it. */
function refuseValue(value: string): Refusal | undefined {
  if (holdsReference(value)) return { message: 'a logging option stays readable on the host', hint: 'write no reference to a secret here' };
  if (/^(unix|unixgram|file):|^\//i.test(value))
    return { message: "reaches into the host's files", hint: 'write an address such as udp://10.0.0.5:514' };
  return undefined;
}

function holdsReference(value: string): boolean {
  try {
    return secretReferences(value).length > 0;
  } catch {
    return true;
  }
}

/** Where a container's output goes. */
export const logging = z
  .strictObject({
    driver: z.enum(DRIVERS).default('local').describe('local is bounded by itself: five files of 20 MB'),
    options: z.record(optionName, optionValue).default({}),
  })
  .check((context) => {
    const { driver, options } = context.value;
    if (driver !== 'json-file' || options['max-size'] !== undefined) return;
    const refusal = {
      message: 'json-file without max-size fills the disk of its host',
      hint: "add options: { max-size: '20m', max-file: '5' }, or use local",
    };
    context.issues.push(customIssue(context.value, refusal, ['driver']));
  });
