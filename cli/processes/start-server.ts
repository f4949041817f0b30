import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import type { SecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import { createServer } from '../../server/create-server.ts';
import { listen } from '../../server/listen.ts';
import type { ServerLog, ServerParts } from '../../server/ports.ts';
import type { TemporalAddress } from '../../temporal/connection.ts';
import { type ProcessSettings, secretsOf } from '../../worker/connect-adapters.ts';
import { connectInbox } from '../../worker/connect-ledger.ts';
import { connectActing } from './connect-acting.ts';
import { keptToken, writeConnection } from './connection-file.ts';
import { DrainThread } from './drain-thread.ts';
import { type LogPlace, openLog } from './logs.ts';
import { OverdueWatch } from './overdue-watch.ts';
import { openDoor } from './sign-in.ts';
import { wakingInbox } from './waking-inbox.ts';
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
  readonly logTo: LogPlace;
  /** Instead of the installation's. */
  readonly port?: number;
}

/** Connects what the API needs and opens it. Throws CertificateUnreadable, TemporalUnavailable, LedgerUnavailable, SecretMissing, PortTaken. */
export async function startServer(start: ServerStart): Promise<RunningServer> {
  const { installation } = start;
  const log = openLog(start.logTo);
  const token = await keptToken(installation.data);
  const secrets = secretsOf(installation, start.process);
  const signed = await signers(installation, secrets, log);
  const { parts: acting, ledger } = await connectActing({ ...start, secrets, log });
  const closing = (error: unknown): never => {
    ledger.close();
    throw error;
  };
  const door = await openDoor(installation, { secrets, local: token, store: ledger.people, log }).catch(closing);
  const kept = await connectInbox(installation, start.process).catch(closing);
  const thread = new DrainThread(start, log);
  const watch = new OverdueWatch({ inbox: kept, log, now: Date.now });
  const inbox = wakingInbox(kept, () => thread.wake());
  const server = await createServer({ ...acting, ...door, ...signed, inbox });
  // The connection to Temporal ends with the process: the client repeats unanswered calls in the background,
  // and one that finds its channel closed would bring the process down (grpc-js, "Channel has been shut down").
  const close = async (): Promise<void> => {
    await server.close();
    await thread.stop();
    watch.stop();
    kept.close();
    ledger.close();
  };
  try {
    const url = await listen(server, { host: installation.server.address, port: start.port ?? installation.server.port });
    // A server that cannot open its port takes nothing on either: what it began each time it was started would count as having ended it.
    if (expectsDeliveries(installation) || (await hasWaiting(kept))) thread.start();
    watch.start();
    return { url, connectionFile: await writeConnection(installation.data, url, token), stop: close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Signers = Pick<ServerParts, 'webhooks' | 'checks' | 'senders'>;

async function signers(installation: Installation, secrets: SecretResolver, log: ServerLog): Promise<Signers> {
  return {
    webhooks: await signWebhooks(installation, secrets),
    checks: await signChecks(installation, secrets),
    senders: await knowSenders(installation, secrets, log),
  };
}

/** Where nobody sends anything no thread is started for it before something comes all the same. */
function expectsDeliveries({ github, webhooks }: Installation): boolean {
  return github !== undefined || webhooks.length > 0;
}

async function hasWaiting(inbox: InboxStore): Promise<boolean> {
  return (await inbox.list({ state: 'waiting', limit: 1 })).deliveries.length > 0;
}
