import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { z } from 'zod';
import { identifyProcess, isRunning } from '../temporal/process-identity.ts';
import type { DemoFolder } from './folder.ts';
import { DemoRefused } from './telling/errors.ts';

const demoRecord = z.object({
  owner: z.object({ pid: z.number(), started: z.string() }),
  since: z.string(),
  /** Everything stayed up on purpose. */
  kept: z.boolean(),
  installation: z.string(),
  /** The user's engine, which holds things of the demo's. */
  docker: z.string().optional(),
  /** The registry whose images that engine holds. */
  registry: z.string().optional(),
  /** A namespace of the demo's on the user's Temporal. */
  namespace: z.object({ address: z.string(), name: z.string() }).optional(),
});

/** What a later run, or `--clean`, must know of a demo. */
export type DemoRecord = z.output<typeof demoRecord>;

const GUARD_STALE_MS = 5_000;

/**
 * Makes this process the only one that runs a demo in this folder; returns the record of the one before, which stays until that
 * is cleared away. Throws DemoRefused.
 */
export async function claim(folder: DemoFolder, installation: string): Promise<DemoRecord | undefined> {
  await mkdir(folder.root, { recursive: true });
  const release = await lock(folder.root, {
    lockfilePath: `${folder.root}.lock`,
    stale: GUARD_STALE_MS,
    retries: { retries: 60, minTimeout: 50, maxTimeout: 200 },
  });
  try {
    const before = await readRecord(folder);
    await refuseLiving(folder, before);
    await writeRecord(folder, { ...before, ...(await freshRecord(installation)) });
    return before;
  } finally {
    await release();
  }
}

/** This process's own record, with nothing to clean up yet. */
export async function freshRecord(installation: string): Promise<DemoRecord> {
  return { installation, kept: false, owner: await identifyProcess(process.pid), since: new Date().toISOString() };
}

/** Adds to the record, before what it tells of is made. */
export async function remember(folder: DemoFolder, facts: Partial<DemoRecord>): Promise<void> {
  const record = await readRecord(folder);
  if (record !== undefined) await writeRecord(folder, { ...record, ...facts });
}

/** Throws DemoRefused while another process runs the demo. */
export async function refuseLiving(folder: DemoFolder, record: DemoRecord | undefined): Promise<void> {
  if (record === undefined || record.owner.pid === process.pid || !(await isRunning(record.owner))) return;
  throw new DemoRefused(
    `Process ${record.owner.pid} runs the demo in ${folder.root} at this moment. Wait for it, end it with Ctrl-C, or use another folder with --directory`,
  );
}

export async function readRecord(folder: DemoFolder): Promise<DemoRecord | undefined> {
  try {
    return demoRecord.parse(JSON.parse(await readFile(folder.record, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT')) return undefined;
    throw error;
  }
}

export async function writeRecord(folder: DemoFolder, record: DemoRecord): Promise<void> {
  await mkdir(dirname(folder.record), { recursive: true });
  await writeFile(folder.record, `${JSON.stringify(record, null, 2)}\n`);
}

export async function forget(folder: DemoFolder): Promise<void> {
  await rm(folder.record, { force: true });
}
