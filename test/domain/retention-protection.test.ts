import { describe, expect, it } from '@jest/globals';
import { finish } from '../../domain/ended-deployment.ts';
import { begin, enqueue } from '../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../../domain/environment-state.ts';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import { environmentStatusOf } from '../../domain/environment-view.ts';
import { type Protection, type ProtectionSources, protectionFrom, type RegisteredRelease } from '../../domain/retention-protection.ts';
import { digestNumber, request } from './arbitraries.ts';
import { daysAgo, NOW } from './retention-arbitraries.ts';

const AT = daysAgo(1);
const ROUTER = { repository: 'registry.test/tidegate/router', digest: digestNumber(999) };
const empty = emptyEnvironment('shop', 'production');

const asked = (state: EnvironmentState, number: number) => enqueue(state, request(`q${number}`, number), AT);
const started = (state: EnvironmentState) => begin(state, (generation) => `deployment/${generation}`, AT);
const succeeded = (state: EnvironmentState) => finish(state, { kind: 'succeeded', hosts: [] }, AT, 0);
const failed = (state: EnvironmentState) => finish(state, { kind: 'rolled-back', reason: 'unhealthy', hosts: [] }, AT, 0);
const promoted = (numbers: readonly number[]) => numbers.reduce((state, number) => succeeded(started(asked(state, number))), empty);

function registered(number: number, days = 10): RegisteredRelease {
  const images = [{ repository: 'registry.test/shop/web', digest: digestNumber(number) }];
  return { application: 'shop', number, commit: `${number}`.padStart(40, '0'), createdAt: daysAgo(days), images };
}

function sources(statuses: readonly EnvironmentStatus[], more: Partial<ProtectionSources> = {}): ProtectionSources {
  const releases = Array.from({ length: 30 }, (_, n) => registered(n + 1));
  const places = [{ application: 'shop', environment: 'production' }];
  return { statuses, places, deployedBefore: [], underWay: [], releases, holds: [], router: ROUTER, now: NOW, ...more };
}

function clear(input: ProtectionSources): Protection {
  const answer = protectionFrom(input);
  if (answer.kind === 'unclear') throw new Error(answer.reason);
  return answer.protection;
}

function kindsOf(protection: Protection, number: number): string[] {
  return (protection.images.get(digestNumber(number)) ?? []).map((reason) => reason.kind);
}

