import { execFileSync, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startGitBatch } from '../../../adapters/source/git.ts';
import { GitObjects } from '../../../adapters/source/git-objects.ts';

let folder: string;
let commit: string;
const LARGE = 'ä\n'.repeat(400_000);
const git = (...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=Ana', '-c', 'user.email=ana@shop.example', ...words], { cwd: folder, encoding: 'utf8' }).trim();
const signal = AbortSignal.timeout(60_000);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-git-objects-'));
  git('init', '--quiet');
  for (const [name, text] of Object.entries({ small: 'small\n', empty: '', large: LARGE })) writeFileSync(join(folder, name), text);
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  commit = git('rev-parse', 'HEAD');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Counts the programs that it starts. */
function objects(timeoutMs = 60_000) {
  const started: ReturnType<typeof startGitBatch>[] = [];
  const start = () => {
    started.push(startGitBatch(folder, { PATH: process.env.PATH }));
    return started.at(-1) as ReturnType<typeof startGitBatch>;
  };
  return { started, subject: new GitObjects(start, timeoutMs) };
}

describe('objects of a repository', () => {
  it('are read by one program, each answer by who asked for it, whatever their size', async () => {
    const { subject, started } = objects();
    const names = ['small', 'large', 'empty', 'none', 'small'].map((path) => `${commit}:${path}`);
    const read = await Promise.all([...names, `${commit}^{commit}`, commit].map((name) => subject.read(name, signal)));
    expect(read.map((object) => object?.type)).toEqual(['blob', 'blob', 'blob', undefined, 'blob', 'commit', 'commit']);
    expect(read.slice(0, 3).map((object) => object?.content.toString('utf8'))).toEqual(['small\n', LARGE, '']);
    expect(started).toHaveLength(1);
  });

  it('are there as soon as they are in the repository, and a name that is no name is none', async () => {
    const { subject } = objects();
    expect(await subject.read(`${'0'.repeat(40)}^{commit}`, signal)).toBeUndefined();
    const later = git('commit-tree', '-m', 'later', `${commit}^{tree}`);
    expect((await subject.read(`${later}^{commit}`, signal))?.type).toBe('commit');
    expect(await subject.read(`${commit}:small\n${commit}`, signal)).toBeUndefined();
    expect(await subject.read('', signal)).toBeUndefined();
    expect((await subject.read(`${commit}:small`, signal))?.type).toBe('blob');
  });

  it('are read by another program where the first has ended, and whoever waited for that is told', async () => {
    const { subject, started } = objects();
    const reading = subject.read(`${commit}:small`, signal);
    started[0]?.kill('SIGKILL');
    await reading.then(
      (object) => expect(object?.type).toBe('blob'),
      (error: Error) => expect(error.message).toMatch(/^git cat-file ended/),
    );
    await subject.read(`${commit}:small`, signal).catch(() => undefined);
    expect((await subject.read(`${commit}:small`, signal))?.type).toBe('blob');
    expect(started).toHaveLength(2);
  });

  it('that nobody gives are given up in time, and the next are asked for anew', async () => {
    let starts = 0;
    const silent = () => {
      starts += 1;
      return starts === 1
        ? spawn('sleep', ['60'], { stdio: ['pipe', 'pipe', 'ignore'] })
        : startGitBatch(folder, { PATH: process.env.PATH });
    };
    const subject = new GitObjects(silent, 2_000);
    const left = new AbortController();
    const leaving = subject.read(`${commit}:small`, left.signal);
    const waiting = subject.read(`${commit}:small`, signal);
    left.abort(new Error('it is not needed any more'));
    await expect(leaving).rejects.toThrow('it is not needed any more');
    await expect(waiting).rejects.toThrow('git took longer than 2 s');
    expect((await subject.read(`${commit}:small`, signal))?.type).toBe('blob');
  });

  it('cannot be read where there is no git, and that is told', async () => {
    const none = () => spawn(join(folder, 'no-such-program'), { stdio: ['pipe', 'pipe', 'ignore'] });
    await expect(new GitObjects(none, 60_000).read(commit, signal)).rejects.toThrow('ENOENT');
  });
});

describe('the program that stays', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  /** Answers when it is told to. */
  function puppet() {
    const kills: string[] = [];
    const stdout = new EventEmitter();
    const stdin = Object.assign(new EventEmitter(), { write: () => true });
    const child = Object.assign(new EventEmitter(), { stdin, stdout, kill: (by: string) => kills.push(by) });
    const says = (text: string) => stdout.emit('data', Buffer.from(text));
    return { kills, says, child: child as unknown as ReturnType<typeof startGitBatch> };
  }

  it('is not ended while something is asked, when two were answered at once before', async () => {
    jest.useFakeTimers();
    const { child, kills, says } = puppet();
    const subject = new GitObjects(() => child, 60_000);
    const both = Promise.all(['a', 'b'].map((name) => subject.read(name, signal)));
    says('a missing\nb missing\n');
    expect(await both).toEqual([undefined, undefined]);
    await jest.advanceTimersByTimeAsync(9_000);
    const later = subject.read('c', signal);
    await jest.advanceTimersByTimeAsync(9_000);
    expect(kills).toEqual([]);
    says('c missing\n');
    expect(await later).toBeUndefined();
  });

  it('is ended when nothing was asked for ten seconds', async () => {
    jest.useFakeTimers();
    const { child, kills, says } = puppet();
    const reading = new GitObjects(() => child, 60_000).read('a', signal);
    says('a missing\n');
    await reading;
    await jest.advanceTimersByTimeAsync(9_900);
    expect(kills).toEqual([]);
    await jest.advanceTimersByTimeAsync(200);
    expect(kills).toEqual(['SIGKILL']);
  });
});
