import { randomUUID } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { CommandFailed } from '../errors.ts';

type Lines = AsyncIterable<string> | Iterable<string>;

/**
 * Writes a file that its owner alone may read, whole or not at all: an export that was interrupted is not taken for one. A link stays one, and what is
 * no regular file (a pipe, /dev/null) is written into: to put a file in its place would take it from everybody. Throws CommandFailed.
 */
export async function writeLines(path: string, lines: Lines): Promise<void> {
  const { target, isSpecial } = await whatIsThere(path).catch((error: unknown) => unwritable(path, error));
  if (isSpecial) return fill(await open(target, 'w').catch((error: unknown) => unwritable(path, error)), lines);
  const draft = `${target}.${randomUUID()}`;
  try {
    const file = await open(draft, 'wx', 0o600).catch((error: unknown) => unwritable(path, error));
    await fill(file, lines, () => file.sync());
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}

export function writeText(path: string, text: string): Promise<void> {
  return writeLines(path, [text]);
}

async function whatIsThere(path: string): Promise<{ readonly target: string; readonly isSpecial: boolean }> {
  try {
    const target = await realpath(path);
    return { target, isSpecial: !(await stat(target)).isFile() };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { target: path, isSpecial: false };
    throw error;
  }
}

async function fill(file: FileHandle, lines: Lines, kept: () => Promise<void> = async () => undefined): Promise<void> {
  try {
    for await (const line of lines) await file.write(line);
    await kept();
  } finally {
    await file.close();
  }
}

function unwritable(path: string, error: unknown): never {
  const seen = codeOf(error) ?? String(error);
  throw new CommandFailed(`${path} cannot be written: ${seen}`, 'name a file in a folder that is there and that you may write', {
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
