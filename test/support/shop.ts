import { parseDigest } from '../../domain/digest.ts';
import type { HostDossier } from '../../domain/dossier.ts';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import type { GoodRelease } from '../../domain/good-release.ts';
import type { Images } from '../../domain/image.ts';
import type { Component, Pipeline, RunSpec } from '../../domain/pipeline.ts';
import type { DeploymentPlan } from '../../domain/plan.ts';
import type { ReleaseRecord, ReleaseStatus, StageState, StageStatus } from '../../domain/release.ts';
import { releaseState } from '../../domain/release.ts';

export const COMMIT = 'c0ffee0000000000000000000000000000000001';

/** A digest of one hexadecimal digit. */
export const digestOf = (digit: string) => parseDigest(`sha256:${digit.repeat(64)}`);

export const IMAGES: Images = {
  web: { repository: '127.0.0.1:5000/shop/web', digest: digestOf('a') },
  worker: { repository: '127.0.0.1:5000/shop/worker', digest: digestOf('b') },
};

const run: RunSpec = {
  environment: { GREETING: 'a setting for hosts alone' },
  volumes: [],
  health: { kind: 'running', stableMs: 1, deadlineMs: 1 },
  stopGraceMs: 1,
  drainMs: 1,
  replicas: 1,
};

function component(name: string, kind: 'build' | 'given'): Component {
  const source =
    kind === 'build' ? ({ kind, context: '.', dockerfile: 'Dockerfile', arguments: {}, timeoutMs: 1 } as const) : ({ kind } as const);
  return { name, repository: `127.0.0.1:5000/shop/${name}`, source, run, after: [], specHash: 's1' };
}

const deploy = (name: string, needs: readonly string[]) =>
  ({ kind: 'deploy', name, needs, environment: name, strategy: { kind: 'rolling', batch: 1 } }) as const;

/** The application `shop` of the tests: built from a commit, deployed to staging and production. */
export const SHOP: Pipeline = {
  application: 'shop',
  revision: 'r1',
  components: [component('web', 'build'), component('worker', 'build')],
  stages: [
    { kind: 'build', name: 'build', needs: [] },
    { kind: 'test', name: 'test', needs: ['build'], run: { component: 'web', command: [], environment: {} }, companions: [], timeoutMs: 1 },
    deploy('staging', ['test']),
    deploy('production', ['staging']),
  ],
};

/** The same, of images that somebody else built. */
export const KIOSK: Pipeline = {
  application: 'kiosk',
  revision: 'r1',
  components: [{ ...component('web', 'given'), repository: '127.0.0.1:5000/kiosk/web' }],
  stages: [deploy('production', [])],
};

export function shopRecord(number: number): ReleaseRecord {
  return {
    application: 'shop',
    number,
    commit: COMMIT,
    images: {},
    initiator: 'ana',
    createdAt: new Date(Date.UTC(2026, 2, 2, 9, number)).toISOString(),
  };
}

export const PASSED: StageState = { kind: 'passed', at: '2026-03-02T09:31:00.000Z', milliseconds: 1200, images: IMAGES };

export const WAITING_PLAN: DeploymentPlan = {
  hash: 'plan-7',
  strategy: 'rolling, 1 host at a time',
  effects: [
    {
      component: 'web',
      action: 'replace',
      from: { release: 1, digest: digestOf('9') },
      to: { release: 2, digest: digestOf('a') },
      changes: [{ what: 'image' }, { what: 'memory', from: '64MiB', to: '128MiB' }, { what: 'environment TOKEN' }],
      back: 'ready',
    },
    {
      component: 'worker',
      action: 'keep',
      from: { release: 1, digest: digestOf('b') },
      to: { release: 2, digest: digestOf('b') },
      changes: [],
    },
  ],
  hosts: [
    { host: 'p1', effects: [0, 1] },
    { host: 'p2', effects: [0, 1] },
  ],
};

export const WAITING: StageState = {
  kind: 'waiting',
  since: '2026-03-02T09:32:00.000Z',
  gates: [
    {
      kind: 'approval',
      open: false,
      reason: 'Waiting for 1 of 1 approval',
      openedBy: ['mira', 'bo'],
      changesAt: '2026-03-09T09:32:00.000Z',
    },
  ],
  plan: WAITING_PLAN,
  policyRevision: 'p1',
};

export const ROLLED_BACK: StageState = {
  kind: 'rolled-back',
  at: '2026-03-02T09:33:00.000Z',
  milliseconds: 5000,
  reason: 'web on p1 never got healthy',
  to: 1,
  hosts: [
    { host: 'p1', outcome: 'restored', detail: 'web serves release 1 again', digests: { web: digestOf('9') } },
    { host: 'p2', outcome: 'untouched', detail: 'nothing was changed', digests: { web: digestOf('9') } },
  ],
};

const KINDS = { build: 'build', test: 'test' } as const;

