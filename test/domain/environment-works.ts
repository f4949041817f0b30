import { begin } from '../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../../domain/environment-state.ts';
import type { Work } from '../../domain/environment-work.ts';
import type { HostRequest } from '../../domain/host-request.ts';
import type { AppliedJob, Job } from '../../domain/job.ts';
import type { RollbackRequest } from '../../domain/rollback-request.ts';
import { deployable, digestNumber, good, releaseNumber, request } from './arbitraries.ts';

export const AT = '2026-01-01T00:00:00.000Z';
export const EMPTY = emptyEnvironment('shop', 'production');
/** Runs release 2, and ran release 1. */
export const SERVES: EnvironmentState = { ...EMPTY, generation: 2, current: good(2), history: [good(1)] };

const ASKED: RollbackRequest = { person: 'rita', reason: 'slow' };
const OF_HOST: HostRequest = { host: 'p1', person: 'olga', reason: 'rebuilt' };

export const promotion = (release: number, more: Partial<Extract<Work, { kind: 'promotion' }>['request']> = {}): Work => ({
  kind: 'promotion',
  since: AT,
  request: { ...request(`r${release}`, release), ...more },
});
export const rollback = (release: number, more: Partial<RollbackRequest> = {}): Work => ({
  kind: 'rollback',
  since: AT,
  request: { ...ASKED, ...more },
  generation: release,
  release: releaseNumber(release),
});
export const ofHost = (release: number, requestId = 'h'): Work => ({
  kind: 'host',
  since: AT,
  requestId,
  request: OF_HOST,
  release: releaseNumber(release),
});

export const waits = (state: EnvironmentState, ...works: Work[]): EnvironmentState => ({ ...state, queue: [...state.queue, ...works] });
export const runs = (state: EnvironmentState, work: Work): EnvironmentState =>
  begin(waits(state, work), (generation) => `deployment/${generation}`, AT);

export const job = (name: string, more: Partial<Job> = {}): Job => ({
  name,
  component: 'web',
  when: 'pre-deploy',
  command: [name],
  environment: {},
  timeoutMs: 1,
  ...more,
});

/** A job of a release, as it ran well before the switch. */
export const ran = (release: number, name: string, more: Partial<Job> = {}): AppliedJob => ({
  task: { job: job(name, more), component: deployable('web', digestNumber(release)), release, direction: 'up', host: 'p1' },
  at: AT,
});
