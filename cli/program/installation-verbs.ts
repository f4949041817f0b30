import { Argument, type Command } from 'commander';
import type { DoctorOptions } from '../diagnosis/doctor.ts';
import type { PsOptions } from '../diagnosis/ps.ts';
import type { ValidateOptions } from '../verbs/config-validate.ts';
import { type Run, withExamples, withJson } from './verb.ts';

/** What is looked at without a server: files, this machine, and hosts. */
export function addInstallationVerbs(program: Command, run: Run): void {
  addPs(program, run);
  addDoctor(program, run);
  const config = program.command('config').description('check configuration files, and print their schemas');
  withExamples(config, ['tidegate config validate', 'tidegate config schema pipeline']);
  addValidate(config, run);
  addSchema(config, run);
}

function withInstallation(command: Command): Command {
  return withJson(command).option('--config <file>', 'the installation file; else the nearest tidegate.yaml upwards');
}

function addPs(program: Command, run: Run): void {
  const command = program
    .command('ps')
    .description('show what runs on the hosts, read from them alone; works while the engine is down')
    .option('--all', 'also what has stopped, and what Tidegate runs for itself');
  withExamples(withInstallation(command), ['tidegate ps']).action((options: PsOptions) =>
    run(async (context) => (await import('../diagnosis/ps.ts')).ps(context, options)),
  );
}

function addDoctor(program: Command, run: Run): void {
  const command = program.command('doctor').description('check everything that Tidegate needs, and say what to do about it');
  withExamples(withInstallation(command), ['tidegate doctor']).action((options: DoctorOptions) =>
    run(async (context) => (await import('../diagnosis/doctor.ts')).doctor(context, options)),
  );
}

function addValidate(config: Command, run: Run): void {
  const command = config
    .command('validate')
    .argument('[files...]', 'installation and pipeline files; else the nearest tidegate.yaml upwards')
    .description('check configuration files');
  withExamples(withInstallation(command), ['tidegate config validate', 'tidegate config validate tidegate.yaml pipeline.yaml']).action(
    (files: string[], options: ValidateOptions) =>
      run(async (context) => (await import('../verbs/config-validate.ts')).validateConfig(context, files, options)),
  );
}

function addSchema(config: Command, run: Run): void {
  const command = config
    .command('schema')
    .addArgument(new Argument('[file]', 'which file').choices(['installation', 'pipeline']).default('installation'))
    .description('print the JSON Schema of a configuration file, for editors');
  withExamples(withJson(command), ['tidegate config schema pipeline > pipeline.schema.json']).action((file: 'installation' | 'pipeline') =>
    run(async (context) => (await import('../verbs/config-schema.ts')).printSchema(context, file)),
  );
}
