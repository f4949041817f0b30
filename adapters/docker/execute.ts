import { type Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import type { Command, Execution } from '../../activities/hosts/router-engine.ts';
import { asEngineError, callEngine, type Engine } from './engine-calls.ts';

/** A command that takes longer is one that hangs. */
const DEADLINE_MS = 15_000;

/** Runs a command as root in a running container and waits for its end. Nothing is sent to its standard input. */
export async function execute(
  engine: Engine,
  name: string,
  { command, environment }: Command,
  { signal }: { readonly signal: AbortSignal },
): Promise<Execution> {
  const doing = `run a command in container ${name}`;
  const Env = Object.entries(environment ?? {}).map(([variable, value]) => `${variable}=${value}`);
  const settings = { Cmd: [...command], Env, AttachStdout: true, AttachStderr: true, User: '0' };
  try {
    return await callEngine(engine, doing, { signal, deadlineMs: DEADLINE_MS }, async (abortSignal) => {
      const exec = await engine.docker.getContainer(name).exec({ ...settings, abortSignal });
      const stream = (await exec.start({ Detach: false, Tty: false, abortSignal })) as Readable;
      const [output, errors] = await readBoth(engine.docker, stream, abortSignal);
      const { ExitCode } = await exec.inspect({ abortSignal });
      return { exitCode: ExitCode ?? -1, output, errors };
    });
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
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
