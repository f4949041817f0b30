import type { BreakGlass } from './standing.ts';

/** What people are told at once, wherever they are. */
export interface Notice {
  /** The same when it is sent again. */
  readonly id: string;
  readonly event: 'glass-broken' | 'glass-ratified' | 'glass-not-ratified' | 'glass-rollback-failed';
  /** A sentence. */
  readonly summary: string;
  readonly at: string;
  readonly application: string;
  readonly environment: string;
  readonly release: number;
  readonly glass: BreakGlass;
}

/** `carried` says what was done where nobody ratified it. */
export function noticeOf(event: Notice['event'], glass: BreakGlass, at: string, carried = ''): Notice {
  const { id, application, environment, release } = glass;
  return { id: `${id}/${event}`, event, summary: summaryOf(event, glass, carried), at, application, environment, release, glass };
}

function summaryOf(event: Notice['event'], glass: BreakGlass, carried: string): string {
  const what = `release ${glass.release} of ${glass.application} past ${glass.skips.join(', ')} into ${glass.environment}`;
  switch (event) {
    case 'glass-broken':
      return `${glass.by} lets ${what} for incident ${glass.incident}: ${glass.reason}. A second person is to ratify it until ${glass.ratifyBy}: tidegate ratify ${glass.id}`;
    case 'glass-ratified':
      return `${glass.ratified?.by ?? ''} ratified that ${glass.by} let ${what} for incident ${glass.incident}`;
    case 'glass-not-ratified':
      return `Nobody ratified that ${glass.by} let ${what} for incident ${glass.incident}; ${carried}`;
    case 'glass-rollback-failed':
      return `Nobody ratified that ${glass.by} let ${what} for incident ${glass.incident}, and the rollback that followed came to nothing: ${carried}`;
  }
}
