import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { ExitCode } from '../exit-codes.ts';

/** Runs a verb once the words are understood, and keeps its exit code. */
export type Run = (verb: (context: Context) => Promise<ExitCode>) => Promise<void>;

const EXIT_CODES =
  'Exit codes: 0 done, 1 failed or rolled back, 2 usage, 3 gate rejected or expired,\n4 not allowed, 5 still waiting, 6 incomplete, 130 interrupted';

/** What every verb's help ends with. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const title = examples.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', `\n${title}\n${examples.map((example) => `  $ ${example}`).join('\n')}\n\n${EXIT_CODES}`);
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON document; progress and errors go to stderr');
}

/** Options of the verbs that talk to a server. */
export function withServer(command: Command): Command {
  return withJson(command)
    .option('--url <url>', "the server's URL (or TIDEGATE_URL)")
    .option('--token-file <file>', 'a file that holds your token (or TIDEGATE_TOKEN)')
    .option('--config <file>', 'the installation file; else the nearest tidegate.yaml upwards')
    .addOption(refusedToken());
}

/** A token on a command line can be read by every user of the machine. */
function refusedToken(): Option {
  return new Option('--token <token>').hideHelp().argParser(() => {
    throw new UsageError('A token on the command line can be read by everybody on this machine', 'use --token-file or TIDEGATE_TOKEN');
  });
}

/** A whole number from the command line. Throws UsageError. */
export function wholeNumber(name: string, least = 1): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    throw new UsageError(`${name} must be a whole number from ${least}, and is ${JSON.stringify(text)}`);
  };
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
