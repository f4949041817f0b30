import { type Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { callEngine, type RouterPlace } from './engine-calls.ts';

export interface Execution {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

export interface Command {
  readonly command: readonly string[];
  /** Kept from other users of the host, unlike the command itself. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a command in a running container and waits for its end. Nothing is sent to its standard input. */
export async function execute(place: RouterPlace, container: string, command: Command, signal: AbortSignal): Promise<Execution> {
  const Env = Object.entries(command.environment ?? {}).map(([name, value]) => `${name}=${value}`);
  const settings = { Cmd: [...command.command], Env, AttachStdout: true, AttachStderr: true, User: '0' };
  return callEngine(place, 'run a command in the router', signal, async (abortSignal) => {
    const exec = await place.docker.getContainer(container).exec({ ...settings, abortSignal });
    const stream = (await exec.start({ Detach: false, Tty: false, abortSignal })) as Readable;
    const [output, errors] = await readBoth(place.docker, stream, abortSignal);
    const { ExitCode } = await exec.inspect({ abortSignal });
    return { exitCode: ExitCode ?? -1, output, errors };
  });
}

async function readBoth(docker: Docker, stream: Readable, signal: AbortSignal): Promise<[string, string]> {
  const [output, errors] = [collector(), collector()];
  docker.modem.demuxStream(stream, output.sink, errors.sink);
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await finished(stream, { writable: false });
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return [output.text(), errors.text()];
}

function collector(): { readonly sink: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { sink, text: () => Buffer.concat(chunks).toString('utf8') };
}