/** Release `number` of shop with a state for each of its stages. */
export function shopStatus(
  number: number,
  states: { readonly build: StageState; readonly test: StageState; readonly staging: StageState; readonly production: StageState },
): ReleaseStatus {
  const stages = Object.entries(states).map(([name, state]): StageStatus => {
    if (name === 'build' || name === 'test') return { name, stageKind: KINDS[name], state };
    return { name, stageKind: 'deploy', environment: name, state };
  });
  return {
    release: shopRecord(number),
    pipelineRevision: 'r1',
    images: IMAGES,
    stages,
    state: releaseState(stages.map((stage) => stage.state)),
  };
}

export function goodRelease(number: number): GoodRelease {
  const components = Object.entries(IMAGES).map(([name, image]) => ({ name, image, run, specHash: 's1' }));
  return {
    release: { application: 'shop', number, commit: COMMIT, components },
    deployment: `deployment/shop/production/${number}`,
    generation: number,
    since: '2026-03-02T09:00:00.000Z',
  };
}

/** A deployment that asks about p2. */
export const ASKING = {
  kind: 'running',
  since: '2026-03-02T09:39:00.000Z',
  detail: 'Deploying to production',
  deployment: 'deployment/shop/production/2',
  progress: {
    phase: 'switching',
    hosts: { p1: 'switched', p2: 'asking' },
    questions: [
      {
        id: '2.1',
        host: 'p2',
        step: 'switching',
        reason: 'web answered 503',
        since: '2026-03-02T09:40:00.000Z',
        until: '2026-03-02T10:10:00.000Z',
        default: 'roll-back',
        deciders: ['mira', 'bo'],
      },
    ],
  },
} as const satisfies StageState;

/** A deployment whose canary does not know what its figures mean. */
export const UNCLEAR = {
  ...ASKING,
  progress: {
    phase: 'canary',
    hosts: { p1: 'measured', p2: 'measured' },
    canary: {
      step: 2,
      steps: 3,
      weight: 25,
      verdict: { kind: 'unclear', reasons: ['web: 12 requests to the new version and 30 to the old one, where 100 of each would tell'] },
    },
    questions: [
      {
        id: '2.3',
        step: '25% of the requests',
        reason: 'web: 12 requests to the new version and 30 to the old one, where 100 of each would tell',
        since: '2026-03-02T09:40:00.000Z',
        until: '2026-03-02T10:10:00.000Z',
        default: 'roll-back',
        deciders: ['mira', 'bo'],
      },
    ],
  },
} as const satisfies StageState;

/** A stage that left p2 out. */
export const INCOMPLETE = {
  kind: 'incomplete',
  at: '2026-03-02T09:50:00.000Z',
  milliseconds: 9_000,
  reason: 'Left out: p2 (web answered 503. Skipped by mira)',
  hosts: [
    { host: 'p1', outcome: 'switched', detail: 'web replaced', digests: {} },
    {
      host: 'p2',
      outcome: 'skipped',
      detail: 'web answered 503. Skipped by mira. release 1 serves again',
      digests: {},
      dossier: 'shop/production/2/p2',
    },
  ],
} as const satisfies StageState;

/** What is kept of p2 after a failed deployment. */
export const DOSSIER: HostDossier = {
  id: 'shop/production/2/p2',
  application: 'shop',
  environment: 'production',
  host: 'p2',
  release: 2,
  deployment: 'deployment/shop/production/2',
  takenAt: '2026-03-02T09:49:00.000Z',
  containers: [
    {
      container: 'tidegate-shop.production.web.g2.1',
      component: 'web',
      digest: digestOf('a'),
      status: 'exited',
      exitCode: 137,
      outOfMemory: true,
      restarts: 3,
      startedAt: '2026-03-02T09:48:00.000Z',
      finishedAt: '2026-03-02T09:48:30.000Z',
      error: '',
      health: { status: 'unhealthy', log: [{ at: '2026-03-02T09:48:20.000Z', exitCode: 1, output: 'no database' }] },
      log: 'starting\nheap is full\n',
      response: { path: '/health', status: 503, body: 'not yet' },
    },
  ],
  missing: [],
};

/** Production of shop: runs release 1, changes to release 2, and release 3 waits behind it. */
export const BUSY_PRODUCTION: EnvironmentStatus = {
  application: 'shop',
  environment: 'production',
  current: goodRelease(1),
  history: [],
  running: {
    deployment: 'deployment/shop/production/2',
    release: 2,
    kind: 'promotion',
    since: '2026-03-02T09:40:00.000Z',
    progress: { phase: 'switching', hosts: { p1: 'switched', p2: 'switching' } },
  },
  queue: [{ requestId: 'q1', release: 3, since: '2026-03-02T09:41:00.000Z', requestedBy: 'bo' }],
  last: null,
  behind: [],
  generation: 2,
};
