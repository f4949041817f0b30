import type { FormField } from '../gates/form-fields.ts';
import { type Unclear, unclearIn } from './plain-json.ts';

/** What the lines below a command tell of a form, and what of them is a comment. */
export interface FilledIn extends Unclear {
  /** By the names of the form's members; undefined where the lines tell none. Whether they fit is not judged here. */
  readonly answers?: Readonly<Record<string, unknown>>;
  readonly rest: readonly string[];
}

const FENCE = /^\s*(```|~~~)/;

/**
 * Reads the form's members out of lines such as `ticket: CHG-7` or `ticket=CHG-7`, and out of a fenced block of JSON. Only members that the form names are read from
 * lines: anything else is part of the comment.
 */
export function filledIn(lines: readonly string[], fields: readonly FormField[]): FilledIn {
  if (fields.length === 0) return { rest: lines };
  const block = blockOf(lines);
  const [told, rest] = block === undefined ? [[], lines] : [Object.entries(block.members), block.rest];
  const read = rest.map((line) => memberOf(line, fields));
  const unclear = [block?.unclear, ...read.map((member) => member?.unclear)].filter((one) => one !== undefined);
  const altered = unclear.find((one) => one.altered !== undefined)?.altered;
  const all = [...told, ...read.flatMap((member) => (member === undefined ? [] : [member.told]))];
  const names = all.map(([name]) => name);
  // Nobody can say which of two counts.
  const twice = unclear.find((one) => one.twice !== undefined)?.twice ?? names.find((name, index) => names.indexOf(name) < index);
  return {
    ...(all.length > 0 && { answers: Object.fromEntries(all) }),
    rest: rest.filter((line, index) => read[index] === undefined && !(all.length > 0 && FENCE.test(line))),
    ...(twice !== undefined && { twice }),
    ...(altered !== undefined && { altered }),
  };
}

/** The first fenced block, where it holds a JSON object that tells anything. */
function blockOf(lines: readonly string[]) {
  const begin = lines.findIndex((line) => FENCE.test(line));
  const end = lines.findIndex((line, index) => index > begin && FENCE.test(line));
  if (end < 0) return undefined;
  const text = lines.slice(begin + 1, end).join('\n');
  const members = objectOf(text);
  if (members === undefined || Object.keys(members).length === 0) return undefined;
  return { members, unclear: unclearIn(text), rest: [...lines.slice(0, begin), ...lines.slice(end + 1)] };
}

interface Member {
  readonly told: readonly [string, unknown];
  readonly unclear: Unclear;
}

function memberOf(line: string, fields: readonly FormField[]): Member | undefined {
  const at = line.search(/[:=]/);
  const field = at < 0 ? undefined : fields.find(({ name }) => name === line.slice(0, at).trim());
  if (field === undefined) return undefined;
  const text = line.slice(at + 1).trim();
  const value = asAsked(text, field);
  return { told: [field.name, value], unclear: typeof value === 'string' ? {} : unclearIn(text) };
}

/** Text, or what the schema asks for where the text is written like that. */
function asAsked(text: string, { types, choices }: FormField): unknown {
  const choice = choices.find((one) => String(one) === text);
  if (choice !== undefined) return choice;
  if (types.includes('string')) return unquoted(text);
  const value = jsonOf(text);
  return types.some((type) => isOf(type, value)) ? value : unquoted(text);
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === (type === 'integer' ? 'number' : type);
}

/** As whoever is used to YAML writes it. */
function unquoted(text: string): string {
  const [, , inner] = /^(["'])(.*)\1$/s.exec(text) ?? [];
  return inner ?? text;
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = jsonOf(text);
  return isOf('object', value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
