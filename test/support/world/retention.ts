import type { TidyOrder } from '../../../activities/retention/tidy.ts';
import { withHeartbeat } from '../../../activities/with-heartbeat.ts';
import { untilStopped, type WorldState } from './world-state.ts';

/** Repositories that are tidied. */
export function retentionOf(world: WorldState) {
  return {
    listRetentionRepositories: async () => {
      await world.meet('listRetentionRepositories');
      return [...world.libraries.keys()];
    },
    planRetention: async ({ repository }: { repository: string }) => {
      await world.meet(`planRetention ${repository}`);
      return world.libraries.get(repository);
    },
    applyRetention: (order: TidyOrder) =>
      withHeartbeat(async ({ signal, onProgress }) => {
        onProgress(`deleted 1 of 2 in ${order.repository}`);
        world.tidied.push(order);
        await Promise.race([world.meet(`applyRetention ${order.repository}`), untilStopped(signal)]);
        return world.libraries.get(order.repository);
      }),
  };
}
