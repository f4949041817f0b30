import { visible } from './problem.ts';

const WIDTH = 120;
const SECRET_KEY = String.raw`[\w-]*(?:password|passwd|token|secret|credential|[_-]key)[\w-]*['"]?\s*:`;
const SECRET_NAME = /password|passwd|token|secret|credential|[_-]key/i;
const SECRET_VALUE = new RegExp(
  String.raw`(${SECRET_KEY}\s*)(?!\s|['"]?\$\{(?:env|file):[^}]*\}['"]?\s*(?:[,}#]|$))('(?:[^']|'')*'?|"(?:[^"\\]|\\.)*"?|[^\s,}#][^,}#]*)`,
  'gi',
);
const CREDENTIALS = /(:\/\/)[^/\s@]*:[^/\s@]*@/g;
const SECRET_BELOW = new RegExp(String.raw`${SECRET_KEY}\s*(?:[|>][\d+-]*\s*)?(?:#.*)?$`, 'i');

/**
 * A line and a caret below its column, `  7 | …`. What looks like the value of a secret is replaced,
 * as the file may be wrong in just the way that puts one there.
 */
export function excerpt(lines: readonly string[], line: number, column: number): string {
  const text = lines[line - 1] ?? '';
  const below = SECRET_BELOW.test(lines[line - 2] ?? '');
  const hide = (part: string) => visible((below ? part.replace(/\S.*$/, '***') : maskSecrets(part)).replaceAll('\t', ' '));
  const before = hide(text.slice(0, column - 1));
  const from = Math.max(0, before.length - WIDTH / 2);
  const gutter = `  ${line} | `;
  const shown = hide(text).slice(from, from + WIDTH);
  return `${gutter}${shown}\n${' '.repeat(gutter.length - 2)}| ${' '.repeat(Math.min(before.length - from, shown.length))}^`;
}

/** Whether a line holds what looks like a secret, or the line above says that it does. */
export function holdsSecret(lines: readonly string[], line: number): boolean {
  const text = lines[line - 1] ?? '';
  return maskSecrets(text) !== text || SECRET_BELOW.test(lines[line - 2] ?? '');
}

function maskSecrets(text: string): string {
  return text.replace(SECRET_VALUE, '$1***').replace(CREDENTIALS, '$1***@');
}

/** Whether what a key holds is by its name a secret: never repeated in a message. */
export function namesSecret(key: string | number | undefined): boolean {
  return SECRET_NAME.test(String(key));
}