describe('what must stay', () => {
  it('is all that an environment runs, deploys, queues, can return to, or tried last', () => {
    const state = asked(started(asked(failed(started(asked(promoted([1, 2, 3]), 4))), 5)), 6);
    const protection = clear(sources([environmentStatusOf(state)]));
    expect([1, 2, 3, 4, 5, 6, 7].map((number) => kindsOf(protection, number))).toEqual([
      ['rollback-reach'],
      ['rollback-reach'],
      ['deployed'],
      ['last-attempt'],
      ['deploying'],
      ['queued'],
      [],
    ]);
  });

  it('reaches as far back as a rollback does', () => {
    const numbers = Array.from({ length: 15 }, (_, n) => n + 1);
    const protection = clear(sources([environmentStatusOf(promoted(numbers))]));
    expect(numbers.filter((number) => kindsOf(protection, number).length === 0)).toEqual([1, 2, 3, 4]);
  });

  it('is every image of a release under way, its commit, and one that was just made', () => {
    const releases = [registered(1), registered(2), registered(3, 0.01)];
    const protection = clear(sources([], { releases, underWay: [{ application: 'shop', number: 2 }] }));
    expect([1, 2, 3].map((number) => kindsOf(protection, number))).toEqual([[], ['under-way'], ['under-way']]);
    expect(protection.commits.map(({ number }) => number)).toEqual([2, 3]);
  });

  it('is what a host runs that was left behind, and nothing can be told where the ledger does not know it', () => {
    const left = (runs: number | null) =>
      ({ ...environmentStatusOf(promoted([4])), behind: [{ host: 'p2', outcome: 'skipped', runs, reason: 'disk', since: AT }] }) as const;
    expect(kindsOf(clear(sources([left(2)])), 2)).toEqual(['left-behind']);
    expect(kindsOf(clear(sources([left(null)])), 4)).toEqual(['deployed']);
    expect(protectionFrom(sources([left(77)]))).toMatchObject({ kind: 'unclear', reason: expect.stringContaining('Release 77 of shop') });
  });

  it('is of the application that it is of, and says so, though others have releases of the same numbers', () => {
    const kiosk = { ...registered(1), application: 'kiosk', images: [{ repository: 'registry.test/kiosk', digest: digestNumber(21) }] };
    const { commit: _, ...imported } = kiosk;
    const input = { releases: [registered(1), imported], underWay: [{ application: 'kiosk', number: 1 }] };
    const protection = clear(sources([], input));
    expect(protection.images.get(digestNumber(21))).toEqual([{ kind: 'under-way', application: 'kiosk', release: 1 }]);
    expect([kindsOf(protection, 1), protection.commits]).toEqual([[], []]);
    const { images } = clear(sources([environmentStatusOf(asked(promoted([1]), 2))]));
    const at = { application: 'shop', environment: 'production' };
    expect(images.get(digestNumber(1))).toEqual([{ kind: 'deployed', ...at, release: 1 }]);
    expect(images.get(digestNumber(2))).toEqual([{ kind: 'queued', ...at, release: 2 }]);
  });

  it('is one that was just made for an hour, and one of which nobody knows when', () => {
    const hour = 1 / 24;
    const releases = [registered(1, hour), registered(2, hour * 1.01), { ...registered(3), createdAt: 'soon' }];
    const protection = clear(sources([], { releases }));
    expect([1, 2, 3].map((number) => kindsOf(protection, number))).toEqual([['under-way'], [], ['under-way']]);
  });

  it('is what a person holds, and the router', () => {
    const holds = [
      { kind: 'digest', repository: 'registry.test/shop/web', digest: digestNumber(1) },
      { kind: 'tag', repository: 'registry.test/shop/web', tag: 'audit' },
    ] as const;
    const protection = clear(sources([], { holds }));
    expect(kindsOf(protection, 1)).toEqual(['held']);
    expect(protection.tags).toEqual([holds[1]]);
    expect(protection.images.get(ROUTER.digest)).toEqual([{ kind: 'router' }]);
  });
});

describe('what must stay cannot be told', () => {
  it('when Temporal forgot an environment of which the ledger has a deployment', () => {
    const deployedBefore = [{ application: 'shop', environment: 'production' }];
    const forgotten = protectionFrom(sources([environmentStatusOf(empty)], { deployedBefore }));
    expect(forgotten).toMatchObject({ kind: 'unclear', reason: expect.stringContaining('deployment of shop to production') });
    expect(protectionFrom(sources([], { deployedBefore }))).toMatchObject({ kind: 'unclear' });
    expect(protectionFrom(sources([environmentStatusOf(promoted([1]))], { deployedBefore }))).toMatchObject({ kind: 'clear' });
    const serving = [environmentStatusOf(promoted([1]))];
    for (const other of [
      { application: 'kiosk', environment: 'production' },
      { application: 'shop', environment: 'staging' },
    ])
      expect(protectionFrom(sources(serving, { deployedBefore: [other], places: [...deployedBefore, other] }))).toMatchObject({
        kind: 'unclear',
        reason: expect.stringContaining(`deployment of ${other.application} to ${other.environment}`),
      });
    // An environment that is no longer in the installation, and of which nothing is left, holds up nothing.
    expect(protectionFrom(sources([], { deployedBefore, places: [] }))).toMatchObject({ kind: 'clear' });
  });

  it.each<[string, Partial<ProtectionSources>]>([
    ['runs', { statuses: [environmentStatusOf(started(asked(empty, 77)))] }],
    ['waits', { statuses: [environmentStatusOf(asked(empty, 77))] }],
    ['was tried last', { statuses: [environmentStatusOf(failed(started(asked(empty, 77))))] }],
    ['is under way', { underWay: [{ application: 'shop', number: 77 }] }],
  ])('when the ledger does not have a release that %s', (_what, more) => {
    expect(protectionFrom(sources([], more))).toMatchObject({ kind: 'unclear', reason: expect.stringContaining('Release 77 of shop') });
  });
});
