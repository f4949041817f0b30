/** How many files may fail beside others and be looked at alone: more is no chance. */
const MOST = 3;

/** The files of which something failed, in Jest's report; none where they are too many for a second look. */
export function filesToSeeAgain(report) {
  const failed = report.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return failed.length <= MOST ? failed : [];
}

/**
 * What two runs of Jest and the checks come to: `again` names what failed beside others and passed alone, which counts as passed,
 * `failed` what failed and was not seen to pass. A command that ended badly without naming a failure counts as one.
 * A run is `{ code, report }`, without a report where Jest left none; `second` is undefined where nothing was looked at again.
 */
export function verdictOf(first, second, check) {
  const seen = new Map((second?.report?.testResults ?? []).map((file) => [file.name, file]));
  const files = (first.report?.testResults ?? []).map((file) => outcomeOf(file, seen.get(file.name)));
  const failed = files.flatMap((file) => file.failed);
  const namedOne = files.some((file) => file.failed.length + file.again.length > 0);
  if (!isExplained(first.code, namedOne)) failed.push(`npm test ended with ${first.code}`);
  if (second !== undefined && !isExplained(second.code, failed.length > 0))
    failed.push(`npm test on what had failed ended with ${second.code}`);
  if (check.code !== 0 && check.failed.length === 0) failed.push(`npm run check ended with ${check.code}`);
  return {
    passed: files.reduce((sum, file) => sum + file.passed, check.passed.length),
    again: files.flatMap((file) => file.again),
    failed: [...failed, ...check.failed.map((name) => `check: ${name}`)],
  };
}

/** Jest ends with 1 where a test failed, and with nothing else: not for a process that was killed after its report. */
function isExplained(code, namesFailures) {
  return code === 0 || (code === 1 && namesFailures);
}

function outcomeOf(file, alone) {
  const failed = failuresOf(file);
  if (failed.length === 0 || alone === undefined || !isMended(file, alone)) return { passed: passesOf(file).length, again: [], failed };
  return { passed: passesOf(alone).length, again: failed, failed: [] };
}

/** Whether everything that failed was seen to pass: what was left out the second time was not. */
function isMended(file, alone) {
  const passed = passesOf(alone);
  return alone.status === 'passed' && passed.length > 0 && testsThat('failed', file).every((name) => passed.includes(name));
}

/** A file that could not even be loaded has no tests to count, and is one failure. */
function failuresOf(file) {
  const failed = testsThat('failed', file);
  return file.status === 'failed' && failed.length === 0 ? [file.name] : failed;
}

function passesOf(file) {
  return testsThat('passed', file);
}

function testsThat(status, file) {
  return file.assertionResults.filter((test) => test.status === status).map((test) => test.fullName);
}
