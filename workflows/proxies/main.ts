// Quick answers that workflows wait for: of the ledger, the installation, and environments. They run where workflows do.
import { proxyActivities } from '@temporalio/workflow';
import type { createEnvironmentActivities } from '../../activities/environments.ts';
import type { createGateActivities } from '../../activities/gates.ts';
import type { createInstallationActivities } from '../../activities/installation.ts';
import type { createLedgerActivities } from '../../activities/ledger.ts';
import type { createStandingActivities } from '../../activities/standing.ts';
import type { createUpkeepActivities } from '../../activities/upkeep.ts';
import { HEARTBEAT, PATIENT, QUICK, UNTIL_DONE } from './patience.ts';

type InstallationActivities = ReturnType<typeof createInstallationActivities>;
type LedgerActivities = ReturnType<typeof createLedgerActivities>;
type EnvironmentActivities = ReturnType<typeof createEnvironmentActivities>;

/** Reads of the installation's own files: quick. No local activities in any of these files: decision 12 says why. */
export const installation = proxyActivities<Pick<InstallationActivities, 'readEnvironment' | 'sealPlan'>>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: PATIENT,
  summary: "read the environment's rules",
});

/** Asked before a promotion begins; waited for, as the ledger is. */
export const standing = proxyActivities<ReturnType<typeof createStandingActivities>>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'read what people decided beforehand',
});

export const desk = proxyActivities<EnvironmentActivities>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'ask the environment',
});

/** What every environment runs. */
export const upkeepOf = proxyActivities<ReturnType<typeof createUpkeepActivities>>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT,
  retry: QUICK,
  summary: 'see what should run',
});

/** The ledger is waited for: nothing that changes an environment goes on without it. */
export const ledger = proxyActivities<Omit<LedgerActivities, 'sealLedger'>>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'write to the ledger',
});

/** Signing is waited for by who goes forward, and by nobody else. */
export const checkpoints = proxyActivities<Pick<LedgerActivities, 'sealLedger'>>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'sign a checkpoint of the ledger',
});

/** What gates are judged by; a source that does not answer closes its gate, and holds up none of the others. */
export const gates = proxyActivities<Pick<ReturnType<typeof createGateActivities>, 'readGateFacts'>>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT,
  retry: UNTIL_DONE,
  summary: 'read what the gates are judged by',
});

/** Asked when a promotion's turn has come, and before a way back to what came by other trust policies: somebody waits for it, and it waits for no ledger. */
export const trust = proxyActivities<Pick<ReturnType<typeof createGateActivities>, 'readTrust'>>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT,
  retry: QUICK,
  summary: 'read what is attached to images',
});
