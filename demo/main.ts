import { existsSync } from 'node:fs';
import { types } from 'node:util';
import { clearDemo, removeFolder } from './clear.ts';
import { type DemoFolder, demoFolder } from './folder.ts';
import { BadOptions, type DemoOptions, HELP, HelpWanted, readOptions } from './options.ts';
import { end, runDemo } from './run.ts';
import { readRecord, refuseLiving } from './running.ts';
import { Interrupted } from './telling/errors.ts';
import { Teller } from './telling/teller.ts';

// node dist/demo/main.js: `npm run demo` sets up and comes here with its arguments.
const SIGNAL_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 };

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    const teller = new Teller((text) => void (options.json ? process.stderr : process.stdout).write(text));
    return await act(options, demoFolder(options.directory), teller);
  } catch (error) {
    if (error instanceof HelpWanted) {
      process.stdout.write(`${HELP}\n`);
      return 0;
    }
    process.stderr.write(`${types.isNativeError(error) ? error.message : String(error)}\n`);
    if (!(error instanceof BadOptions)) return 1;
    process.stderr.write(`\n${HELP}\n`);
    return 2;
  }
}

async function act(options: DemoOptions, folder: DemoFolder, teller: Teller): Promise<number> {
  if (options.action === 'run') return run(options, folder, teller);
  await refuseLiving(folder, await readRecord(folder));
  if (!existsSync(folder.root)) teller.line(`There is nothing of the demo in ${folder.root}`);
  else if (options.action === 'stop') await stop(folder, teller);
  else await clean(folder, teller);
  return 0;
}

async function run(options: DemoOptions, folder: DemoFolder, teller: Teller): Promise<number> {
  const interruption = untilInterrupted(teller);
  const document = await runDemo(options, folder, teller, interruption);
  if (interruption.reason instanceof Interrupted) return SIGNAL_CODES[interruption.reason.signal] ?? 1;
  if (document === undefined) return 1;
  if (options.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return 0;
}

async function stop(folder: DemoFolder, teller: Teller): Promise<void> {
  await teller.timed(
    () => end(folder),
    () => `Stopped the demo in ${folder.root}`,
  );
}

async function clean(folder: DemoFolder, teller: Teller): Promise<void> {
  await clearDemo(folder, await readRecord(folder));
  await removeFolder(folder);
  teller.line(`Removed ${folder.root} and all that ran from it`);
}

/** The first signal ends the story in good order; nothing hurries that, as what was started must be ended. */
function untilInterrupted(teller: Teller): AbortSignal {
  const controller = new AbortController();
  // Whoever listened has gone away, as `head` does.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => controller.abort(new Interrupted('SIGPIPE')));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) teller.line(`\n${name}: stopping what was started`);
      controller.abort(new Interrupted(name));
    });
  }
  return controller.signal;
}
