import type { CommitStatus } from '../../activities/github.ts';

/** What a release says of the stage production on one commit of shop. */
export function statusWord(release: number, state: CommitStatus['state'], more: Partial<CommitStatus> = {}): CommitStatus {
  return {
    application: 'shop',
    commit: 'a'.repeat(40),
    context: 'tidegate/production',
    release,
    state,
    description: `${release} ${state}`,
    ...more,
  };
}
