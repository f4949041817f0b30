import { existsSync, readFileSync } from 'node:fs';
import { filesToSeeAgain } from './ci/verdict.mjs';

/** Prints the test files that are to be looked at again, one a line. */
const [reportFile] = process.argv.slice(2);
if (existsSync(reportFile)) for (const file of filesToSeeAgain(JSON.parse(readFileSync(reportFile, 'utf8')))) console.log(file);
