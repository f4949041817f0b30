import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { CommandFailed } from '../errors.ts';

/** Writes a file that its owner alone may read, whole or not at all: an export that was interrupted is not taken for one. Throws CommandFailed. */
export async function writeLines(path: string, lines: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, 'wx', 0o600).catch((error: unknown) => unwritable(path, error));
    try {
      for await (const line of lines) await file.write(line);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

export function writeText(path: string, text: string): Promise<void> {
  return writeLines(path, [text]);
}

function unwritable(path: string, error: unknown): never {
  const seen = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  throw new CommandFailed(`${path} cannot be written: ${seen}`, 'name a file in a folder that is there and that you may write', {
    cause: error,
  });
}
