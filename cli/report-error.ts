import { CommanderError } from 'commander';
import { CommandError } from './errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { plain } from './rendering/plain.ts';
import type { Output } from './terminal.ts';

/** Configuration that cannot be used; the message holds every problem with its place, for editors to find. */
const BAD_FILES: ReadonlySet<string> = new Set(['InstallationInvalid', 'PipelineInvalid', 'ConfigurationUnreadable', 'UnknownApplication']);

/** Tells what went wrong in words, without a stack, and says how the command ends. */
export function reportError(error: unknown, output: Output): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const say = (text: string) => output.line(`${output.style('bad', 'error:')} ${plain(text)}`);
  if (error instanceof Error && BAD_FILES.has(error.name)) {
    output.line(plain(error.message));
    return EXIT.usage;
  }
  if (!(error instanceof CommandError)) {
    say(error instanceof Error ? error.message : String(error));
    return EXIT.failed;
  }
  if (error.exitCode === EXIT.interrupted) output.line(plain(error.message));
  else say(error.message);
  if (error.hint !== '') output.line(output.style('quiet', plain(error.hint)));
  return error.exitCode;
}
