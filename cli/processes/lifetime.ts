import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from '../terminal.ts';

/** Something that was started: how to stop it, and a promise that rejects should it die by itself. */
export interface Part {
  readonly name: string;
  stop(): Promise<void>;
  readonly failed: Promise<never>;
}

/** A part that has not ended by then is left behind. */
const STOP_MS = 20_000;

/** Runs until it is interrupted or a part dies. Rejects with what killed the part. */
export async function untilEnded(parts: readonly Part[], interrupted: AbortSignal): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([asked, ...parts.map((part) => part.failed)]);
}

/** Stops the newest part first, each within its time; one that fails to stop keeps no other from stopping. */
export async function stopAll(parts: readonly Part[], output: Output): Promise<boolean> {
  let clean = true;
  for (const part of [...parts].reverse()) clean = (await stopOne(part, output)) && clean;
  return clean;
}

async function stopOne(part: Part, output: Output): Promise<boolean> {
  const late = sleep(STOP_MS, 'late' as const, { ref: false });
  try {
    if ((await Promise.race([part.stop(), late])) !== 'late') return true;
    output.line(`${part.name} did not stop within ${STOP_MS / 1000} s`);
  } catch (error) {
    output.line(`${part.name} did not stop in good order: ${error instanceof Error ? error.message : String(error)}`);
  }
  return false;
}
