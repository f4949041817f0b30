import { createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ReadSecretVersions } from '../../activities/hosts/ports.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import type { SecretResolver } from './resolve.ts';

const KEY_BYTES = 32;
/** Too many to be hit by chance, too few to say anything of a value even to whoever has the key. */
const DIGITS = 16;

/**
 * Versions of secrets: digests under a key that is in `keyFile` alone and is made at first use. Where a secret is used is part of
 * what is digested, so that two that are equal do not look alike.
 */
export function createSecretVersions(resolve: SecretResolver, keyFile: string): ReadSecretVersions {
  let key: Promise<Buffer> | undefined;
  return async ({ application, environment }, files) => {
    key ??= readKey(keyFile);
    const secret = await key;
    const versions = files.map(async ({ name, value }) => {
      const content = canonicalJson({ application, environment, name, content: (await resolve(value)).reveal() });
      return [name, createHmac('sha256', secret).update(content).digest('hex').slice(0, DIGITS)] as const;
    });
    return Object.fromEntries(await Promise.all(versions));
  };
}

async function readKey(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeKey(file);
    return readFile(file);
  }
}

/** Takes its name whole: two processes that begin at once go on with one key. */
async function makeKey(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const made = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(made, randomBytes(KEY_BYTES), { mode: 0o600, flush: true });
  try {
    await link(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(made, { force: true });
  }
}
