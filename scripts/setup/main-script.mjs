import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeVersionProblem } from './node-version.mjs';
import { say } from './say.mjs';

/** The folder that holds package.json. */
export const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Runs a script whose result is its exit code; what goes wrong is told in words, without a stack. */
export async function mainScript(story) {
  const problem = nodeVersionProblem(process.version);
  if (problem !== undefined) {
    say(problem);
    process.exitCode = 1;
    return;
  }
  try {
    process.exitCode = await story();
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
