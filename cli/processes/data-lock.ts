import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { identifyProcess, isRunning, type ProcessIdentity, parseIdentity } from '../../temporal/process-identity.ts';
import { CommandFailed } from '../errors.ts';

/** Reading and writing who owns the folder takes milliseconds; whoever was killed meanwhile is given up after this. */
const GUARD_STALE_MS = 5_000;

/**
 * Makes this process the only `up` on a data folder, until it is released or has gone: the lock names a process and its start,
 * so that one left by a crash holds nobody up. Throws CommandFailed, naming the other process.
 */
export async function lockData(data: string): Promise<{ release(): Promise<void> }> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const file = join(data, 'up.lock');
  await guarded(data, async () => {
    const owner = await readOwner(file);
    if (owner !== undefined && (await isRunning(owner))) throw inUse(data, owner);
    await writeFile(file, JSON.stringify(await identifyProcess(process.pid)), { mode: 0o600 });
  });
  return { release: () => guarded(data, () => rm(file, { force: true })) };
}

/** Two starts in one moment read and write one after the other. */
async function guarded(data: string, act: () => Promise<void>): Promise<void> {
  const release = await lock(data, {
    lockfilePath: join(data, 'up.lock.guard'),
    stale: GUARD_STALE_MS,
    retries: { retries: 60, minTimeout: 50, maxTimeout: 200 },
  });
  try {
    await act();
  } finally {
    await release();
  }
}

async function readOwner(file: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  try {
    return parseIdentity(text);
  } catch (error) {
    // A power cut can leave an empty file; whoever wrote it is gone too.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function inUse(data: string, owner: ProcessIdentity): CommandFailed {
  return new CommandFailed(
    `Process ${owner.pid} runs 'tidegate up' on ${data} already`,
    `use that one ('tidegate status'), or stop it first with 'kill ${owner.pid}'`,
  );
}
