import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import envPaths from 'env-paths';
import { cacheFolder, leaveCache, useCache } from '../../scripts/setup/cache.mjs';
import { holdsAll } from '../../scripts/setup/dependencies.mjs';
import { nodeVersionProblem } from '../../scripts/setup/node-version.mjs';
import { TEMPORAL_WHEEL, temporalInCache } from '../../scripts/setup/temporal.mjs';
import { cachedTemporal, TEMPORAL_CLI_VERSION } from '../../temporal/executable.ts';

const work = mkdtempSync(join(tmpdir(), 'tidegate-setup-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("set-up's cache", () => {
  it('is where the product looks for Temporal', () => {
    expect(cacheFolder()).toBe(envPaths('tidegate', { suffix: '' }).cache);
    expect(temporalInCache(cacheFolder())).toBe(cachedTemporal());
    expect(TEMPORAL_WHEEL.version).toBe(TEMPORAL_CLI_VERSION);
  });

  it('stays while another checkout uses it, and goes with the last', () => {
    const cache = join(work, 'cache');
    const [one, two] = [join(work, 'one'), join(work, 'two')];
    for (const checkout of [one, two]) {
      mkdirSync(checkout);
      useCache(cache, checkout);
    }
    expect(leaveCache(cache, one)).toBe(false);
    expect(leaveCache(cache, two)).toBe(true);
    expect(leaveCache(cache, two)).toBe(true);
  });

  it('is not kept for a checkout that was deleted', () => {
    const cache = join(work, 'cache-of-deleted');
    useCache(cache, join(work, 'deleted'));
    useCache(cache, work);
    expect(leaveCache(cache, work)).toBe(true);
  });
});

describe('the npm packages', () => {
  const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/mac': { version: '2.0.0', optional: true } } };

  it('are complete without the optional ones of other platforms', () => {
    expect(holdsAll(lock, { packages: { 'node_modules/a': { version: '1.0.0' } } })).toBe(true);
  });

  it('are incomplete when one is missing or of another version', () => {
    expect(holdsAll(lock, { packages: {} })).toBe(false);
    expect(holdsAll(lock, { packages: { 'node_modules/a': { version: '1.0.1' } } })).toBe(false);
  });
});

describe('the version of Node', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.1.0', 'v24.0.0'])('%s will do', (version) => {
    expect(nodeVersionProblem(version)).toBeUndefined();
  });

  it.each(['v18.20.0', 'v20.18.3'])('%s is refused, with what is needed', (version) => {
    expect(nodeVersionProblem(version)).toContain('Node 20.19 or later');
  });
});
