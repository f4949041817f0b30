import { type ChildProcess, fork } from 'node:child_process';
import { type Contender, OURS_RUNNING } from './contender.ts';
import type { Usage } from './measured-command.ts';
import type { CopyAnswer, CopyRequest } from './running-messages.ts';

/** Ours as a worker has it: one process, with what it needs loaded, that copies whenever it is told. */
export interface RunningContender extends Contender {
  stop(): Promise<void>;
}

/** `program` is the compiled `bench/registry/running-process.js`. */
export function startRunning(program: string): RunningContender {
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  return {
    name: OURS_RUNNING,
    copy: ({ from, to }) => ask(child, { from, to }),
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

async function ask(child: ChildProcess, request: CopyRequest): Promise<Usage> {
  const answer = await new Promise<CopyAnswer>((answered) => {
    const gone = () => answered({ kind: 'failed', seen: 'its process ended' });
    child.once('exit', gone);
    child.once('message', (words: CopyAnswer) => {
      child.off('exit', gone);
      answered(words);
    });
    child.send(request);
  });
  if (answer.kind === 'failed') throw new RunningCopyFailed(request, answer.seen);
  return answer.usage;
}

export class RunningCopyFailed extends Error {
  override readonly name = 'RunningCopyFailed';

  constructor({ from, to }: CopyRequest, seen: string) {
    super(`Expected a running process to copy ${from} to ${to}, to measure it: ${seen}`);
  }
}
