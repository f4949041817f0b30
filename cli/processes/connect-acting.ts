import { UnknownCommit, UnknownPath } from '../../activities/images/errors.ts';
import type { SourceArchive } from '../../activities/images.ts';
import type { LedgerStore } from '../../adapters/ledger/ledger-store.ts';
import { createOciRegistry } from '../../adapters/registry/oci-registry.ts';
import type { SecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import type { ActingParts, ServerLog, Sources } from '../../server/ports.ts';
import { UnfitRequest } from '../../server/problems.ts';
import { connectTemporal, type TemporalAddress } from '../../temporal/connection.ts';
import { createRetentionDesk } from '../../temporal/retention-desk.ts';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { createTemporalEngine } from '../../temporal/temporal-engine.ts';
import { connectDossiers, type ProcessSettings } from '../../worker/connect-adapters.ts';
import { connectLedger } from '../../worker/connect-ledger.ts';
import { connectOrigins } from '../../worker/connect-origins.ts';
import { credentialsOf, registriesOf } from '../../worker/connect-registries.ts';
import { connectSources } from '../../worker/connect-sources.ts';
import { readPipeline } from '../../worker/installation-reader.ts';

export interface ActingStart {
  readonly installation: Installation;
  readonly temporal: TemporalAddress;
  readonly process: ProcessSettings;
  readonly secrets: SecretResolver;
  readonly version: string;
  readonly log: ServerLog;
}

export interface Acting {
  readonly parts: ActingParts;
  readonly ledger: LedgerStore;
}

/** Connects what releases are made with. Throws CertificateUnreadable, TemporalUnavailable, LedgerUnavailable, SecretMissing. */
export async function connectActing({ installation, temporal, process, secrets, version, log }: ActingStart): Promise<Acting> {
  const registries = await registriesOf(installation, credentialsOf(installation, secrets, process));
  const client = await connectTemporal(temporal);
  // A release can be made before any worker has been there.
  await ensureSearchAttributes(client);
  const ledger = await connectLedger(installation, process, (line) => log.error({}, line));
  const parts: ActingParts = {
    engine: createTemporalEngine(client, temporal.address),
    retention: createRetentionDesk(client, temporal.address),
    register: ledger,
    decisions: ledger.decisions,
    audit: ledger.audit,
    dossiers: connectDossiers(installation),
    images: { ...createOciRegistry(registries.open), origin: connectOrigins(installation, registries.open) },
    sources: sourcesOf(installation, connectSources(installation, secrets, process)),
    applications: installation.applications.map((application) => application.name),
    environments: installation.environments.map((environment) => environment.name),
    version,
    log,
  };
  return { parts, ledger };
}

function sourcesOf(installation: Installation, archive: SourceArchive): Sources {
  return {
    resolve: (application, reference, options) => archive.resolve(application, reference, options).catch(undefinedWhereUnknown),
    leadsTo: (application, commit, refs, options) => archive.leadsTo(application, commit, refs, options),
    pipeline: (application, commit, { signal }) =>
      readPipeline(installation, archive, application, commit, signal).catch(unfitWhereMissing),
  };
}

function undefinedWhereUnknown(error: unknown): undefined {
  if (error instanceof UnknownCommit) return undefined;
  throw error;
}

function unfitWhereMissing(error: unknown): never {
  if (error instanceof UnknownPath || error instanceof UnknownCommit) {
    throw new UnfitRequest('commit', error.message, 'commit the pipeline file, or name where it is in tidegate.yaml', { cause: error });
  }
  throw error;
}
