import { msToNumber } from '@temporalio/common/lib/time.js';
import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Ten minutes become three seconds: long enough for a busy machine. */
const SHORTER = 200;

/**
 * Waits for a worker to take a step only a part of what the workflows say. The server that skips time does not skip it while a step
 * waits to be taken, so that a test would last as long as people do.
 */
export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      scheduleActivity(input, next) {
        const wait = input.options.scheduleToStartTimeout;
        const shortened = wait === undefined ? {} : { scheduleToStartTimeout: msToNumber(wait) / SHORTER };
        return next({ ...input, options: { ...input.options, ...shortened } });
      },
    },
  ],
});
