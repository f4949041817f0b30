/** Lower case letters, digits and single hyphens, 1 to 40 characters, beginning with a letter: safe in container names, labels, ids and host names. */
const NAME = /^[a-z](?:-?[a-z0-9]){0,39}$/;

/** Whether a text can name an application, component, stage, environment, host or site. */
export function isName(text: string): boolean {
  // `constructor` is a member of every object, so that looking it up would find something where nothing is.
  return text.length <= 40 && NAME.test(text) && text !== 'constructor';
}

export const NAME_HINT = 'use lower case letters, digits and single hyphens, beginning with a letter, at most 40 characters';
