import { ApplicationFailure } from '@temporalio/workflow';

/** Refuses what somebody asked, where there is an objection. A plain Error thrown by an accepted update would be retried for ever. */
export function refuse(objection: string | undefined): void {
  if (objection !== undefined) throw ApplicationFailure.nonRetryable(objection);
}
