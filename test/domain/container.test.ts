import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { containerSettings } from '../../adapters/docker/container-settings.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { CAPABILITIES, effectiveCapabilities } from '../../domain/capabilities.ts';
import { containerForm } from '../../domain/container.ts';
import type { HealthCheck, RunSpec } from '../../domain/pipeline.ts';
import { digestNumber, RUN } from './arbitraries.ts';

const few = fc.constantFrom('a', 'b');
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });
const count = fc.integer({ min: 1, max: 3 });
const truth = some(fc.boolean());
const HEALTH: fc.Arbitrary<HealthCheck> = fc.oneof(
  fc.record({ kind: fc.constant('running' as const), stableMs: count, deadlineMs: count }),
  fc.record({ kind: fc.constant('container' as const), deadlineMs: count }),
  fc.record({
    kind: fc.constant('command' as const),
    command: fc.tuple(few),
    intervalMs: count,
    timeoutMs: count,
    startPeriodMs: count,
    failures: count,
    deadlineMs: count,
  }),
);
const POWERS = fc.subarray(['CHOWN', 'KILL', 'NET_RAW']);

/** Few values, so that two of them are often alike. */
const RUNS: fc.Arbitrary<RunSpec> = fc
  .record({
    health: HEALTH,
    environment: fc.dictionary(few, few, { maxKeys: 2 }),
    stopGraceMs: fc.constantFrom(0, 400, 1_000, 1_001),
    drainMs: count,
    replicas: count,
    volumes: fc.constantFrom<RunSpec['volumes']>(
      [],
      [{ name: 'a', path: '/a' }],
      [{ name: 'a', path: '/a', readOnly: false }],
      [{ bind: '/a', path: '/a', readOnly: true }],
      [{ tmpfs: { sizeBytes: 4096, mode: 0o700 }, path: '/a' }],
    ),
    command: some(fc.tuple(few)),
    entrypoint: some(fc.tuple(few)),
    user: some(few),
    workingDirectory: some(fc.constantFrom('/a')),
    hostname: some(few),
    stopSignal: some(fc.constantFrom('SIGINT', 'SIGTERM')),
    init: truth,
    readOnlyRoot: truth,
    noNewPrivileges: truth,
    capabilities: some(fc.record({ add: POWERS, drop: fc.oneof(fc.constant(['ALL']), fc.constant([])) })),
    pids: some(fc.constantFrom(1, 4_096)),
    ulimits: some(fc.constantFrom({}, { nofile: { soft: 1, hard: 2 } })),
    memoryBytes: some(count),
    shmBytes: some(count),
    cpus: some(fc.constantFrom(0.25, 1)),
    extraHosts: some(fc.constantFrom({}, { a: '10.0.0.1' })),
    labels: some(fc.constantFrom({}, { a: 'b' })),
    logging: some(fc.constantFrom({ driver: 'local', options: {} }, { driver: 'none', options: {} })),
    aliases: some(fc.subarray(['x', 'y'])),
  })
  .map((run) => Object.fromEntries(Object.entries(run).filter(([, value]) => value !== undefined)) as unknown as RunSpec);

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
  return canonicalJson(JSON.parse(JSON.stringify({ ...settings, Env: [...(settings.Env ?? [])].sort() })));
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
        if (key === 'drainMs' || key === 'replicas') expect(form(after)).toBe(form(before));
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
