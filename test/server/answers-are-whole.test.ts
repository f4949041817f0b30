import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import type { DeployableComponent, DeployableRelease } from '../../domain/deployment.ts';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import type { GoodRelease } from '../../domain/good-release.ts';
import type { ReleaseRecord, ReleaseStatus } from '../../domain/release.ts';
import type { RetentionRow } from '../../domain/retention-report.ts';
import type { RetentionStatus } from '../../domain/retention-run.ts';
import type { RollbackAnswer } from '../../domain/rollback-request.ts';
import type { environmentStatusSchema, rollbackAnswerSchema } from '../../server/schemas/environment.ts';
import type { releaseListSchema, releaseRecordSchema, releaseStatusSchema } from '../../server/schemas/release.ts';
import type { retentionRowsSchema, retentionStatusSchema } from '../../server/schemas/retention.ts';
import type { ReleaseSummary } from '../../temporal/engine.ts';

type Plain<T> = T extends string | number | boolean | null | undefined ? T : { readonly [Key in keyof T]: Plain<T[Key]> };
type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;
type SentBy<Schema extends z.ZodType> = z.output<Schema>;

/** How components and jobs are run stays on the server. */
type SentComponent = Omit<DeployableComponent, 'run' | 'isStateful' | 'backup' | 'hooks'>;
type SentRelease = Omit<DeployableRelease, 'components' | 'jobs'> & { readonly components: readonly SentComponent[] };
type SentGood = Omit<GoodRelease, 'release' | 'baking'> & { readonly release: SentRelease };
/** What soaks are judged by is told by the gates. */
type SentEnvironment = Omit<EnvironmentStatus, 'current' | 'history' | 'stints'> & {
  readonly current: SentGood | null;
  readonly history: readonly SentGood[];
};

// An answer's schema strips what it does not name: a member added to the domain must be added there, or this does not compile.
const record: Same<SentBy<typeof releaseRecordSchema>, ReleaseRecord> = true;
const status: Same<SentBy<typeof releaseStatusSchema>, ReleaseStatus> = true;
const list: Same<SentBy<typeof releaseListSchema>, { readonly releases: readonly ReleaseSummary[]; readonly next?: string }> = true;
const environment: Same<SentBy<typeof environmentStatusSchema>, SentEnvironment> = true;
const retention: Same<SentBy<typeof retentionStatusSchema>, RetentionStatus> = true;
const rows: Same<SentBy<typeof retentionRowsSchema>, { readonly rows: readonly RetentionRow[] }> = true;
const rollback: Same<SentBy<typeof rollbackAnswerSchema>, RollbackAnswer> = true;

describe('the schemas of answers', () => {
  it('name every member of what they send', () => {
    expect([record, status, list, environment, rollback, retention, rows]).toEqual(Array(7).fill(true));
  });
});
