import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { endingCalls } from '../../temporal/ending-calls.ts';

/** Hangs up on whoever comes: every call is unavailable, and made again in a while. */
let server: Server;
let connection: Connection;

beforeEach(async () => {
  server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  connection = Connection.lazy({ address: `127.0.0.1:${(server.address() as AddressInfo).port}`, ...endingCalls });
});
afterEach(async () => {
  await connection.close();
  server.close();
});

const asked = () => connection.workflowService.getSystemInfo({}).then(...both);
const both = [() => 'answered', (error: unknown) => error] as const;

it('end as cancelled when the connection is closed while they are made again, and throw out of no timer', async () => {
  const comes = once(server, 'connection');
  const calls = Array.from({ length: 20 }, asked);
  await comes;
  const first = await Promise.race([...calls, new Promise((later) => setTimeout(() => later('tried again'), 150))]);
  expect(first).toBe('tried again');
  await connection.close();
  for (const end of await Promise.all(calls)) expect(end).toMatchObject({ code: 1, details: 'the connection to Temporal was closed' });
});

it('end as cancelled when they are made after it was closed', async () => {
  await connection.close();
  expect(await asked()).toMatchObject({ code: 1, details: 'the connection to Temporal was closed' });
});
