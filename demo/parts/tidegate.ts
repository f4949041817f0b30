import { z } from 'zod';
import type { DemoFolder } from '../folder.ts';
import { startInBackground } from './background.ts';

/** Tidegate as `tidegate up` says that it runs. */
export interface RunningTidegate {
  readonly url: string;
  /** Temporal's console, where it is known. */
  readonly console?: string;
  readonly temporal: string;
}

const announcement = z.object({ url: z.string(), temporal: z.object({ address: z.string(), ui: z.string().optional() }) });

/** Starts Temporal, worker and API server as one process of their own, as people would. Throws CommandUnexpected. */
export async function startTidegate(
  folder: DemoFolder,
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<RunningTidegate> {
  const args = ['up', '--config', folder.configuration, '--json'];
  const started = await startInBackground(folder, { name: 'tidegate', program: 'cli/main.js', args, variables, signal });
  const { url, temporal } = announcement.parse(started);
  return { url, temporal: temporal.address, ...(temporal.ui === undefined ? {} : { console: temporal.ui }) };
}
