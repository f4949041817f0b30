import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parsePipeline } from '../../config/pipeline-file.ts';
import { GitFailed } from '../../demo/git-history.ts';
import { BadBaseImage, createApplicationRepository } from '../../demo/repository.ts';

const run = promisify(execFile);
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidegate-shop-'));
});

afterEach(() => rm(directory, { recursive: true }));

async function git(path: string, ...words: string[]): Promise<string> {
  return (await run('git', ['-C', path, ...words])).stdout.trim();
}

describe("the application's repository", () => {
  it('has a commit for each version, and the same ones wherever it is made', async () => {
    const here = await createApplicationRepository({ directory: join(directory, 'here'), baseImage: 'node:20' });
    const there = await createApplicationRepository({ directory: join(directory, 'there'), baseImage: 'node:20' });

    expect(there.commits).toEqual(here.commits);
    expect(new Set(Object.values(here.commits)).size).toBe(3);
    expect(await git(here.path, 'log', '--reverse', '--format=%H %an %s', 'main')).toBe(
      [
        `${here.commits['1']} Sam Shopkeeper Open the shop`,
        `${here.commits['2']} Sam Shopkeeper Sell ten pieces and more a tenth cheaper`,
        `${here.commits['3']} Sam Shopkeeper Sell no more than the shelf holds`,
      ].join('\n'),
    );
  });

  it('gives each version its own page, and every version the whole application', async () => {
    const { path, commits } = await createApplicationRepository({ directory, baseImage: 'node:20' });

    for (const [version, commit] of Object.entries(commits)) {
      expect(await git(path, 'show', `${commit}:src/page.js`)).toContain(`Shop, version ${version}`);
      expect((await git(path, 'ls-tree', '-r', '--name-only', commit)).split('\n')).toEqual(
        expect.arrayContaining(['Dockerfile', 'pipeline.yaml', 'queue/.keep', 'src/web.js', 'src/worker.js', 'test/orders.test.js']),
      );
    }
    // What version 2 brought stays in version 3.
    expect(await git(path, 'show', `${commits['3']}:src/pricing.js`)).toContain('REBATE_PERCENT');
  });

  it('has a pipeline that Tidegate accepts, building on the given image', async () => {
    const baseImage = '127.0.0.1:5000/base/node@sha256:0000000000000000000000000000000000000000000000000000000000000000';
    const { path, commits } = await createApplicationRepository({ directory, baseImage });

    for (const commit of Object.values(commits)) {
      const text = await git(path, 'show', `${commit}:pipeline.yaml`);
      const pipeline = parsePipeline(text, 'pipeline.yaml', {
        application: 'shop',
        registries: [{ name: 'local', address: '127.0.0.1:5000' }],
      });

      expect(pipeline.stages.map((stage) => [stage.name, stage.kind])).toEqual([
        ['build', 'build'],
        ['test', 'test'],
        ['staging', 'deploy'],
        ['production', 'deploy'],
      ]);
      expect(pipeline.components.map(({ name, source }) => [name, source])).toEqual(
        ['worker', 'web'].map((name) => [name, expect.objectContaining({ target: name, arguments: { BASE: baseImage } })]),
      );
    }
  });

  it('can be made again over itself, and leaves a clean working tree at the newest version', async () => {
    const first = await createApplicationRepository({ directory, baseImage: 'node:20' });
    await writeFile(join(directory, 'src', 'page.js'), 'scribbled over');
    const second = await createApplicationRepository({ directory, baseImage: 'node:20' });

    expect(second.commits).toEqual(first.commits);
    expect(await git(directory, 'status', '--porcelain')).toBe('');
    expect(await readFile(join(directory, 'src', 'page.js'), 'utf8')).toContain('version 3');
  });

  it('refuses a base image that is no reference, and makes nothing', async () => {
    const path = join(directory, 'new');

    await expect(createApplicationRepository({ directory: path, baseImage: "x', evil: '" })).rejects.toThrow(BadBaseImage);
    await expect(readFile(join(path, '.git', 'HEAD'))).rejects.toThrow('ENOENT');
  });

  it('says what git said when git fails', async () => {
    await writeFile(join(directory, '.git'), 'not a repository');

    await expect(createApplicationRepository({ directory, baseImage: 'node:20' })).rejects.toThrow(GitFailed);
  });
});
