import type { Client } from '@temporalio/client';
import type { RegistryCredentials } from '../activities/images.ts';
import type { RetentionLedger, RetentionParts, RetentionSettings } from '../activities/retention/ports.ts';
import { createImageLibrary } from '../adapters/registry/library/image-library.ts';
import { sha256 } from '../config/hash.ts';
import type { Installation } from '../config/installation.ts';
import { loadInstallation } from '../config/installation-file.ts';
import { createDeployedImages } from '../temporal/deployed-images.ts';
import { createTemporalEngine } from '../temporal/temporal-engine.ts';
import { registriesOf } from './connect-registries.ts';

export interface RetentionNeeds {
  readonly installation: Installation;
  readonly client: Client;
  /** Temporal's, for messages. */
  readonly address: string;
  readonly credentials: RegistryCredentials;
  readonly ledger: RetentionLedger;
}

/** What retention works with. */
export async function retentionParts({ installation, client, address, credentials, ledger }: RetentionNeeds): Promise<RetentionParts> {
  // A mirror would show what the registry itself no longer holds.
  const registries = installation.registries.map((registry) => ({ ...registry, mirrors: [] }));
  const { open } = await registriesOf({ registries }, credentials);
  return {
    library: createImageLibrary(open),
    deployed: createDeployedImages(client, createTemporalEngine(client, address)),
    ledger,
    settings: async () => settingsOf(await loadInstallation(installation.file)),
    hash: sha256,
    now: Date.now,
  };
}

function settingsOf({ applications, environments, retention, router }: Installation): RetentionSettings {
  const places = applications.flatMap((application) =>
    environments.map((environment) => ({ application: application.name, environment: environment.name })),
  );
  return { rules: retention.rules, holds: retention.holds, router: router.image, places };
}
