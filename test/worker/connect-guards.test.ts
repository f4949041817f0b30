import { beforeEach, describe, expect, it } from '@jest/globals';
import type { GateSources } from '../../activities/gates.ts';
import { parseDigest } from '../../domain/digest.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import { judgeGuard } from '../../domain/guard/judge.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { NOTHING_STANDS } from '../../domain/standing.ts';
import { connectGuards } from '../../worker/connect-guards.ts';

const UNTIL = Date.parse('2026-03-02T09:30:00.000Z');
const IMAGE = { repository: 'registry/production/web', digest: parseDigest(`sha256:${'a'.repeat(64)}`) };
const ORIGIN = { ...IMAGE, repository: 'registry/builds/web' };
const RECORD = { application: 'shop', number: 2, commit: 'a'.repeat(40), images: { web: ORIGIN }, initiator: 'rita', createdAt: '' };
const PASSED = { kind: 'passed', at: '', milliseconds: 1, images: {} } as const;
const STAGE = { name: 'production', stageKind: 'deploy', environment: 'production', state: PASSED } as const;
const RUN = { commit: RECORD.commit, event: 'push', isForeign: false };

let now: number;
let isAway: boolean;
let asked: unknown[];
let current: number;
beforeEach(() => {
  [now, isAway, asked, current] = [UNTIL - 1, false, [], 2];
});

/** A policy with one key, whose time is over at an hour. */
const trusts: GateSources['trusts'] = async (policy, images) => {
  asked.push([policy, images]);
  if (isAway) throw new Error('the registry does not answer');
  return { trusted: now < UNTIL, reason: now < UNTIL ? 'ops signed it' : 'the time of ops is over', revision: 'r1' };
};

const guards = connectGuards({
  ledger: { passes: async () => [], releaseOfCommit: async () => RECORD },
  engine: {
    releaseStatus: async () => ({ release: RECORD, images: { web: ORIGIN }, stages: [STAGE] }) as unknown as ReleaseStatus,
    environmentStatus: async () => {
      const release = { number: current, components: [{ name: 'web', image: IMAGE }] };
      const trust = { met: { signed: 'r1' }, origins: { web: ORIGIN } };
      return { current: { release, trust }, running: null } as unknown as EnvironmentStatus;
    },
  },
  reader: {
    pipeline: async () => ({ stages: [{ kind: 'deploy', ...STAGE }] }) as unknown as Pipeline,
    environment: async () => ({ protection: { trust: 'signed' }, policyRevision: 'p1' }) as unknown as EnvironmentPolicy,
  },
  gates: { standing: async () => NOTHING_STANDS, now: () => now, trusts } as unknown as GateSources,
  now: () => now,
});

async function verdict() {
  const seen = await guards.see({ application: 'shop', environment: 'production' }, RECORD.commit);
  return judgeGuard(RUN, [seen], { since: now, now });
}

describe('a job whose release passed in an environment with a trust policy', () => {
  it('is let through while its images are trusted, by what is where hosts pull them and where they were built', async () => {
    expect((await verdict()).kind).toBe('approved');
    const repositories = [IMAGE.repository, ORIGIN.repository];
    expect(asked).toEqual([['signed', [{ component: 'web', digest: IMAGE.digest, repositories }]]]);
  });

  it('waits once the time of the key is over, and says so', async () => {
    now = UNTIL;
    expect(await verdict()).toMatchObject({ kind: 'waiting', reason: 'Stage production of shop#2 waits: the time of ops is over' });
  });

  it('waits while it cannot be found out', async () => {
    isAway = true;
    expect(await verdict()).toMatchObject({ kind: 'waiting', reason: expect.stringContaining('the registry does not answer') });
  });

  it('is turned away where the environment runs another release, whose images are not asked about', async () => {
    current = 3;
    expect((await verdict()).kind).toBe('rejected');
    expect(asked).toEqual([]);
  });
});
