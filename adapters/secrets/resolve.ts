import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Secret } from '../../domain/secret.ts';
import { splitReferences, type TextPart } from '../../domain/secret-reference.ts';

/** Puts the secrets into a configured text. Each call looks them up again, so that a changed secret counts at once. */
export type SecretResolver = (text: string) => Promise<Secret>;

export interface SecretSources {
  /** The variables that `${env:NAME}` may name. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths of `${file:PATH}` begin: the folder of tidegate.yaml. */
  readonly directory: string;
}

const LARGEST_FILE = 65_536;

/**
 * Looks up `${env:NAME}` and `${file:PATH}` (without its last line break), alone or within a longer text.
 * The resolver throws SecretMissing, which names the reference and never a value, and MalformedReference.
 */
export function createSecretResolver(sources: SecretSources): SecretResolver {
  return async (text) => {
    const values = await Promise.all(splitReferences(text).map((part) => lookUp(part, sources)));
    return new Secret(values.join(''));
  };
}

async function lookUp(part: TextPart, { env, directory }: SecretSources): Promise<string> {
  if (part.kind === 'text') return part.text;
  const value = part.kind === 'env' ? variable(env, part.name) : await readSecretFile(part.reference, resolve(directory, part.path));
  const what = part.kind === 'env' ? `the environment variable ${part.name}` : 'the file';
  if (value === undefined) throw new SecretMissing(part.reference, `${what} is not set where Tidegate runs`);
  if (value === '') throw new SecretMissing(part.reference, `${what} is empty`);
  return value;
}

function variable(env: SecretSources['env'], name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

async function readSecretFile(reference: string, path: string): Promise<string> {
  try {
    return await readRegularFile(reference, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new SecretMissing(reference, REASONS[code] ?? `the file cannot be read (${code})`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read the file',
  EISDIR: 'that is a folder',
};

async function readRegularFile(reference: string, path: string): Promise<string> {
  // Without O_NONBLOCK a named pipe would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await regularFile(reference, file);
    if (size > LARGEST_FILE) throw new SecretMissing(reference, `the file has ${size} bytes, and a secret at most ${LARGEST_FILE}`);
    return (await file.readFile('utf8')).replace(/\r?\n$/, '');
  } finally {
    await file.close();
  }
}

async function regularFile(reference: string, file: Awaited<ReturnType<typeof open>>) {
  const stats = await file.stat();
  if (stats.isFile()) return stats;
  throw new SecretMissing(reference, stats.isDirectory() ? 'that is a folder' : 'that is no regular file');
}

/** A secret that is configured and not there. Setting it and trying again helps. */
export class SecretMissing extends Error {
  override readonly name = 'SecretMissing';

  constructor(
    readonly reference: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`Expected a secret for ${reference}: ${reason}. Set it, and try again`, options);
  }
}
