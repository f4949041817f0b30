import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { DrainThread, type ThreadOptions } from '../../../cli/processes/drain-thread.ts';
import type { ServerStart } from '../../../cli/processes/start-server.ts';
import { until } from '../../../lab/until.ts';

let folder: string;
let thread: DrainThread;
let logged: Readonly<Record<string, unknown>>[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-drain-thread-'));
  logged = [];
});
afterEach(async () => {
  await thread.stop();
  rmSync(folder, { recursive: true });
});

/** What stands in for the thread writes down what it does into the file that is named as the installation's; `count` is how often it was started. */
const PATIENT = { beginsMs: 600_000, silentMs: 600_000 };

function threadOf(code: string, changes: Partial<ThreadOptions> = {}): DrainThread {
  const notes = join(folder, 'notes');
  writeFileSync(notes, '');
  const worker = join(folder, 'worker.mjs');
  const head = `import { appendFileSync, readFileSync } from 'node:fs';
    import { parentPort, workerData } from 'node:worker_threads';
    const note = (word) => appendFileSync(workerData.file, word + '\\n');
    note('start');
    const count = readFileSync(workerData.file, 'utf8').match(/start/g).length;
    const obey = () => parentPort.on('message', (word) => { note(word); if (word === 'stop') process.exit(); });`;
  writeFileSync(worker, `${head}\n${code}`);
  const log = { info: () => undefined, error: (facts: object, message: string) => void logged.push({ ...facts, message }) };
  const start = { installation: { file: notes }, logTo: 'stderr' } as unknown as ServerStart;
  thread = new DrainThread(start, log, { worker: pathToFileURL(worker), soonestMs: 1, latestMs: 4, ...PATIENT, ...changes });
  return thread;
}

const notes = () => readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n');
const seen = (count: number) => until(`${count} ends`, 60_000, async () => logged.length >= count);
const again = (facts: Readonly<Record<string, unknown>>) => facts.againInMs;

it('is started again after a crash, after ever longer pauses, and says each time why', async () => {
  threadOf('throw new Error(`crash ${count}`);').start();
  await seen(5);
  expect(logged.slice(0, 5).map(again)).toEqual([1, 2, 4, 4, 4]);
  expect(logged[1]).toMatchObject({ err: { message: 'crash 2' }, message: 'What takes deliveries on has ended' });
});

it('pauses shortly again once it had been ready', async () => {
  threadOf(
    "if (count === 4) { parentPort.postMessage('ready'); obey(); setTimeout(() => process.exit(3), 1); } else throw new Error('crash');",
  ).start();
  await seen(4);
  expect(logged.slice(0, 4).map(again)).toEqual([1, 2, 4, 1]);
  expect(logged[3]).toMatchObject({ code: 3 });
});

it('is missed and started again, too, where it ends without any error', async () => {
  threadOf('if (count > 1) obey(); else process.exit();').start();
  await until('a second start', 60_000, async () => notes().length === 2);
  expect(logged).toEqual([{ code: 0, againInMs: 1, message: 'What takes deliveries on has ended' }]);
});

it('is stopped during its start, and neither missed nor started again', async () => {
  const subject = threadOf('await new Promise((resolve) => setTimeout(resolve, 50)); obey();');
  subject.start();
  await subject.stop();
  subject.wake();
  expect(notes()).toEqual(['start', 'stop']);
  expect(logged).toEqual([]);
});

it('is not started by a word before its pause is over, nor after it was stopped in it', async () => {
  const subject = threadOf("throw new Error('crash');", { soonestMs: 600_000, latestMs: 600_000 });
  subject.wake();
  await seen(1);
  subject.wake();
  await subject.stop();
  subject.start();
  expect(notes()).toEqual(['start']);
});

it('is ended and started again where it does nothing any more, and where it never begins, with a word for each', async () => {
  const hangs =
    "if (count === 2) for (;;); parentPort.postMessage('ready'); if (count === 1) for (;;); obey(); setInterval(() => parentPort.postMessage('alive'), 10);";
  threadOf(hangs, { beginsMs: 4_000, silentMs: 400 }).start();
  await until('a third start', 60_000, async () => notes().length === 3 && logged.length === 4);
  const silent = 'What takes deliveries on does nothing any more, and is ended';
  const ended = 'What takes deliveries on has ended';
  expect(logged.map(({ message }) => message)).toEqual([silent, ended, silent, ended]);
  expect([logged[0]?.silentForMs, logged[2]?.silentForMs]).toEqual([400, 4_000]);
});
