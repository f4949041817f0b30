import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { HOST_NAME } from '../site/pipeline.ts';
import type { Answers } from './answers.ts';

const PROGRAM = join(import.meta.dirname, 'steady-load.js');

export interface SteadyLoad {
  /** Lets the requests in progress come to their end, and tells all of them. */
  stop(): Promise<Answers>;
}

export interface LoadWish {
  readonly urls: readonly string[];
  /** Of all hosts together. */
  readonly ratePerSecond: number;
  readonly keepAlive: boolean;
}

/** Asks hosts at a steady rate, one after the other, in a process of its own. */
export function startSteadyLoad(wish: LoadWish): SteadyLoad {
  const words = JSON.stringify({ ...wish, host: HOST_NAME, header: 'x-tidegate-deployment' });
  const child = fork(PROGRAM, [words], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [], serialization: 'advanced' });
  return {
    async stop() {
      const told = once(child, 'message') as Promise<[Answers]>;
      const gone = once(child, 'exit').then(([code]) => {
        throw new Error(`The load ended with ${code} before it told what it saw`);
      });
      gone.catch(() => undefined);
      child.send('stop');
      const [answers] = await Promise.race([told, gone]);
      return answers;
    },
  };
}
