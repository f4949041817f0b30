import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { WorkflowClient } from '@temporalio/client';
import manifest from '../../package.json' with { type: 'json' };
import { historyToJson, type RecordedHistory } from './history-json.ts';

const FOLDER = new URL('./histories/', import.meta.url);

/** The histories of every version, by file name. */
export async function recordedHistories(): Promise<Readonly<Record<string, RecordedHistory>>> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json')).sort();
  const read = async (name: string) => [name, JSON.parse(await readFile(new URL(name, FOLDER), 'utf8'))] as const;
  return Object.fromEntries(await Promise.all(names.map(read)));
}

/** Fetches a workflow's history and keeps it for this version of Tidegate, in place of an earlier recording for the same version. */
export async function recordHistory(client: WorkflowClient, workflowId: string, scenario: string): Promise<string> {
  const name = `${manifest.version}-${scenario}.json`;
  const history = await readHistory(client, workflowId);
  await writeFile(new URL(name, FOLDER), `${JSON.stringify(history, null, 1)}\n`);
  return name;
}

/** A workflow's history, without what tells of the machine that ran it. */
export async function readHistory(client: WorkflowClient, workflowId: string): Promise<RecordedHistory> {
  return anonymous(historyToJson(await client.getHandle(workflowId).fetchHistory())) as RecordedHistory;
}

function anonymous(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => anonymous(item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, anonymous(member, name)]));
  if (typeof value !== 'string') return value;
  // It names files of the machine, and nothing reads it again.
  if (key === 'stackTrace') return '';
  // `process@host`, which also begins the names of sticky queues.
  return key === 'identity' ? 'recorder' : value.replaceAll(`${process.pid}@${hostname()}`, 'recorder');
}
