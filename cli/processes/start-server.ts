import { UnknownCommit, UnknownPath } from '../../activities/images/errors.ts';
import type { SourceArchive } from '../../activities/images.ts';
import { createOciRegistry } from '../../adapters/registry/oci-registry.ts';
import type { Installation } from '../../config/installation.ts';
import { createServer } from '../../server/create-server.ts';
import { listen } from '../../server/listen.ts';
import type { ServerLog, ServerParts, Sources } from '../../server/ports.ts';
import { UnfitRequest } from '../../server/problems.ts';
import { connectTemporal, type TemporalAddress } from '../../temporal/connection.ts';
import { createRetentionDesk } from '../../temporal/retention-desk.ts';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { createTemporalEngine } from '../../temporal/temporal-engine.ts';
import { connectDossiers, type ProcessSettings, secretsOf } from '../../worker/connect-adapters.ts';
import { connectInbox, connectLedger } from '../../worker/connect-ledger.ts';
import { credentialsOf, registriesOf } from '../../worker/connect-registries.ts';
import { connectSources } from '../../worker/connect-sources.ts';
import { readPipeline } from '../../worker/installation-reader.ts';
import { keptToken, writeConnection } from './connection-file.ts';
import { openDoor } from './sign-in.ts';
import { drainInbox, wakingInbox } from './start-drain.ts';
import { knowSenders, signChecks, signWebhooks } from './webhook-secrets.ts';

export interface RunningServer {
  readonly url: string;
  /** Where the commands of this installation find the server. */
  readonly connectionFile: string;
  /** Answers what has been asked, then ends. */
  stop(): Promise<void>;
}

export interface ServerStart {
  readonly installation: Installation;
  readonly temporal: TemporalAddress;
  readonly process: ProcessSettings;
  readonly version: string;
  readonly log: ServerLog;
  /** Instead of the installation's. */
  readonly port?: number;
}

/** Connects what the API needs and opens it. Throws CertificateUnreadable, TemporalUnavailable, LedgerUnavailable, SecretMissing, PortTaken. */
export async function startServer(start: ServerStart): Promise<RunningServer> {
  const { installation, temporal } = start;
  const secrets = secretsOf(installation, start.process);
  const token = await keptToken(installation.data);
  const webhooks = await signWebhooks(installation, secrets);
  const checks = await signChecks(installation, secrets);
  const senders = await knowSenders(installation, secrets, start.log);
  const registries = await registriesOf(installation, credentialsOf(installation, secrets, start.process));
  const client = await connectTemporal(temporal);
  // A release can be made before any worker has been there.
  await ensureSearchAttributes(client);
  const ledger = await connectLedger(installation, start.process, (line) => start.log.error({}, line));
  const closing = (error: unknown): never => {
    ledger.close();
    throw error;
  };
  const door = await openDoor(installation, { secrets, local: token, store: ledger.people, log: start.log }).catch(closing);
  const kept = await connectInbox(installation, start.process).catch(closing);
  const inbox = wakingInbox(kept);
  const parts: ServerParts = {
    engine: createTemporalEngine(client, temporal.address),
    retention: createRetentionDesk(client, temporal.address),
    register: ledger,
    decisions: ledger.decisions,
    audit: ledger.audit,
    dossiers: connectDossiers(installation),
    images: createOciRegistry(registries.open),
    sources: sourcesOf(installation, connectSources(installation, secrets, start.process)),
    applications: installation.applications.map((application) => application.name),
    environments: installation.environments.map((environment) => environment.name),
    ...door,
    webhooks,
    checks,
    senders,
    inbox,
    version: start.version,
    log: start.log,
  };
  const server = await createServer(parts);
  // The connection to Temporal ends with the process: the client repeats unanswered calls in the background,
  // and one that finds its channel closed would bring the process down (grpc-js, "Channel has been shut down").
  let drain: Awaited<ReturnType<typeof drainInbox>> | undefined;
  const close = async (): Promise<void> => {
    await server.close();
    await drain?.stop();
    kept.close();
    ledger.close();
  };
  try {
    const url = await listen(server, { host: installation.server.address, port: start.port ?? installation.server.port });
    // A server that cannot open its port takes nothing on either: what it began each time it was started would count as having ended it.
    drain = await drainInbox({ installation, secrets, inbox, parts });
    return { url, connectionFile: await writeConnection(installation.data, url, token), stop: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function sourcesOf(installation: Installation, archive: SourceArchive): Sources {
  return {
    resolve: (application, reference, options) => archive.resolve(application, reference, options).catch(undefinedWhereUnknown),
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
