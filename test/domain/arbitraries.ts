import fc from 'fast-check';
import type { CanaryRules } from '../../domain/canary.ts';
import type { DeployableComponent, DeployableRelease } from '../../domain/deployment.ts';
import type { DeploymentRequest } from '../../domain/deployment-request.ts';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import type { GoodRelease } from '../../domain/good-release.ts';
import type { HealthCheck, RunSpec, Stage } from '../../domain/pipeline.ts';

/** The n-th of as many digests as a test needs. */
export function digestNumber(n: number): Digest {
  return parseDigest(`sha256:${n.toString(16).padStart(64, '0')}`);
}

export const RUN: RunSpec = {
  environment: {},
  volumes: [],
  health: { kind: 'running', stableMs: 0, deadlineMs: 1 },
  stopGraceMs: 0,
  drainMs: 0,
  replicas: 1,
};

export const CANARY: CanaryRules = {
  steps: [
    { weight: 5, pauseMs: 300_000 },
    { weight: 25, pauseMs: 600_000 },
  ],
  judgement: {
    requests: 100,
    failed: { points: 1, times: 1.5 },
    refused: { points: 5, times: 1.5 },
    latency: { moreMs: 50, times: 1.5 },
  },
  onUnclear: { ask: true, deadlineMs: 1_800_000, default: 'roll-back' },
};

export function deployable(name: string, digest: Digest, replicas = 1): DeployableComponent {
  return { name, image: { repository: `r/${name}`, digest }, run: { ...RUN, replicas }, specHash: 'spec' };
}

export function releaseNumber(number: number): DeployableRelease {
  return { application: 'shop', number, components: [deployable('web', digestNumber(number))] };
}

export function good(number: number, generation = number): GoodRelease {
  return {
    release: releaseNumber(number),
    deployment: `deployment/shop/production/${generation}`,
    generation,
    since: '2026-01-01T00:00:00Z',
  };
}

export function request(requestId: string, number: number): DeploymentRequest {
  return {
    requestId,
    application: 'shop',
    environment: 'production',
    release: releaseNumber(number),
    releaseWorkflowId: `release/shop/${number}`,
    strategy: { kind: 'rolling', batch: 2 },
    policy: { name: 'production', hosts: [], policyRevision: 'policy', bakeMs: 0 },
    planHash: `plan-${number}`,
    requestedBy: 'dev',
  };
}

export const NAME = fc.stringMatching(/^[a-z](-?[a-z0-9]){0,12}$/).filter((name) => name !== 'constructor');

/** Stages without a cycle: each needs some of those before it, and they are listed in any order. */
export const STAGES: fc.Arbitrary<Stage[]> = fc
  .array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 })
  .map((needs) => needs.map((picks, index) => deployStage(index, picks)))
  .chain((stages) => fc.shuffledSubarray(stages, { minLength: stages.length }));

function deployStage(index: number, picks: readonly number[]): Stage {
  const needs = [...new Set(picks.filter((pick) => pick < index).map((pick) => `s${pick}`))];
  return { kind: 'deploy', name: `s${index}`, needs, environment: `e${index}`, strategy: { kind: 'rolling', batch: 1 } };
}

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
export const RUNS: fc.Arbitrary<RunSpec> = fc
  .record({
    health: HEALTH,
    environment: fc.dictionary(few, few, { maxKeys: 2 }),
    stopGraceMs: fc.constantFrom(0, 400, 1_000, 1_001),
    drainMs: count,
    drain: some(fc.record({ signal: few, until: fc.constant('exit' as const), timeoutMs: count })),
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
    networks: some(fc.subarray(['shared', 'monitoring'])),
  })
  .map((run) => Object.fromEntries(Object.entries(run).filter(([, value]) => value !== undefined)) as unknown as RunSpec);
