import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSecretResolver } from '../../../adapters/secrets/resolve.ts';
import { createSecretVersions } from '../../../adapters/secrets/versions.ts';

const PLACE = { application: 'shop', environment: 'production' };
const file = (name: string, value: string) => ({ name, value, uid: 0, gid: 0, mode: 0o444 });
const PASSWORD = '$' + '{env:PASSWORD}';

let directory: string;
const env: Record<string, string> = { PASSWORD: 'hunter2', OTHER: 'hunter2' };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'versions-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const versionsWith = (key: string) => createSecretVersions(createSecretResolver({ env, directory }), join(directory, key));

describe("a secret's version", () => {
  it('is the same in every process for as long as the value is, and another afterwards', async () => {
    const read = versionsWith('data/one.key');
    const [before] = await Promise.all([read(PLACE, [file('password', PASSWORD)]), versionsWith('data/one.key')(PLACE, [])]);
    expect(await versionsWith('data/one.key')(PLACE, [file('password', PASSWORD)])).toEqual(before);
    env.PASSWORD = 'hunter3';
    expect(await read(PLACE, [file('password', PASSWORD)])).not.toEqual(before);
    env.PASSWORD = 'hunter2';
    expect(await read(PLACE, [file('password', PASSWORD)])).toEqual(before);
  });

  it('tells nothing to who has no key, and not that two secrets are equal', async () => {
    const files = [file('one', PASSWORD), file('other', '$' + '{env:OTHER}')];
    const versions = await versionsWith('data/two.key')(PLACE, files);
    const elsewhere = await versionsWith('data/two.key')({ ...PLACE, environment: 'staging' }, files);
    const others = await versionsWith('data/three.key')(PLACE, files);
    const all = [versions, elsewhere, others].flatMap((one) => Object.values(one));
    expect(new Set(all).size).toBe(6);
    expect(all.every((version) => /^[0-9a-f]{16}$/.test(version))).toBe(true);
  });

  it('is made with a key that nobody else reads, made once however many begin at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => versionsWith('data/four.key')(PLACE, [file('password', PASSWORD)])));
    expect(new Set(all.map((versions) => versions.password)).size).toBe(1);
    expect((await stat(join(directory, 'data', 'four.key'))).mode & 0o777).toBe(0o600);
    expect((await readdir(join(directory, 'data'))).filter((name) => name.startsWith('four.key'))).toEqual(['four.key']);
  });
});
