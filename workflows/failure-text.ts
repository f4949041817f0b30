import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';

/** What went wrong, for people: the message of the deepest cause that says more than "activity failed". */
export function failureText(error: unknown): string {
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return failureText(error.cause ?? error.message);
  if (error instanceof TimeoutFailure) return `no answer in time (${error.message})`;
  if (error instanceof ApplicationFailure) return error.message;
  return error instanceof Error ? error.message : String(error);
}
