/** One fault of a configuration file, with the place to look at. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The member at fault, `hosts[0].docker`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
  /** The line with a caret below it; without the values of secrets. */
  readonly excerpt: string;
}

const SHOWN = 100;

/** All problems as text: a `file:line:column path: message` line for each, with its excerpt and hint below it. */
export function printProblems(problems: readonly Problem[]): string {
  const shown = problems.slice(0, SHOWN).map(printProblem);
  const more = problems.length > SHOWN ? [`… and ${problems.length - SHOWN} more`] : [];
  return [...shown, ...more].join('\n\n');
}

function printProblem(problem: Problem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const head = problem.path === '' ? `${place}: ${problem.message}` : `${place} ${problem.path}: ${problem.message}`;
  return [head, problem.excerpt, ...(problem.hint === undefined ? [] : [`  hint: ${problem.hint}`])].join('\n');
}

/** `hosts[0].docker`; keys that are no plain words are quoted. */
export function printPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[\w-]{1,80}$/.test(key)) return `${text}[${quote(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** A value as it may be shown in a message: one line, at most 80 characters, nothing that could command a terminal. */
export function quote(value: unknown): string {
  const text = String(JSON.stringify(value));
  return visible(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

// Control characters and those that turn the direction of text would let a file rewrite what is printed about it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are to be found
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The same text with what cannot be seen made visible. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, '\ufffd');
}
