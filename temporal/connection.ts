import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { endingCalls } from './ending-calls.ts';
import { TemporalUnavailable } from './errors.ts';

export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
}

/** Commands are to say within five seconds that Temporal is down; the rest is for starting up. */
const CONNECT_MS = 3_000;

/** Connects for clients; workers have a native connection of their own. Throws TemporalUnavailable. */
export async function connectTemporal({ address, namespace }: TemporalAddress, more: Partial<ConnectionOptions> = {}): Promise<Client> {
  try {
    const connection = await Connection.connect({ ...endingCalls, ...more, address, connectTimeout: CONNECT_MS });
    return new Client({ connection, namespace });
  } catch (error) {
    throw new TemporalUnavailable(address, { cause: error });
  }
}
