import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LedgerUnavailable } from '../adapters/ledger/errors.ts';
import type { InboxStore } from '../adapters/ledger/inbox/inbox-store.ts';
import { openInbox } from '../adapters/ledger/inbox/open-inbox.ts';
import type { LedgerStore } from '../adapters/ledger/ledger-store.ts';
import { type LedgerPlace, openLedger } from '../adapters/ledger/open-ledger.ts';
import { filePlace } from '../adapters/ledger/places/file-place.ts';
import type { CheckpointPlace } from '../adapters/ledger/places/place.ts';
import { webhookPlace } from '../adapters/ledger/places/webhook-place.ts';
import { lateWords } from '../adapters/ledger/words/late-words.ts';
import { openWords, type Words } from '../adapters/ledger/words/open-words.ts';
import { createCheckpointArtifact } from '../adapters/registry/checkpoint-artifact.ts';
import { createCheckpointBranch } from '../adapters/source/checkpoint-branch.ts';
import type { Installation } from '../config/installation.ts';
import type { CheckpointTarget } from '../config/settings/ledger.ts';
import { type ProcessSettings, secretsOf } from './connect-adapters.ts';
import { credentialsOf, registriesOf } from './connect-registries.ts';

/** The ledger that the installation names, compared with every checkpoint of it. Throws what openLedger throws, SecretMissing, CertificateUnreadable. */
export async function connectLedger(
  installation: Installation,
  process: ProcessSettings,
  warn: (line: string) => void,
): Promise<LedgerStore> {
  const { origin, key, checkpoints } = installation.ledger;
  const places = checkpoints.publish.map((target, index) => placeOf(target, index, installation, process));
  const ledger = await openLedger({
    ...(await ledgerPlace(installation, process)),
    checkpoints: {
      origin,
      keyFile: key,
      markFile: join(installation.data, 'ledger.checkpoint'),
      every: checkpoints.records,
      afterMs: checkpoints.intervalMs,
      places: await Promise.all(places),
      warn,
    },
  });
  void tellDifferences(ledger, warn);
  return ledger;
}

/** What is not as its record says is checked each time that it is used; here it is told to whoever reads the log. Nothing waits for it. */
async function tellDifferences({ audit }: LedgerStore, warn: (line: string) => void): Promise<void> {
  try {
    for (const { what, reason } of await audit.differences()) warn(`In the database of the ledger somebody changed the ${what}: ${reason}`);
  } catch (error) {
    // An outage, or the end of the process, is told by others.
    if (error instanceof LedgerUnavailable) return;
    warn(
      `What is kept beside the ledger's records could not be held against them: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Where deliveries are kept: a file beside the ledger's, or tables of its database. Throws LedgerUnavailable, LedgerTooNew, SecretMissing. */
export async function connectInbox(installation: Installation, process: ProcessSettings): Promise<InboxStore> {
  const place = await ledgerPlace(installation, process);
  // In a file of its own, so that no acknowledgement waits for whoever writes to the ledger.
  const own = 'file' in place ? { file: join(installation.data, 'inbox.db') } : place;
  return openInbox({ ...own, holder: `${hostname()} ${installation.data}` });
}

/** Where it is kept what GitHub is to show, opened when something is told for the first time: beside the inbox. */
export function connectWords(installation: Installation, process: ProcessSettings): Words {
  return lateWords(async () => {
    const place = await ledgerPlace(installation, process);
    return openWords('file' in place ? { file: join(installation.data, 'github.db') } : place);
  });
}

/** As messages name it, before anything of it is known to be there. */
export function ledgerName({ ledger: { database }, data }: Installation): string {
  return database === undefined ? join(data, 'ledger.db') : `postgres://${database.host}:${database.port}/${database.name}`;
}

async function ledgerPlace(installation: Installation, process: ProcessSettings): Promise<LedgerPlace> {
  const { database } = installation.ledger;
  if (database === undefined) return { file: join(installation.data, 'ledger.db') };
  const { host, port, user, name, password, tls, ca } = database;
  return {
    postgres: {
      host,
      port,
      user,
      database: name,
      ...(password !== undefined && { password: await secretsOf(installation, process)(password) }),
      tls: tls === 'off' ? 'off' : ca === undefined ? {} : { ca: await readFile(ca, 'utf8') },
    },
  };
}

async function placeOf(
  target: CheckpointTarget,
  index: number,
  installation: Installation,
  process: ProcessSettings,
): Promise<CheckpointPlace> {
  const secrets = secretsOf(installation, process);
  switch (target.kind) {
    case 'file':
      return filePlace(target.path);
    case 'image': {
      const registries = await registriesOf(installation, credentialsOf(installation, secrets, process));
      return createCheckpointArtifact(registries.open, target.repository);
    }
    case 'git':
      return createCheckpointBranch({
        ...target,
        directory: join(installation.data, 'checkpoints', String(index)),
        environment: process.variables,
      });
    case 'webhook': {
      const { secret } = target;
      return webhookPlace(target.url, async () => (secret === undefined ? undefined : secrets(secret)));
    }
  }
}
