/** Text to its digest; given by the caller, as the domain owns no hash function. */
export type HashFunction = (text: string) => string;

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * JSON with sorted keys, no white space and no undefined members, so that equal values have equal text.
 * Follows RFC 8785 for the values used here: strings, booleans, null and finite numbers.
 */
export function canonicalJson(value: unknown): string {
  return print(value as Json);
}

function print(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item) => print(item as Json)).join(',')}]`;
  if (value === null || typeof value !== 'object') return printScalar(value as null | boolean | number | string);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${print(member as Json)}`).join(',')}}`;
}

function printScalar(value: null | boolean | number | string): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} has no canonical form`);
  return JSON.stringify(value);
}
