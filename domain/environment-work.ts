import type { DeployableRelease } from './deployment.ts';
import type { DeploymentRequest } from './deployment-request.ts';
import type { HeldBack } from './environment-status.ts';
import type { HostRequest } from './host-request.ts';
import type { KnownBy } from './people/known-by.ts';
import type { RollbackRequest } from './rollback-request.ts';

/** Work that waits for its turn: a release's wish, or a person's rollback. */
export type Work =
  | {
      readonly kind: 'promotion';
      readonly since: string;
      readonly request: DeploymentRequest;
      /** Why it could not begin when it was last looked at. */
      readonly held?: readonly HeldBack[];
      /** Since when it is held back no more; absent where it never was. */
      readonly freeSince?: string;
    }
  | {
      readonly kind: 'rollback';
      readonly since: string;
      readonly request: RollbackRequest;
      readonly generation: number;
      readonly release: DeployableRelease;
    }
  | {
      readonly kind: 'host';
      readonly since: string;
      readonly requestId: string;
      readonly request: HostRequest;
      /** The current one when it was asked; what is deployed is the current one of its turn. */
      readonly release: DeployableRelease;
    };

/** The release that a turn is about. */
export function releaseOf(work: Work): DeployableRelease {
  return work.kind === 'promotion' ? work.request.release : work.release;
}

/** Who wished for this, and why. */
export function whoAsked(work: Work): { readonly person: string; readonly reason: string } {
  if (work.kind === 'rollback') return { person: work.request.person, reason: work.request.reason };
  if (work.kind === 'host') return { person: work.request.person, reason: `host ${work.request.host}: ${work.request.reason}` };
  return { person: work.request.requestedBy, reason: 'promotion' };
}

/** The request that this answers; a rollback answers none that could come again. */
export function requestOf(work: Work): string | undefined {
  if (work.kind === 'host') return work.requestId;
  return work.kind === 'promotion' ? work.request.requestId : undefined;
}

/** How whoever asked was known; of a promotion, the release's own records tell it. */
export function knownOf(work: Work): KnownBy | undefined {
  return work.kind === 'promotion' ? undefined : work.request.known;
}
