import type { Reference, Repository } from '../../adapters/registry/reference.ts';
import { isTag, parseReference, parseRepository, printReference, printRepository } from '../../adapters/registry/reference.ts';
import type { Platform } from '../../domain/oci-manifest.ts';
import { MalformedPlatform, parsePlatform } from '../../domain/platform.ts';
import { CommandError, UsageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/** What was typed, read once; each throws UsageError with what is wrong about it. */
export const imageSaid = (text: string): Reference => typed(() => parseReference(text));
export const repositorySaid = (text: string): Repository => typed(() => parseRepository(text));
export const platformSaid = (text: string): Platform => typed(() => parsePlatform(text));

export function tagSaid(text: string): string {
  if (isTag(text)) return text;
  throw new UsageError(`${JSON.stringify(text)} is no tag`, 'letters, digits, _ . and -, at most 128 of them');
}

function typed<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && WRONG_WORDS.has(error.name)) throw new UsageError(error.message, '', { cause: error });
    throw error;
  }
}

const WRONG_WORDS: ReadonlySet<string> = new Set(['MalformedReference', 'MalformedDigest', MalformedPlatform.name]);

/** A registry that lets nobody in ends a command as a server does that says no. */
export async function asCommand<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === 'RegistryRefused') throw new NotLetIn(error);
    if (error instanceof Error && error.name === 'RepositoryMissing') throw new UsageError(error.message, '', { cause: error });
    throw error;
  }
}

/** What the registry was asked for is not there. */
export function notThere(image: Reference): UsageError {
  const repository = printRepository(image);
  return new UsageError(
    `There is no ${printReference(image)} at its registry`,
    `'tidegate registry ls ${repository}' shows the tags that are`,
  );
}

class NotLetIn extends CommandError {
  override readonly name = 'NotLetIn';
  readonly exitCode = EXIT.notAllowed;

  constructor(cause: Error) {
    super(cause.message, "sign in with 'docker login', or give the registry's username and password in tidegate.yaml", { cause });
  }
}
