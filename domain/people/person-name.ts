/** As people sign in: `rita`, `r.meier`, `rita@example.com`. Nothing but ASCII, so that no letter of another alphabet passes for one of these. */
const PERSON_NAME = /^[a-z0-9](?:[._@+-]?[a-z0-9])*$/;

const LONGEST = 100;

/** Names that stand for the engine itself, and for whoever may read the data folder. */
export const RESERVED_NAMES = ['tidegate', 'local'] as const;

export const PERSON_NAME_HINT =
  "use lower case letters from a to z, digits, and single . _ @ + - between them, at most 100 characters; names must not look like each other's";

/** Whether a text can be a person's name. */
export function isPersonName(text: string): boolean {
  return text.length <= LONGEST && PERSON_NAME.test(text) && text !== 'constructor';
}

/** A sign-in's name in lower case; undefined for one that cannot be a person's. What is no ASCII is never made ASCII: K, the sign for kelvin, is no k. */
export function parsePersonName(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  const lower = /^[\u0000-\u007f]*$/.test(text) ? text.toLowerCase() : text;
  return isPersonName(lower) ? lower : undefined;
}

/** Equal for two names that people may take for each other: https://www.unicode.org/reports/tr39/#def-skeleton, as far as ASCII goes. */
export function skeletonOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('0', 'o')
    .replaceAll(/[1i]/g, 'l')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll(/[._+-]/g, '-');
}

/** The first of these that a name could be taken for; the name itself is not one. */
export function lookAlike(name: string, others: readonly string[]): string | undefined {
  const skeleton = skeletonOf(name);
  return others.find((other) => other !== name && skeletonOf(other) === skeleton);
}
