import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { until } from '../../lab/until.ts';
import { DemoRefused } from '../telling/errors.ts';

const DAY_MS = 86_400_000;
const READY_MS = 30_000;
const CONNECT_MS = 5_000;

/** On a Temporal of the user's the demo works in a namespace of its own: what runs there is not its business. Throws DemoRefused. */
export async function makeNamespace(address: string, namespace: string): Promise<void> {
  await withTemporal(address, async (connection) => {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(DAY_MS) });
    // A namespace is known to all of the server's parts a moment later.
    await until(`namespace ${namespace} at ${address}`, READY_MS, () =>
      connection.operatorService.listSearchAttributes({ namespace }).then(
        () => true,
        () => false,
      ),
    );
  });
}

/** Deletes it with everything in it. */
export async function removeNamespace(address: string, namespace: string): Promise<void> {
  await withTemporal(address, async (connection) => {
    await connection.operatorService.deleteNamespace({ namespace });
  });
}

async function withTemporal(address: string, act: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_MS }).catch((cause: unknown) => {
    throw new DemoRefused(
      `Expected Temporal at ${address}, which TEMPORAL_ADDRESS names, and it does not answer. Start it, or unset TEMPORAL_ADDRESS: then the demo starts its own`,
      { cause },
    );
  });
  try {
    await connection.withDeadline(Date.now() + READY_MS, () => act(connection));
  } finally {
    await connection.close();
  }
}
