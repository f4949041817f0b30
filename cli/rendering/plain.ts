import { stripVTControlCharacters } from 'node:util';

// Tab and line feed stay; direction marks could make a line read as another.
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are to be found
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from elsewhere without anything that commands a terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replace(UNPRINTABLE, '');
}

/** The same for every string of a JSON value, its keys included. */
export function plainDeep(value: unknown): unknown {
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value)) return value.map(plainDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [plain(key), plainDeep(member)]));
}

/** What the engine says of a reason, a reference to an image included. */
export const LONGEST_REASON = 1_000;

/** On one line, at most this long. */
export function oneLine(text: string, longest = 160): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
