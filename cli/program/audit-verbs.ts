import { type Command, Option } from 'commander';
import type { LogOptions, OutputOptions } from '../audit/ask.ts';
import type { EraseOptions } from '../audit/erase.ts';
import type { ExportOptions } from '../audit/export.ts';
import type { ProveOptions } from '../audit/prove.ts';
import type { VerifyOptions } from '../audit/verify.ts';
import type { CommonOptions } from '../context.ts';
import { type Run, wholeNumber, withExamples, withServer } from './verb.ts';

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
  addCheckpoint(audit, run);
  addKey(audit, run);
  addProve(audit, run);
  addErase(audit, run);
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
    .option('--limit <number>', 'how many', wholeNumber('--limit'), 30)
    .option('--before <record>', 'older than this one', wholeNumber('--before'));
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
    (application: string | undefined, options: ExportOptions) =>
      run(async (context) => (await import('../audit/export.ts')).exportRecords(context, application, options)),
  );
}

function addCheckpoint(audit: Command, run: Run): void {
  const command = audit
    .command('checkpoint')
    .description('print the signed checkpoint of all records, to be kept elsewhere')
    .option('--output <file>', 'a file, instead of the terminal');
  withExamples(withServer(command), ['tidegate audit checkpoint --output kept-checkpoint']).action((options: OutputOptions) =>
    run(async (context) => (await import('../audit/ask.ts')).checkpoint(context, options)),
  );
}

function addKey(audit: Command, run: Run): void {
  const command = audit
    .command('key')
    .description('print the public key that checkpoints are signed with')
    .option('--output <file>', 'a file, instead of the terminal');
  withExamples(withServer(command), ['tidegate audit key --output ledger.pub']).action((options: OutputOptions) =>
    run(async (context) => (await import('../audit/ask.ts')).key(context, options)),
  );
}

function addProve(audit: Command, run: Run): void {
  const command = audit
    .command('prove')
    .argument('[record]', 'its number', wholeNumber('The number'))
    .description('write a record with all that proves that it is in the ledger, or prove that the ledger has only grown')
    .option('--since <checkpoint>', 'a file with a checkpoint that you kept, or a number of records: that nothing before it was changed')
    .option('--key <key>', "the ledger's public key, or a file that holds it; else the server's word for it")
    .option('--output <file>', 'a file, instead of the terminal');
  withExamples(withServer(command), ['tidegate audit prove 17 --output proof.json', 'tidegate audit prove --since kept-checkpoint']).action(
    (sequence: number | undefined, options: ProveOptions) =>
      run(async (context) => (await import('../audit/prove.ts')).prove(context, sequence, options)),
  );
}

function addErase(audit: Command, run: Run): void {
  const command = audit
    .command('erase')
    .argument('[records...]', 'their numbers')
    .description('take who did something, and why, out of records; what is left still proves that it was done')
    .option('--actor <name>', 'of all records of this person')
    .requiredOption('--reason <text>', 'why; it stands in the ledger for good')
    .option('--yes', 'without the question');
  withExamples(withServer(command), ["tidegate audit erase --actor rita --reason 'request 2026-17'"]).action(
    (records: readonly string[], options: EraseOptions) =>
      run(async (context) => (await import('../audit/erase.ts')).erase(context, records.map(wholeNumber('The number')), options)),
  );
}

function addVerify(audit: Command, run: Run): void {
  const command = audit
    .command('verify')
    .argument('[file]', 'what audit export or audit prove wrote; without one, the ledger of the server')
    .description('look whether anybody changed it; with a file it needs no server')
    .option('--key <key>', "the ledger's public key, or a file that holds it")
    .option(
      '--checkpoint <file>',
      'a checkpoint that you kept: the records must begin with those that it was signed for; with the proof of a record, of as many',
    );
  withExamples(withServer(command), [
    'tidegate audit verify ledger.jsonl --key ledger.pub --checkpoint checkpoint',
    'tidegate audit verify --key ledger.pub',
  ]).action((file: string | undefined, options: VerifyOptions) =>
    run(async (context) =>
      file === undefined
        ? (await import('../audit/verify-live.ts')).verifyLive(context, options)
        : (await import('../audit/verify.ts')).verify(context, file, options),
    ),
  );
}
