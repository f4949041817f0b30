import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keptToken, writeConnection } from '../../cli/processes/connection-file.ts';
import { lockData } from '../../cli/processes/data-lock.ts';
import { identifyProcess } from '../../temporal/process-identity.ts';

describe('the data folder', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'tidegate-data-'));
  });
  afterEach(() => rm(data, { recursive: true }));

  it('has one owner, however many start at once', async () => {
    const starts = await Promise.allSettled(Array.from({ length: 8 }, () => lockData(data)));
    expect(starts.filter((start) => start.status === 'fulfilled')).toHaveLength(1);
    const refused = starts.flatMap((start) => (start.status === 'rejected' ? [String(start.reason)] : []));
    for (const reason of refused) expect(reason).toContain(`Process ${process.pid} runs 'tidegate up' on ${data}`);
  });

  it('is free again when it was released', async () => {
    await (await lockData(data)).release();
    await expect(lockData(data)).resolves.toBeDefined();
  });

  it('is free when its owner has gone without a word', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(other, 'spawn');
    await writeFile(join(data, 'up.lock'), JSON.stringify(await identifyProcess(other.pid ?? 0)));
    await expect(lockData(data)).rejects.toThrow(`Process ${other.pid}`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    await expect(lockData(data)).resolves.toBeDefined();
  });

  it.each(['', '{"pid": 1', 'null'])('is free when a power cut left %j of its lock', async (left) => {
    await writeFile(join(data, 'up.lock'), left);
    await expect(lockData(data)).resolves.toBeDefined();
  });

  it("is free when the owner's process id belongs to another by now", async () => {
    await writeFile(join(data, 'up.lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
    await expect(lockData(data)).resolves.toBeDefined();
  });

  it('keeps the token from start to start, for its owner alone', async () => {
    const token = await keptToken(data);
    const file = await writeConnection(data, 'http://127.0.0.1:7420', token);
    expect(token.reveal()).toMatch(/^tdg_[0-9A-Za-z]{49}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await keptToken(data)).reveal()).toBe(token.reveal());
    await writeConnection(data, 'http://127.0.0.1:7421', token);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: 'http://127.0.0.1:7421', token: token.reveal() });
  });

  it('gets a new token where the old one was lost', async () => {
    await writeFile(join(data, 'connection.json'), '{"url": "http:');
    expect((await keptToken(data)).reveal()).toMatch(/^tdg_/);
  });
});
