import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeLines, writeText } from '../../cli/audit/write-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-write-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('writing an export', () => {
  it('writes into what is no regular file, and leaves it what it is', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = readFile(pipe, 'utf8');
    await writeText(pipe, 'everything\n');
    expect(await reader).toBe('everything\n');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(folder)).toEqual(['pipe']);
  });

  it('follows a link, and leaves it a link', async () => {
    writeFileSync(join(folder, 'real'), 'old\n');
    symlinkSync('real', join(folder, 'link'));
    await writeText(join(folder, 'link'), 'new\n');
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('new\n');
  });

  it('gives a file to its owner alone, and keeps the one before where it is interrupted', async () => {
    const file = join(folder, 'ledger.jsonl');
    await writeText(file, 'whole\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    async function* cut() {
      yield 'half';
      throw new Error('the server went away');
    }
    await expect(writeLines(file, cut())).rejects.toThrow('the server went away');
    expect(readFileSync(file, 'utf8')).toBe('whole\n');
    expect(readdirSync(folder).filter((name) => name.startsWith('ledger.jsonl'))).toEqual(['ledger.jsonl']);
  });

  it('says what it cannot write', async () => {
    await expect(writeText(folder, 'x')).rejects.toThrow(/ cannot be written: EISDIR/);
    await expect(writeText(join(folder, 'nowhere', 'x'), 'x')).rejects.toThrow(/nowhere\/x cannot be written: ENOENT/);
  });
});
