import { z } from 'zod';
import { canary } from './canary-schema.ts';
import { hostCount, label } from './host-count.ts';
import { exactlyOne } from './scalars.ts';

const stopAfterFailures = z.exactOptional(
  z.number().int().min(1).max(10_000).describe('So many failed hosts make the deployment go back; fewer are left out. By default 1'),
);
const maxInFlight = z.exactOptional(hostCount(1).describe('Hosts that are changed at the same time; by default all of a batch'));

const fleetRules = z.strictObject({
  batch: hostCount(1).prefault(1).describe('Hosts that are done before the next ones begin'),
  maxInFlight,
  minHealthy: z.exactOptional(hostCount(0).describe('Hosts that must serve while others are changed')),
  stopAfterFailures,
  orderBy: z.exactOptional(label().describe('A label of hosts: those of one value are done before those of the next begin')),
});

/** How the hosts of an environment go over to a release. */
export const strategy = exactlyOne({
  rolling: z.exactOptional(fleetRules.describe('The new version starts beside the old, host by host')),
  recreate: z.exactOptional(fleetRules.describe('The old version stops first; on each host there is a gap')),
  blueGreen: z.exactOptional(
    z.strictObject({ maxInFlight, stopAfterFailures }).describe('Proved on every host before requests move on any, then on all'),
  ),
  canary: z.exactOptional(
    canary
      .extend({ maxInFlight, stopAfterFailures })
      .describe('As blueGreen, with a growing share of the requests first, judged at each step'),
  ),
});
