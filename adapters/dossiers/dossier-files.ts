import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DossierShelf } from '../../activities/hosts/ports.ts';
import type { HostDossier } from '../../domain/dossier.ts';

/** Deployments of one application in one environment whose dossiers are kept. */
const DEPLOYMENTS_KEPT = 20;

/** `application/environment/generation/host`, each a name, or `job.NAME` instead of the host: no part can lead out of the folder. */
const ID = /^[a-z][a-z0-9-]{0,39}\/[a-z][a-z0-9-]{0,39}\/[1-9][0-9]{0,14}\/[a-z][a-z0-9.-]{0,119}$/;

/** Where dossiers are found again. */
export interface DossierFiles extends DossierShelf {
  /** Undefined where none is kept under this id. */
  read(id: string): Promise<HostDossier | undefined>;
}

/** Dossiers as files below a folder, readable by its owner alone; the oldest deployments of an environment make room. */
export function createDossierFiles(folder: string): DossierFiles {
  return {
    async keep(dossier) {
      const file = fileOf(folder, dossier.id);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeOnce(file, `${JSON.stringify(dossier, null, 1)}\n`);
      await makeRoom(dirname(dirname(file)));
    },
    holds: async (id) => (await textOf(folder, id)) !== undefined,
    async read(id) {
      const text = await textOf(folder, id);
      return text === undefined ? undefined : (JSON.parse(text) as HostDossier);
    },
  };
}

async function textOf(folder: string, id: string): Promise<string | undefined> {
  if (!ID.test(id)) return undefined;
  try {
    return await readFile(fileOf(folder, id), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function fileOf(folder: string, id: string): string {
  if (!ID.test(id)) throw new Error(`Expected a dossier's id such as shop/production/7/web-1, and saw ${JSON.stringify(id)}`);
  return join(folder, `${id}.json`);
}

/** Whole or not at all, and the first one stands: a link is made only where nothing is. */
async function writeOnce(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}.draft`;
  await writeFile(draft, text, { mode: 0o600 });
  try {
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
}

async function makeRoom(environment: string): Promise<void> {
  const generations = (await readdir(environment)).map(Number).filter((generation) => generation > 0);
  const old = generations.sort((one, other) => other - one).slice(DEPLOYMENTS_KEPT);
  for (const generation of old) await rm(join(environment, String(generation)), { recursive: true, force: true });
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
