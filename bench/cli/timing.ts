import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { median } from '../report.ts';

export interface Command {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly folder?: string;
}

/** How often each command runs. */
const ROUNDS = { whole: 30, quick: 3 };

/**
 * Runs commands in turns, each from its start to its exit, and returns the median milliseconds of each by name. A first round, which
 * brings files into memory, is not counted. Throws CommandUnmeasured when one fails.
 */
export async function timeCommands(
  commands: readonly Command[],
  { quick, environment }: { readonly quick: boolean; readonly environment: Readonly<Record<string, string | undefined>> },
): Promise<Readonly<Record<string, number>>> {
  const seen = new Map<string, number[]>(commands.map(({ name }) => [name, []]));
  for (let round = 0; round <= (quick ? ROUNDS.quick : ROUNDS.whole); round += 1) {
    for (const command of commands) {
      const took = await timeCommand(command, environment);
      if (round > 0) seen.get(command.name)?.push(took);
    }
  }
  return Object.fromEntries([...seen].map(([name, times]) => [name, median(times)]));
}

/** Its output goes through a pipe, as where a person pages or searches it. */
async function timeCommand(
  { program, args, folder, name }: Command,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const began = performance.now();
  const child = spawn(program, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new CommandUnmeasured(name, code);
  return performance.now() - began;
}

export class CommandUnmeasured extends Error {
  override readonly name = 'CommandUnmeasured';

  constructor(command: string, code: number | null) {
    super(`Expected '${command}' to end well, to measure it, and it ended with exit code ${code}`);
  }
}
