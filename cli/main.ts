#!/usr/bin/env node
import type { Context } from './context.ts';
import { readEnvironment } from './environment.ts';
import { Interrupted } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';
import { openTerminal } from './terminal.ts';
import { VERSION } from './version.ts';

const LEFT_OPEN_MS = 500;

const environment = readEnvironment();
const terminal = openTerminal(environment);
const interruption = new AbortController();
const context: Context = { terminal, environment, directory: process.cwd(), interrupted: interruption.signal, version: VERSION };

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);

try {
  await createProgram(VERSION, async (verb) => {
    process.exitCode = await verb(context);
  }).parseAsync();
} catch (error) {
  process.exitCode = reportError(error, terminal.err);
}
// A connection that was given up may stay open on the other side; nothing is left to be done on it.
setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();

/** The first asks for an end in good order; the second gets one at once. */
function interrupt(): void {
  if (interruption.signal.aborted) process.exit(EXIT.interrupted);
  interruption.abort(new Interrupted('Interrupted'));
}
