import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CredentialsFile, type Login } from '../../cli/client/credentials-file.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tidegate-credentials-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const login = (token: string): Login => ({ kind: 'token', token });

describe('the file of sign-ins', () => {
  it('loses none of many that are kept and forgotten at once', async () => {
    const folder = join(home, 'new', 'tidegate');
    const server = (index: number) => `https://${index}.example`;
    const all = Array.from({ length: 12 }, (_, index) => index);
    await Promise.all(all.map((index) => new CredentialsFile(folder).keep(server(index), login(`t${index}`))));
    const file = new CredentialsFile(folder);
    expect(Object.keys((await file.read()).servers).length).toBe(12);
    const [gone, kept] = [all.slice(0, 5), all.slice(5)];
    const more = Array.from({ length: 3 }, (_, index) => new CredentialsFile(folder).keep(server(20 + index), login('new')));
    expect(await Promise.all(gone.map((index) => new CredentialsFile(folder).forget(server(index))))).toEqual(gone.map(() => true));
    await Promise.all(more);
    expect(Object.keys((await file.read()).servers).sort((a, b) => a.localeCompare(b))).toEqual(
      [...kept, 20, 21, 22].map(server).sort((a, b) => a.localeCompare(b)),
    );
    expect(readdirSync(folder)).toEqual(['credentials.json']);
  });

  it('has one of several renew a sign-in, and gives the others what it was given', async () => {
    const file = new CredentialsFile(home);
    await file.keep('https://one.example', login('old'));
    let asked = 0;
    const renew = async (before: Login): Promise<Login> => {
      if (before.kind !== 'token' || before.token !== 'old') return before;
      asked += 1;
      return login('fresh');
    };
    const renewed = await Promise.all([1, 2, 3].map(() => new CredentialsFile(home).renewed('https://one.example', renew)));
    expect(renewed).toEqual([login('fresh'), login('fresh'), login('fresh')]);
    expect(asked).toBe(1);
    expect(await file.renewed('https://two.example', renew)).toBeUndefined();
    expect(await file.read()).toEqual({ current: 'https://one.example', servers: { 'https://one.example': login('fresh') } });
  });

  it('says what it was that kept it from being written, and leaves no lock behind when the provider fails', async () => {
    const file = new CredentialsFile(home);
    await file.keep('https://one.example', login('old'));
    await expect(file.renewed('https://one.example', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await file.forget('https://one.example')).toBe(true);
    expect(await file.forget('https://one.example')).toBe(false);
    mkdirSync(join(home, 'a-folder', 'credentials.json'), { recursive: true });
    await expect(new CredentialsFile(join(home, 'a-folder')).keep('https://one.example', login('x'))).rejects.toThrow(
      /Cannot (read|write)/,
    );
  });
});
