import type { ApiClient } from './client/api-client.ts';
import { CommandFailed, UsageError } from './errors.ts';

export interface ReleaseReference {
  readonly application: string;
  readonly number: number;
}

const HINT = "write it as shop#2 or 'shop 2'; the number alone does where there is one application";

/**
 * Reads `shop#2`, `shop 2`, `2` or `#2`; without an application it is undefined.
 * Throws UsageError.
 */
export function parseReleaseReference(words: readonly string[]): { readonly application: string | undefined; readonly number: number } {
  const text = words.join(' ');
  const [, application, number] = /^(?:([^\s#]+)(?:#| +#?)|#?)(\d{1,9})$/.exec(text) ?? [];
  if (number === undefined || Number(number) === 0) throw new UsageError(`${JSON.stringify(text)} is no release`, HINT);
  return { application, number: Number(number) };
}

/** The release that somebody means; the server is asked only where the application is left out. */
export async function findReleaseReference(words: readonly string[], client: ApiClient): Promise<ReleaseReference> {
  const { application, number } = parseReleaseReference(words);
  return { application: await findApplication(application, client), number };
}

/** The application named, or the only one there is. Throws UsageError where there are several. */
export async function findApplication(name: string | undefined, client: ApiClient): Promise<string> {
  if (name !== undefined) return name;
  const names = (await client.applications()).applications.map((application) => application.name);
  const only = names[0];
  if (only === undefined) throw new CommandFailed('The installation has no application', 'add one to tidegate.yaml');
  if (names.length > 1)
    throw new UsageError(`There are several applications: ${names.join(', ')}`, 'name the one you mean, as in shop or shop#2');
  return only;
}

/** `shop#2` */
export function printReference({ application, number }: ReleaseReference): string {
  return `${application}#${number}`;
}
