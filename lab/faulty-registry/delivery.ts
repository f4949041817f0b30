import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './answers.ts';
import type { Ending, Fault } from './faults.ts';
import type { Entry } from './record.ts';

type Injury = Extract<Fault, { kind: 'cut answer' | 'stall' | 'trickle' }>;

/** Sends an answer the way it should go, or hurt. Throws when the other side goes away. */
export async function deliver(
  response: ServerResponse,
  answer: Answer,
  method: string,
  entry: Entry,
  injury: Injury | undefined,
): Promise<void> {
  entry.status = answer.status;
  if (injury?.kind === 'trickle' && injury.part === 'head') return trickleHead(response, answer, injury);
  response.writeHead(answer.status, headersOf(answer));
  if (method === 'HEAD' || answer.status === 204) return end(response, injury);
  const { size } = answer.content;
  const whole = injury?.kind === 'cut answer' || injury?.kind === 'stall' ? Math.min(injury.after, size) : size;
  for await (const chunk of answer.content.read(0, whole)) {
    await (injury?.kind === 'trickle' ? trickle(response, chunk, injury, entry) : send(response, chunk, entry));
  }
  await end(response, injury);
}

function headersOf({ status, headers, content }: Answer): Record<string, string> {
  return status === 204 ? { ...headers } : { 'content-length': String(content.size), ...headers };
}

async function send(response: ServerResponse, chunk: Buffer, entry: Entry): Promise<void> {
  entry.bytesOut += chunk.length;
  // A write to what is destroyed would be an error that nobody hears.
  if (response.destroyed) throw new Error('the other side went away');
  await new Promise<void>((sent, failed) => {
    response.write(chunk, (error) => (error ? failed(error) : sent()));
  });
}

async function end(response: ServerResponse, injury: Injury | undefined): Promise<void> {
  if (injury?.kind === 'stall') return response.flushHeaders();
  if (injury?.kind !== 'cut answer') {
    response.end();
    return;
  }
  response.flushHeaders();
  if (response.socket !== null) await endConnection(response.socket, injury.ending);
}

/** Ends a connection from here. */
export async function endConnection(socket: Socket, ending: Ending): Promise<void> {
  if (ending === 'RST') socket.resetAndDestroy();
  else socket.destroySoon();
  if (!socket.destroyed) await once(socket, 'close');
}

async function trickle(
  response: ServerResponse,
  chunk: Buffer,
  { bytes, everyMs }: Injury & { kind: 'trickle' },
  entry: Entry,
): Promise<void> {
  for (let at = 0; at < chunk.length; at += bytes) {
    await pause(everyMs);
    await send(response, chunk.subarray(at, at + bytes), entry);
  }
}

/** A head that goes on and on, until nobody listens any more. */
async function trickleHead({ socket }: ServerResponse, answer: Answer, { bytes, everyMs }: Injury & { kind: 'trickle' }): Promise<void> {
  socket?.write(`HTTP/1.1 ${answer.status} OK\r\nx-slow: `);
  while (socket?.writable) {
    socket.write('a'.repeat(bytes));
    await pause(everyMs);
  }
}
