import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Workflows of which no task ever succeeds: an error that is none of Temporal's is taken for a mistake in their code. */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute(): never {
        throw new Error('a mistake in the workflow');
      },
    },
  ],
});
