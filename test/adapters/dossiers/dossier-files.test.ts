import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDossierFiles, type DossierFiles } from '../../../adapters/dossiers/dossier-files.ts';
import type { HostDossier } from '../../../domain/dossier.ts';

let folder: string;
let files: DossierFiles;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-dossiers-'));
  files = createDossierFiles(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function dossier(id: string, release = 2): HostDossier {
  return {
    id,
    application: 'shop',
    environment: 'production',
    host: 'p1',
    release,
    deployment: 'd',
    takenAt: '',
    containers: [],
    missing: [],
  };
}

describe('a dossier in the data folder', () => {
  it('is found again under its id, and by nobody but its owner', async () => {
    await files.keep(dossier('shop/production/2/p1'));
    expect(await files.read('shop/production/2/p1')).toEqual(dossier('shop/production/2/p1'));
    expect(await files.holds('shop/production/2/p1')).toBe(true);
    expect(await files.read('shop/production/2/p2')).toBeUndefined();
    const place = join(folder, 'shop', 'production', '2');
    expect((await stat(join(place, 'p1.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(place)).mode & 0o777).toBe(0o700);
    expect(await readdir(place)).toEqual(['p1.json']);
  });

  it('stands when another comes under its id, also at the same moment', async () => {
    const id = 'shop/production/2/p1';
    await files.keep(dossier(id, 1));
    await Promise.all([2, 3].map((release) => createDossierFiles(folder).keep(dossier(id, release))));
    expect((await files.read(id))?.release).toBe(1);
  });

  it.each([
    '../../etc/passwd',
    'shop/production/2/../../../x',
    '/etc/passwd',
    'shop/production/0/p1',
    'shop/production/2',
    'Shop/p/1/h',
    '',
  ])('is neither read nor written under %j', async (id) => {
    expect(await files.read(id)).toBeUndefined();
    await expect(files.keep(dossier(id))).rejects.toThrow("Expected a dossier's id");
    expect(await readdir(folder)).toEqual([]);
  });

  it('makes room for those of the last twenty deployments, in its environment alone', async () => {
    await files.keep(dossier('shop/staging/1/s1'));
    for (let generation = 1; generation <= 25; generation += 1) await files.keep(dossier(`shop/production/${generation}/p1`));
    expect(await files.holds('shop/production/5/p1')).toBe(false);
    expect(await files.holds('shop/production/6/p1')).toBe(true);
    expect(await files.holds('shop/staging/1/s1')).toBe(true);
  });

  it('says why it cannot be kept', async () => {
    await writeFile(join(folder, 'shop'), '');
    await expect(files.keep(dossier('shop/production/2/p1'))).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});
