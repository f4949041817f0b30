import { z } from 'zod';
import { DURATION, parseDuration, printDuration } from '../domain/duration.ts';
import { isName, NAME_HINT } from '../domain/name.ts';
import { parseSize, printExactSize, SIZE } from '../domain/size.ts';

/** Why a text is refused. */
export interface Refusal {
  readonly message: string;
  readonly hint?: string;
}

interface TextOptions {
  /** What is expected, in words that follow `expected`. */
  readonly expected: string;
  readonly examples?: readonly string[];
  /** For editors; `refuse` decides. */
  readonly pattern?: RegExp;
  readonly refuse: (value: string) => Refusal | undefined;
}

/** Text that follows a rule. Too long a text, a line break or a control character is refused everywhere. */
export function text({ expected, examples, pattern, refuse }: TextOptions) {
  return z
    .string({ error: `expected ${expected}` })
    .check((context) => {
      const refusal = refuseControls(context.value) ?? refuse(context.value);
      if (refusal !== undefined) context.issues.push(customIssue(context.value, refusal));
    })
    .meta({ ...(examples && { examples: [...examples] }), ...(pattern && { pattern: pattern.source }) });
}

/** An issue with a hint, as `explain` reads it. */
export function customIssue(input: unknown, refusal: Refusal, path: (string | number)[] = []) {
  return { code: 'custom' as const, input, path, message: refusal.message, params: { hint: refusal.hint } };
}

function refuseControls(value: string): Refusal | undefined {
  if (value.length > 4_096) return { message: 'is longer than 4096 characters' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
  return /[\u0000-\u001f\u007f-\u009f]/.test(value) ? { message: 'holds a line break or a control character' } : undefined;
}

/** The name of an application, component, stage, environment, host, site, registry or person. */
export const name = () => text({ expected: 'a name', pattern: /^[a-z](-?[a-z0-9]){0,39}$/, refuse: refuseName });

export function refuseName(value: string): Refusal | undefined {
  return isName(value) ? undefined : { message: 'is no name', hint: NAME_HINT };
}

const DAY_MS = 86_400_000;

/** A duration such as `30s`, in milliseconds. */
export const duration = ({ min = 1, max = DAY_MS }: { readonly min?: number; readonly max?: number } = {}) =>
  text({
    expected: "a duration such as '30s'",
    examples: ['500ms', '30s', '5m', '12h', '7d'],
    pattern: DURATION,
    refuse: (value) => refuseDuration(value, min, max),
  }).transform((value) => parseDuration(value) ?? 0);

function refuseDuration(value: string, min: number, max: number): Refusal | undefined {
  const milliseconds = parseDuration(value);
  if (milliseconds === undefined)
    return { message: 'is no duration', hint: 'write a whole number and ms, s, m, h or d: 500ms, 30s, 5m, 12h, 7d' };
  if (milliseconds >= min && milliseconds <= max) return undefined;
  return { message: `is out of range: between ${printDuration(min)} and ${printDuration(max)}` };
}

/** Six mebibytes: no engine takes less. */
const SMALLEST_MEMORY = 6 * 1_048_576;
const LARGEST_SIZE = 2 ** 50;

/** A size such as `256MiB` within limits, in bytes. */
export const size = ({ min }: { readonly min: number }) =>
  text({
    expected: "a size such as '256MiB'",
    examples: ['256MiB', '1GiB'],
    pattern: SIZE,
    refuse: (value) => {
      const bytes = parseSize(value);
      if (bytes === undefined) return { message: 'is no size', hint: 'write a whole number and a unit: 256MiB, 1GiB, 512MB' };
      return bytes >= min && bytes <= LARGEST_SIZE
        ? undefined
        : { message: `is out of range: between ${printExactSize(min)} and ${printExactSize(LARGEST_SIZE)}` };
    },
  }).transform((value) => parseSize(value) ?? 0);

/** A size that engines take as a limit of memory. */
export const memory = () => size({ min: SMALLEST_MEMORY });

const MODE = /^[01]?[0-7]{3}$/;

/** The mode of a file or folder as in chmod, in octal digits. */
export const fileMode = (fallback: string) =>
  text({
    expected: `a mode such as '${fallback}'`,
    examples: [fallback, '0700'],
    pattern: MODE,
    refuse: (value) =>
      MODE.test(value)
        ? undefined
        : { message: 'is no mode', hint: `three octal digits in quotes, with or without 1 or 0 before them: '${fallback}'` },
  })
    .default(fallback)
    .transform((value) => Number.parseInt(value, 8));

export const port = () => z.number({ error: 'expected a port, 1 to 65535' }).int().min(1).max(65_535);

/** A list in which nothing is twice. */
export function distinct<Item extends z.ZodType<string>>(item: Item) {
  return z.array(item).check((context) => {
    const values = context.value;
    values.forEach((value, index) => {
      if (values.indexOf(value) < index) context.issues.push(customIssue(value, { message: `${value} is named twice` }, [index]));
    });
  });
}

/** A mapping in which exactly one of its keys is given. */
export function exactlyOne<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape);
  return z
    .strictObject(shape)
    .check((context) => {
      if (Object.keys(context.value).length === 1) return;
      context.issues.push(customIssue(context.value, { message: `expected exactly one of ${keys.join(', ')}` }));
    })
    .meta({ minProperties: 1, maxProperties: 1 });
}
