import { LateOpening, notHere } from '../adapters/ledger/late-opening.ts';
import { createWorkerLedger, type WorkerLedger } from '../adapters/ledger/worker-ledger.ts';
import type { Installation } from '../config/installation.ts';
import { HOME_SITE } from '../domain/task-queues.ts';
import type { ProcessSettings } from './connect-adapters.ts';
import { connectLedger, ledgerName } from './connect-ledger.ts';

/** The ledger of a worker for these sites: at the home site opened in the background, and elsewhere not at all. */
export function openWorkerLedger(
  installation: Installation,
  process: ProcessSettings,
  { sites, log }: { readonly sites: readonly string[]; readonly log: (line: string) => void },
): WorkerLedger {
  const place = ledgerName(installation);
  if (!sites.includes(HOME_SITE)) return createWorkerLedger(notHere(place, `this worker works for ${sites.join(', ')} alone`));
  return createWorkerLedger(new LateOpening({ place, open: () => connectLedger(installation, process, log), log }));
}
