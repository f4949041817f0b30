import { join } from 'node:path';
import { isInstalled } from '../../lab/command.ts';
import { unlessInterrupted } from '../interruption.ts';
import { machine } from '../machine.ts';
import { type Report, type Row, row } from '../report.ts';
import { type RunningTidegate, startTidegate } from './running-tidegate.ts';
import { type Command, timeCommands } from './timing.ts';

export interface CliBenchOptions {
  /** Three rounds: for whoever tries the measurement itself. */
  readonly quick: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told what is being measured. */
  readonly onProgress: (line: string) => void;
  /** Ends the measurement with its reason; what was started for it goes all the same. */
  readonly interrupted: AbortSignal;
}

const CLI = join(import.meta.dirname, '../../cli/main.js');

/** Command lines that people have at hand, each of which knows these words too. */
const PEERS = ['docker', 'gh', 'temporal'];

/** What Node takes to do nothing: no command of ours can be quicker. */
const NODE: Command = { name: 'node alone', program: process.execPath, args: ['-e', '0'] };

/** How long people wait for commands. Throws CommandUnmeasured, and what starting Tidegate throws. */
export async function benchCli(options: CliBenchOptions): Promise<Report> {
  const peers = await installed(PEERS);
  const rows = [await rowOf('--help', peers, options), await rowOf('--version', peers, options)];
  options.onProgress('Starting Tidegate');
  const tidegate = await startTidegate(CLI, options.environment);
  try {
    const asked = await unlessInterrupted(options.interrupted, askedRows(tidegate, options));
    const { [NODE.name]: nodeAlone = 0 } = await timeCommands([NODE], options);
    const facts = { 'node alone, ms': Math.round(nodeAlone), 'releases in status': tidegate.releases, ...machine() };
    return { name: 'cli', rows: [...rows, ...asked], facts };
  } finally {
    await tidegate.stop();
  }
}

async function installed(programs: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(programs.map(async (program) => ((await isInstalled(program)) ? [program] : [])));
  return found.flat();
}

async function rowOf(word: '--help' | '--version', peers: readonly string[], options: CliBenchOptions): Promise<Row> {
  options.onProgress(`tidegate ${word}`);
  const theirs = peers.map((program): Command => ({ name: program, program, args: [word] }));
  const { ours = 0, ...others } = await timeCommands([ourCommand([word]), ...theirs], options);
  return row(word, 'ms', ours, others);
}

async function askedRows(tidegate: RunningTidegate, options: CliBenchOptions): Promise<readonly Row[]> {
  return [await askedRow(['status'], tidegate, options), await askedRow(['release', 'list'], tidegate, options)];
}

/** What only Tidegate answers has no peer. */
async function askedRow(words: readonly string[], { folder }: RunningTidegate, options: CliBenchOptions): Promise<Row> {
  options.onProgress(`tidegate ${words.join(' ')}`);
  const { ours = 0 } = await timeCommands([{ ...ourCommand(words), folder }], options);
  return row(words.join(' '), 'ms', ours, {});
}

function ourCommand(words: readonly string[]): Command {
  return { name: 'ours', program: process.execPath, args: [CLI, ...words] };
}
