import { type Command, Option } from 'commander';
import type { ExportOptions, FilterOptions, LogOptions, ProveOptions } from '../audit/ask.ts';
import type { VerifyOptions } from '../audit/verify.ts';
import type { CommonOptions } from '../context.ts';
import { type Run, wholeNumber, withExamples, withJson, withServer } from './verb.ts';

/** Looking into the ledger, and proving what it says. */
export function addAuditVerbs(program: Command, run: Run): void {
  const audit = program.command('audit').description('read the ledger, export it, and prove that nobody changed it');
  withExamples(audit, [
    'tidegate audit log shop',
    'tidegate audit export --output ledger.jsonl',
    'tidegate audit verify ledger.jsonl --key ledger.pub',
  ]);
  addLog(audit, run);
  addShow(audit, run);
  addExport(audit, run);
  addProve(audit, run);
  addVerify(audit, run);
}

function withFilters(command: Command): Command {
  return withServer(command)
    .option('--release <number>', 'about this release of the application', wholeNumber('--release'))
    .option('--actor <name>', 'by this person, or by tidegate')
    .option('--action <action>', 'of this kind, as in vote')
    .option('--since <moment>', 'from this moment on, ISO 8601')
    .option('--until <moment>', 'before this moment, ISO 8601');
}

function addLog(audit: Command, run: Run): void {
  const command = audit
    .command('log')
    .argument('[application]', 'about this application alone')
    .description('list records, newest first')
    .option('--limit <number>', 'how many, at most 1000', wholeNumber('--limit'), 30);
  withExamples(withFilters(command), ['tidegate audit log shop --release 2', 'tidegate audit log --actor rita --since 2026-11-01']).action(
    (application: string | undefined, options: LogOptions) =>
      run(async (context) => (await import('../audit/ask.ts')).log(context, application, options)),
  );
}

function addShow(audit: Command, run: Run): void {
  const command = audit.command('show').argument('<record>', 'its number', wholeNumber('The number')).description('show a record whole');
  withExamples(withServer(command), ['tidegate audit show 17']).action((sequence: number, options: CommonOptions) =>
    run(async (context) => (await import('../audit/ask.ts')).show(context, sequence, options)),
  );
}

function addExport(audit: Command, run: Run): void {
  const command = audit
    .command('export')
    .argument('[application]', 'about this application alone; not with jsonl')
    .description('write all records: as JSON lines that prove themselves, as a table, or as events')
    .addOption(new Option('--format <format>', 'of the lines').choices(['jsonl', 'csv', 'cef']).default('jsonl'))
    .option('--output <file>', 'a file, instead of the terminal');
  withExamples(withFilters(command), ['tidegate audit export --output ledger.jsonl', 'tidegate audit export shop --format csv']).action(
    (application: string | undefined, options: ExportOptions & FilterOptions) =>
      run(async (context) => (await import('../audit/ask.ts')).exportRecords(context, application, options)),
  );
}

function addProve(audit: Command, run: Run): void {
  const command = audit
    .command('prove')
    .argument('<record>', 'its number', wholeNumber('The number'))
    .description('write a record with all that proves that it is in the ledger')
    .option('--output <file>', 'a file, instead of the terminal');
  withExamples(withServer(command), ['tidegate audit prove 17 --output proof.json']).action((sequence: number, options: ProveOptions) =>
    run(async (context) => (await import('../audit/ask.ts')).prove(context, sequence, options)),
  );
}

function addVerify(audit: Command, run: Run): void {
  const command = audit
    .command('verify')
    .argument('<file>', 'what audit export or audit prove wrote')
    .description('look whether anybody changed it; needs no server')
    .option('--key <key>', "the ledger's public key, or a file that holds it")
    .option('--checkpoint <file>', 'a checkpoint that you kept: the records must begin with those that it was signed for');
  withExamples(withJson(command), ['tidegate audit verify ledger.jsonl --key ledger.pub --checkpoint checkpoint']).action(
    (file: string, options: VerifyOptions) => run(async (context) => (await import('../audit/verify.ts')).verify(context, file, options)),
  );
}
