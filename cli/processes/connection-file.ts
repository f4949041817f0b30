import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../domain/secret.ts';
import { makeToken } from '../../server/tokens.ts';

/** The person that the token of the data folder stands for: whoever may read that folder. */
export const LOCAL_PERSON = 'local';

interface ConnectionFile {
  readonly url: string;
  readonly token: string;
}

/** The token of earlier starts, so that a restart signs nobody out; a new one where there is none. */
export async function keptToken(data: string): Promise<Secret> {
  const text = await readFile(fileIn(data), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  const token = tokenIn(text);
  return token === undefined ? makeToken() : new Secret(token);
}

/** Tells the commands of this installation where its server is. Only its owner may read the file. */
export async function writeConnection(data: string, url: string, token: Secret): Promise<string> {
  const file = fileIn(data);
  const draft = `${file}.${randomUUID()}`;
  const content: ConnectionFile = { url, token: token.reveal() };
  await mkdir(data, { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return file;
}

function fileIn(data: string): string {
  return join(data, 'connection.json');
}

/** A file that a crash has cut holds no token. */
function tokenIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'token' in value && typeof value.token === 'string' ? value.token : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
