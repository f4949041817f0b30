/** Text to its digest; given by the caller, as the domain owns no hash function. */
export type HashFunction = (text: string) => string;

/**
 * JSON with sorted keys, no white space and no undefined members, so that equal values have equal text and different ones
 * different text. Follows RFC 8785 for the values used here: strings, booleans, null, finite numbers, arrays and plain objects.
 * Throws TypeError for anything else: two values that JSON cannot tell apart must not share a hash.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`;
  if (isPlainObject(value)) return `{${members(value).join(',')}}`;
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return JSON.stringify(value);
  throw new TypeError(`${describe(value)} has no canonical form`);
}

function members(value: object): string[] {
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return present.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
}

/** Of whatever realm: workflows and tests have an Object of their own. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Its kind and never what it holds, which may be a secret. */
function describe(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' ? `A ${value?.constructor.name}` : `A value of type ${typeof value}`;
}
