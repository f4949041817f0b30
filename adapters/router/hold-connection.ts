import { connect, type Socket } from 'node:net';

/** What cannot reach any server is closed by HAProxy at once. */
const HELD_MS = 300;

interface Target {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/**
 * Connects as users do and says whether the connection is taken and stays, or something is said on it, in time.
 * Sends nothing. Throws only the signal's reason.
 */
export async function holdsConnection({ host, port, timeoutMs }: Target, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const socket = connect({ host, port });
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const isHeld = await fateOf(socket, timeoutMs);
  signal.removeEventListener('abort', stop);
  socket.destroy();
  signal.throwIfAborted();
  return isHeld;
}

function fateOf(socket: Socket, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    socket.setTimeout(timeoutMs, () => resolve(false));
    socket.once('connect', () => setTimeout(() => resolve(true), HELD_MS));
    socket.once('data', () => resolve(true));
    for (const end of ['error', 'end', 'close'] as const) socket.once(end, () => resolve(false));
  });
}
