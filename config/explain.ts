import { z } from 'zod';
import type { ConfigurationDocument, Finding, Path } from './document.ts';
import { namesSecret } from './excerpt.ts';
import { quote } from './problem.ts';
import { suggest } from './suggest.ts';

/** The part of zod's issues that is read here. */
interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: unknown;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly options?: readonly unknown[];
  readonly errors?: readonly (readonly Issue[])[];
  readonly issues?: readonly Issue[];
  readonly params?: { readonly hint?: string } | undefined;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly origin?: string;
}

/** Puts the keys that a mapping knows into the message of its unknown ones: an issue carries no schema. */
export const knownKeys: z.core.$ZodErrorMap = (raw) =>
  raw.code === 'unrecognized_keys' && raw.inst instanceof z.ZodObject ? Object.keys(raw.inst.shape).join(' ') : undefined;

/** zod's issues in the words of the file's author, a finding for each key at fault. */
export function explain(issues: readonly z.core.$ZodIssue[], document: ConfigurationDocument): Finding[] {
  return issues.flatMap((issue) => explainIssue(issue as Issue, [], document));
}

function explainIssue(issue: Issue, base: Path, document: ConfigurationDocument): Finding[] {
  const path = [...base, ...(issue.path as Path)];
  const value = valueAt(document.value, path);
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path);
  if (issue.code === 'invalid_key') return (issue.issues ?? []).map((inner) => ({ ...custom(inner, path), at: 'key' as const }));
  if (issue.code === 'custom') return [custom({ ...issue, path: [] }, path)];
  if (value === undefined || value === null) return [absent(issue, path, value)];
  if (issue.code === 'invalid_union' && (issue.errors ?? []).length > 0) return explainUnion(issue, path, document);
  if (namesSecret(path.at(-1))) return [{ path, message: expectation(issue), hint: 'write ${env:NAME} or ${file:PATH}' }];
  const hint = typeHint(issue, value, document.source(path));
  return [{ path, message: `${expectation(issue)}, saw ${describe(value)}`, ...(hint !== undefined && { hint }) }];
}

function unknownKeys(issue: Issue, path: Path): Finding[] {
  const known = issue.message.split(' ').filter((key) => key !== '');
  return (issue.keys ?? []).map((key) => {
    const near = suggest(key, known);
    const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`;
    return { path: [...path, key], at: 'key', message: 'unknown key', hint };
  });
}

/** Of the forms that a value may take, the one that its type belongs to explains what is wrong with it. */
function explainUnion(issue: Issue, path: Path, document: ConfigurationDocument): Finding[] {
  const wrongType = (inner: Issue) => inner.code === 'invalid_type' && inner.path.length === 0;
  const fitting = (issue.errors ?? []).filter((branch) => !branch.some(wrongType));
  const only = fitting[0];
  if (fitting.length === 1 && only !== undefined) return only.flatMap((inner) => explainIssue(inner, path, document));
  const forms = [...new Set((issue.errors ?? []).flatMap((branch) => branch.filter(wrongType).map(expectation)))];
  return [{ path, message: `${forms.join(', or ')}, saw ${describe(valueAt(document.value, path))}` }];
}

function absent(issue: Issue, path: Path, value: unknown): Finding {
  if (value === undefined) return { path, message: `is missing; ${expectation(issue)}` };
  return { path, message: `has no value; ${expectation(issue)}`, hint: 'give it a value, or take the key out' };
}

function custom(issue: Issue, path: Path): Finding {
  const hint = issue.params?.hint;
  return { path: [...path, ...(issue.path as Path)], message: issue.message, ...(hint !== undefined && { hint }) };
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

function expectation(issue: Issue): string {
  if (!issue.message.startsWith('Invalid') && !issue.message.startsWith('Too ')) return issue.message;
  if (issue.code === 'invalid_type') return `expected ${TYPES[String(issue.expected)] ?? String(issue.expected)}`;
  const values = issue.values ?? issue.options;
  if (values !== undefined) return `expected ${values.map(String).join(' or ')}`;
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' members' : '';
  if (issue.code === 'too_small') return `expected at least ${String(issue.minimum)}${unit}`;
  if (issue.code === 'too_big') return `expected at most ${String(issue.maximum)}${unit}`;
  return 'expected another value';
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return quote(value);
}

/** The usual surprises of YAML 1.2: numbers that were meant as text, and words that older versions took for booleans. */
function typeHint(issue: Issue, value: unknown, source: string | undefined): string | undefined {
  const expected = String(issue.expected);
  const written = source ?? describe(value);
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return `YAML reads ${written} as a ${typeof value}: write '${written}' in quotes`;
  }
  if (expected === 'boolean' && typeof value === 'string') return 'YAML 1.2 knows true and false; yes, no, on and off are text';
  if ((expected === 'number' || expected === 'int') && typeof value === 'string' && /^\d+(\.\d+)?$/.test(value))
    return 'take the quotes away';
  return undefined;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((current, key) => {
    const isHolder = typeof current === 'object' && current !== null && Object.hasOwn(current, key);
    return isHolder ? (current as Record<PropertyKey, unknown>)[key] : undefined;
  }, value);
}
