import type { Command } from 'commander';
import type { ServerOptions } from '../processes/server.ts';
import type { UpOptions } from '../processes/up.ts';
import type { WorkerOptions } from '../processes/worker.ts';
import { collect, type Run, wholeNumber, withExamples, withJson } from './verb.ts';

/** What runs until it is stopped. */
export function addProcessVerbs(program: Command, run: Run): void {
  addUp(program, run);
  addServer(program, run);
  addWorker(program, run);
}

function withInstallation(command: Command): Command {
  return withJson(command).option('--config <file>', 'the installation file; else the nearest tidegate.yaml upwards');
}

function addUp(program: Command, run: Run): void {
  const command = program
    .command('up')
    .description('run everything in one process, for development: Temporal unless one is given, worker and server')
    .option('--port <number>', "the API's port instead of the installation's; 0 takes a free one", wholeNumber('--port', 0));
  withExamples(withInstallation(command), ['tidegate up', 'tidegate up --port 0 --json']).action((options: UpOptions) =>
    run(async (context) => (await import('../processes/up.ts')).up(context, options)),
  );
}

function addServer(program: Command, run: Run): void {
  const command = program
    .command('server')
    .description('run the API server alone')
    .option('--port <number>', "the API's port instead of the installation's; 0 takes a free one", wholeNumber('--port', 0));
  withExamples(withInstallation(command), ['TEMPORAL_ADDRESS=temporal.internal:7233 tidegate server']).action((options: ServerOptions) =>
    run(async (context) => (await import('../processes/server.ts')).runServer(context, options)),
  );
}

function addWorker(program: Command, run: Run): void {
  const command = program
    .command('worker')
    .description('run a worker alone')
    .option('--site <name>', 'work for the hosts of this site; may be repeated; all sites when left out', collect);
  withExamples(withInstallation(command), ['tidegate worker --site hamburg']).action((options: WorkerOptions) =>
    run(async (context) => (await import('../processes/worker.ts')).runWorker(context, options)),
  );
}
