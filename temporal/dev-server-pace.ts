/** A limit that is no longer felt: what waits at it waits a millisecond. */
const READS_A_SECOND = 1000;

/**
 * Temporal reads what is to be done next from a shard's queues at most twenty times a second, for each kind of queue. Its development server has one
 * shard, so that after some steps every further one of every workflow waits for the next twentieth of a second: these words for `start-dev` lift that.
 * https://github.com/temporalio/temporal/blob/main/common/dynamicconfig/constants.go, `MaxPollRPS`
 */
export const PACE: readonly string[] = ['transfer', 'timer', 'visibility'].flatMap((queue) => [
  '--dynamic-config-value',
  `history.${queue}ProcessorMaxPollRPS=${READS_A_SECOND}`,
]);
