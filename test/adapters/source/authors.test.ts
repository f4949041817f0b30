import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CommitAuthors } from '../../../activities/gates.ts';
import { KINDS, type Sources, startSources } from './both-sources.ts';

const execute = promisify(execFile);
const signal = new AbortController().signal;

let directory: string;
let open: Sources;
let sources: CommitAuthors;
let byAna: string;
let byBo: string;
let byCy: string;
let beside: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authors-'));
  await execute('git', ['init', '--quiet', '--initial-branch', 'main'], { cwd: directory });
  byAna = await commit('Ana', 'first');
  byBo = await commit('Bo', 'second');
  byCy = await commit('Cy', 'third\n\nCo-authored-by: Di <di@shop.example>\nco-authored-by: Ed <ed@shop.example>', 'Merger');
  await git('Ana', 'checkout', '--quiet', '-b', 'beside', byAna);
  beside = await commit('Flo', 'a fix');
  open = await startSources(directory, directory);
});

afterAll(async () => {
  await open.stop();
  await rm(directory, { recursive: true });
});

async function git(author: string, ...args: string[]): Promise<string> {
  const identity = ['-c', `user.name=${author}`, '-c', `user.email=${author.toLowerCase()}@shop.example`];
  return (await execute('git', [...identity, ...args], { cwd: directory })).stdout.trim();
}

async function commit(author: string, message: string, committer = author): Promise<string> {
  const by = `${author} <${author.toLowerCase()}@shop.example>`;
  await git(committer, 'commit', '--quiet', '--allow-empty', '--author', by, '--message', message);
  return git(committer, 'rev-parse', 'HEAD');
}

/** The names alone, in the order of the alphabet. */
async function authors(of: string, since?: string): Promise<string[]> {
  const all = await sources.authors('shop', of, since, { signal });
  return all.map((author) => author.replace(/ <.*/, '')).toSorted((left, right) => left.localeCompare(right, 'en'));
}

describe.each(KINDS)('the authors of a release read through %s', (kind) => {
  beforeAll(() => {
    sources = open[kind]();
  });

  it('are those who wrote, committed or took part in what is new since the release that runs', async () => {
    expect(await authors(byCy, byBo)).toEqual(['Cy', 'Di', 'Ed', 'Merger']);
    expect(await authors(byCy, byAna)).toEqual(['Bo', 'Cy', 'Di', 'Ed', 'Merger']);
    expect(await sources.authors('shop', byBo, byAna, { signal })).toEqual(['Bo <bo@shop.example>']);
  });

  it('are never nobody: also not of a release older than what runs, or of the same commit', async () => {
    expect(await authors(byAna, byBo)).toEqual(['Ana', 'Bo']);
    expect(await authors(byBo, byBo)).toEqual(['Bo']);
  });

  it('are of both sides where neither leads to the other', async () => {
    expect(await authors(beside, byBo)).toEqual(['Bo', 'Flo']);
  });

  it('are all who ever wrote on it where nothing runs yet', async () => {
    expect(await authors(byBo)).toEqual(['Ana', 'Bo']);
  });

  it('are not known where a commit is not, whichever it is', async () => {
    const gone = 'f'.repeat(40);
    await expect(authors(gone, byAna)).rejects.toMatchObject({ name: 'UnknownCommit' });
    await expect(authors(byBo, gone)).rejects.toMatchObject({ name: 'UnknownCommit' });
  });
});
