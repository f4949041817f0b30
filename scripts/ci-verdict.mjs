import { existsSync, readFileSync } from 'node:fs';

/** Counts what Jest and the checks reported; a command that ended badly without naming a failure counts as one. */
const [testsFile, testsCode, checkFile, checkCode] = process.argv.slice(2);
const tests = existsSync(testsFile) ? fromJest(JSON.parse(readFileSync(testsFile, 'utf8'))) : { passed: 0, failed: [] };
const checks = existsSync(checkFile) ? JSON.parse(readFileSync(checkFile, 'utf8')) : { passed: [], failed: [] };

if (testsCode !== '0' && tests.failed.length === 0) tests.failed.push(`npm test ended with ${testsCode}`);
if (checkCode !== '0' && checks.failed.length === 0) checks.failed.push(`npm run check ended with ${checkCode}`);
const failed = [...tests.failed, ...checks.failed.map((name) => `check: ${name}`)];
for (const name of failed) console.log(`FAILED  ${name}`);
console.log(`${tests.passed + checks.passed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** A file that could not even be loaded has no tests to count, and is one failure. */
function fromJest(report) {
  const names = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const bad = assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);
    return status === 'failed' && bad.length === 0 ? [name] : bad;
  });
  return { passed: report.numPassedTests, failed: names };
}
