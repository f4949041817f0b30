import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { until } from '../../lab/until.ts';

/** What one workflow has left behind in Temporal. */
export interface History {
  readonly events: number;
  readonly bytes: number;
  /** Bytes of the largest payload in it. */
  readonly largest: number;
  /** Of all runs of a workflow that began anew. */
  readonly runs: number;
}

/** Temporal's own limits (dynamicconfig, `limit.historyCount.error`, `limit.historySize.error`, `limit.blobSize.error`). */
export const LIMITS = { events: 51_200, bytes: 50 * 1024 * 1024, largest: 2 * 1024 * 1024 };

const LONGEST_MS = 3_600_000;
const LOOK_MS = 250;

/** Reads histories of workflows, run by run. */
export class Histories {
  private constructor(private readonly client: Client) {}

  static async at(temporal: { readonly address: string; readonly namespace: string }): Promise<Histories> {
    return new Histories(
      new Client({ connection: await Connection.connect({ address: temporal.address }), namespace: temporal.namespace }),
    );
  }

  /** Waits for the end of a deployment that may not have begun yet. Throws NeverCame, and when it did not end well. */
  async succeeded(workflowId: string): Promise<void> {
    const handle = this.client.workflow.getHandle(workflowId);
    await until(`${workflowId} to end`, LONGEST_MS, async () => {
      await pause(LOOK_MS);
      return handle.describe().then(
        ({ closeTime }) => closeTime !== undefined,
        // It has not begun, or Temporal has too much to do to say.
        () => false,
      );
    });
    const outcome: { readonly kind: string; readonly reason?: string } = await handle.result();
    if (outcome.kind !== 'succeeded') throw new Error(`${workflowId} ended as ${outcome.kind}: ${outcome.reason}`);
  }

  /** The longest run of a workflow. */
  async of(workflowId: string): Promise<History> {
    const runs: History[] = [];
    for (let runId: string | undefined = (await this.client.workflow.getHandle(workflowId).describe()).runId; runId !== undefined; ) {
      const { history, before } = await this.#run(workflowId, runId);
      runs.push(history);
      runId = before;
    }
    const most = (size: (one: History) => number) => Math.max(...runs.map(size));
    return {
      events: most(({ events }) => events),
      bytes: most(({ bytes }) => bytes),
      largest: most(({ largest }) => largest),
      runs: runs.length,
    };
  }

  close(): Promise<void> {
    return this.client.connection.close();
  }

  async #run(workflowId: string, runId: string): Promise<{ readonly history: History; readonly before: string | undefined }> {
    const handle = this.client.workflow.getHandle(workflowId, runId);
    const [{ historyLength, historySize = 0 }, { events }] = [await handle.describe(), await handle.fetchHistory()];
    const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    return { history: { events: historyLength, bytes: historySize, largest: largestIn(events), runs: 1 }, before: before || undefined };
  }
}

/** Bytes of the largest `data` anywhere in it: payloads alone have some. */
function largestIn(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((most: number, part) => Math.max(most, largestIn(part)), 0);
}
