import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { containerSettings } from '../../adapters/docker/container-settings.ts';
import { sha256 } from '../../config/hash.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { CAPABILITIES, effectiveCapabilities } from '../../domain/capabilities.ts';
import { containerForm } from '../../domain/container.ts';
import { settingChanges, settingsInWords } from '../../domain/container-words.ts';
import type { RunSpec } from '../../domain/pipeline.ts';
import { digestNumber, RUN, RUNS } from './arbitraries.ts';

/** What an engine is asked for, but for whose container it is. */
function asked(run: RunSpec): string {
  const spec = {
    name: 'c',
    image: { repository: 'r/web', digest: digestNumber(1) },
    labels: {},
    network: 'n',
    aliases: ['web', ...[...(run.aliases ?? [])].sort()],
    environment: run.environment,
    volumes: run.volumes,
    run,
  };
  const settings = containerSettings(spec, run.environment);
  const joined = [...(run.networks ?? [])].sort();
  return canonicalJson(JSON.parse(JSON.stringify({ ...settings, joined, Env: [...(settings.Env ?? [])].sort() })));
}

const form = (run: RunSpec) => canonicalJson(containerForm(run));

describe('the form of a container', () => {
  it('differs exactly when the engine would be asked for another container', () => {
    fc.assert(
      fc.property(RUNS, RUNS, (one, other) => {
        expect(form(one) === form(other)).toBe(asked(one) === asked(other));
      }),
      { numRuns: 2_000 },
    );
  });

  it('differs for each single setting of a container, and for nothing else', () => {
    const mixed = fc
      .tuple(RUNS, RUNS)
      .chain(([one, other]) =>
        fc.constantFrom(...(Object.keys(other) as (keyof RunSpec)[])).map((key) => [one, { ...one, [key]: other[key] }, key] as const),
      );
    fc.assert(
      fc.property(mixed, ([before, after, key]) => {
        expect(form(before) === form(after)).toBe(asked(before) === asked(after));
        if (key === 'drainMs' || key === 'drain' || key === 'replicas') expect(form(after)).toBe(form(before));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is another where users reach it at another address, as a new one proves itself there while the old one serves', () => {
    const publish = { port: 80, host: 'a.b', path: '/', identityPath: '/' };
    expect(form({ ...RUN, publish })).not.toBe(form({ ...RUN, publish: { ...publish, host: 'c.d' } }));
  });
});

describe('the capabilities of a container', () => {
  it('are few by default, fewer where some are dropped, and those alone that are added to none', () => {
    expect(effectiveCapabilities()).not.toEqual(expect.arrayContaining(['NET_RAW']));
    expect(effectiveCapabilities({ add: [], drop: ['CHOWN'] })).toEqual(effectiveCapabilities().filter((one) => one !== 'CHOWN'));
    expect(effectiveCapabilities({ add: ['SYS_TIME'], drop: ['ALL'] })).toEqual(['SYS_TIME']);
    expect(new Set(CAPABILITIES).size).toBe(CAPABILITIES.length);
  });
});

describe('a container in words', () => {
  const words = (run: Partial<RunSpec>) => settingsInWords({ ...RUN, ...run }, sha256);

  it('reads otherwise exactly where its form is another, and names what differs', () => {
    fc.assert(
      fc.property(RUNS, RUNS, (one, other) => {
        const changes = settingChanges(settingsInWords(one, sha256), settingsInWords(other, sha256));
        expect(changes.length > 0).toBe(form(one) !== form(other));
      }),
      { numRuns: 2_000 },
    );
  });

  it('names each difference with both sides', () => {
    const before = words({
      memoryBytes: 2 ** 28,
      command: ['node', 'web js'],
      volumes: [{ name: 'data', path: '/data' }],
      labels: { a: 'b' },
    });
    const after = words({ memoryBytes: 2 ** 29, command: ['node'], volumes: [{ name: 'data', path: '/data', readOnly: true }], pids: 7 });
    expect(settingChanges(before, after)).toEqual([
      { what: 'command', from: 'node "web js"', to: 'node' },
      { what: 'label a', from: 'b' },
      { what: 'memory', from: '256MiB', to: '512MiB' },
      { what: 'mount /data', from: 'volume data', to: 'volume data, read-only' },
      { what: 'pids', to: '7' },
    ]);
  });

  it('tells of variables that they are added, removed or changed, and never what they hold', () => {
    const before = words({ environment: { KEPT: 'same', TOKEN: 'x ${env:SHOP_TOKEN}', GONE: 'a plain password' } });
    const after = words({ environment: { KEPT: 'same', TOKEN: 'y ${env:SHOP_TOKEN}', NEW: 'another password' } });
    const changes = settingChanges(before, after);
    expect(changes).toEqual([
      { what: 'environment GONE', from: 'set' },
      { what: 'environment NEW', to: 'set' },
      { what: 'environment TOKEN' },
    ]);
    expect(JSON.stringify([before, after, changes])).not.toMatch(/password|SHOP_TOKEN|same/);
  });

  it('stays small enough for a label, however long a command is', () => {
    const [one, other] = [words({ command: ['sh', '-c', 'x'.repeat(10_000)] }), words({ command: ['sh', '-c', `${'x'.repeat(9_999)}y`] })];
    expect(JSON.stringify(one).length).toBeLessThan(300);
    expect(settingChanges(one, other)).toHaveLength(1);
  });
});
