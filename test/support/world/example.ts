import { ApplicationFailure } from '@temporalio/common';
import { type Digest, parseDigest } from '../../../domain/digest.ts';
import type { Component, Stage } from '../../../domain/pipeline.ts';
import type { ReleaseRecord } from '../../../domain/release.ts';

export const RITA = { approvers: ['rita', 'ron'], count: 1, excludeInitiator: true, deadlineMs: 7 * 24 * 3_600_000 };

export function digestOf(text: string): Digest {
  return parseDigest(`sha256:${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`);
}

export function component(name: string): Component {
  const health = { kind: 'running', stableMs: 0, deadlineMs: 1_000 } as const;
  const run = { environment: {}, volumes: [], health, stopGraceMs: 1_000, drainMs: 1_000, replicas: 1 };
  const source = { kind: 'build', context: '.', dockerfile: 'Dockerfile', target: name, arguments: {}, timeoutMs: 60_000 } as const;
  return { name, repository: `registry.test/shop/${name}`, source, run, after: [], specHash: `spec-${name}` };
}

export const STAGES: readonly Stage[] = [
  { kind: 'build', name: 'build', needs: [] },
  {
    kind: 'test',
    name: 'test',
    needs: ['build'],
    run: { component: 'web', command: ['test'], environment: {} },
    companions: [],
    timeoutMs: 60_000,
  },
  { kind: 'deploy', name: 'staging', needs: ['test'], environment: 'staging', strategy: { kind: 'rolling', batch: 1 } },
  { kind: 'deploy', name: 'production', needs: ['staging'], environment: 'production', strategy: { kind: 'rolling', batch: 1 } },
];

/** A pipeline for tests whose subject is the deployment: of images that somebody else built, straight to production. */
export const PRODUCTION_ALONE: readonly Stage[] = [
  { kind: 'deploy', name: 'production', needs: [], environment: 'production', strategy: { kind: 'rolling', batch: 1 } },
];

export function recordOf(number: number, more: Partial<ReleaseRecord> = {}): ReleaseRecord {
  return {
    application: 'shop',
    number,
    commit: `${number}`.repeat(40).slice(0, 40),
    images: {},
    initiator: 'dev',
    createdAt: '2026-01-01T00:00:00Z',
    ...more,
  };
}

/** A failure that is not tried again. */
export function terminal(message: string, type = 'HostFailed'): () => Error {
  return () => ApplicationFailure.nonRetryable(message, type);
}
