#!/usr/bin/env node
import type { Context } from './context.ts';
import { readEnvironment } from './environment.ts';
import { Interrupted } from './errors.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';
import { openTerminal } from './terminal.ts';
import { VERSION } from './version.ts';

const environment = readEnvironment();
const terminal = openTerminal(environment);
const interruption = new AbortController();
const context: Context = { terminal, environment, directory: process.cwd(), interrupted: interruption.signal, version: VERSION };

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort(new Interrupted('Interrupted')));

try {
  await createProgram(VERSION, async (verb) => {
    process.exitCode = await verb(context);
  }).parseAsync();
} catch (error) {
  process.exitCode = reportError(error, terminal.err);
}
