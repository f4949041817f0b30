import { type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { plain } from '../rendering/plain.ts';
import { provable } from './lines.ts';
import { trustOf } from './trust.ts';
import { exportVerifier, toVerdict, type VerifyOptions, wordsOf } from './verify.ts';

/** Looks at the server's own ledger, record by record, and at what is kept beside the records. Ends with 1 when any of it is not as it was written. */
export async function verifyLive(context: Context, options: VerifyOptions): Promise<ExitCode> {
  const verifier = exportVerifier(await trustOf(options));
  const client = await connect(context, options);
  for await (const line of provable(client)) if (!verifier.take(line.slice(0, -1))) break;
  const verdict = toVerdict(verifier.finish(true));
  const { differences } = await client.audit.differences();
  const { out, err } = context.terminal;
  if (options.key === undefined) err.line('No --key was given: whoever runs the server could have made another key');
  if (options.json) printJson(context, { ...verdict, whole: verdict.whole && differences.length === 0, differences });
  else {
    out.line(out.style(verdict.whole ? 'good' : 'bad', wordsOf(verdict)));
    for (const { what, reason } of differences) out.line(out.style('bad', `Changed beside the records: ${plain(what)}: ${plain(reason)}`));
  }
  return verdict.whole && differences.length === 0 ? EXIT.done : EXIT.failed;
}
