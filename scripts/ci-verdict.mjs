import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verdictOf } from './ci/verdict.mjs';

/** Counts what Jest and the checks reported in a folder, given the exit codes of `npm test`, of its second look if there was one, and of `npm run check`. */
const [folder, testsCode, againCode, checkCode] = process.argv.slice(2);
const first = { code: Number(testsCode), report: read('tests.json') };
const second = againCode === '' ? undefined : { code: Number(againCode), report: read('again.json') };
const check = { code: Number(checkCode), ...(read('check.json') ?? { passed: [], failed: [] }) };

const { passed, again, failed } = verdictOf(first, second, check);
for (const name of again) console.log(`AGAIN   ${name}: failed beside others, passed alone; a fault to mend`);
for (const name of failed) console.log(`FAILED  ${name}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;

function read(name) {
  const file = join(folder, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
