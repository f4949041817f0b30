import type { IssueComment } from '../../adapters/github/reads.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import type { StageState } from '../../domain/release.ts';
import { PASSED, shopRecord, shopStatus, WAITING, WAITING_PLAN } from '../support/shop.ts';
import { GitHubDesk } from './github-desk.ts';

export const PLAN = `sha256:3f9a2c1b77aa${'0'.repeat(52)}`;
export const RULES = `sha256:5e6f7a8b9c0d${'1'.repeat(52)}`;
/** Both as people copy them. */
export const SEEN = '3f9a2c1b77aa.5e6f7a8b9c0d';
export const RITAS = { id: 7, login: 'rita-codes', isPerson: true };

type Waiting = Extract<StageState, { kind: 'waiting' }>;

/** A desk with a release that waits before production, and people who comment on it. */
export class CommentDesk extends GitHubDesk {
  readonly waiting: Waiting = { ...(WAITING as Waiting), plan: { ...WAITING_PLAN, hash: PLAN }, policyRevision: RULES };

  constructor() {
    super();
    this.register.put(shopRecord(1));
    this.stands(this.waiting);
  }

  stands(production: StageState): void {
    this.engine.put(shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production }));
  }

  /** Somebody comments; what GitHub says of the comment afterwards can be something else. */
  comment(body: string, changes: Partial<IssueComment> = {}, id = this.count + 100): Promise<Settlement> {
    const written = { body, author: RITAS, isEdited: false, isByApp: false, createdAt: new Date().toISOString() };
    this.github.comments.set(id, { ...written, ...changes });
    const told = { id, body, user: { id: 7, login: 'rita-codes', type: 'User' } };
    return this.deliver('issue_comment', { action: 'created', issue: { number: 5 }, comment: told });
  }
}
