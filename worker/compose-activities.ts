import type { Client } from '@temporalio/client';
import { createAlarmActivities } from '../activities/alarms.ts';
import { createCheckActivities } from '../activities/checks.ts';
import { createEnvironmentActivities } from '../activities/environments.ts';
import { createGateActivities } from '../activities/gates.ts';
import { createGitHubActivities } from '../activities/github.ts';
import { createGuardActivities } from '../activities/guards.ts';
import { systemClock } from '../activities/hosts/clock.ts';
import { createHostActivities } from '../activities/hosts/host-activities.ts';
import { createImageActivities } from '../activities/images.ts';
import { createInstallationActivities } from '../activities/installation.ts';
import { createLedgerActivities } from '../activities/ledger.ts';
import { createNoticeActivities } from '../activities/notices.ts';
import { createRegistryActivities } from '../activities/registry/registry-activities.ts';
import { createRetentionActivities } from '../activities/retention.ts';
import { createStandingActivities } from '../activities/standing.ts';
import { createTestActivities } from '../activities/tests.ts';
import { createUpkeepActivities } from '../activities/upkeep.ts';
import { beating } from '../activities/with-heartbeat.ts';
import { createHttpProbe } from '../adapters/alarms/http-probe.ts';
import { createDockerImageBuilder } from '../adapters/docker/docker-image-builder.ts';
import { createDockerTestRunner } from '../adapters/docker/docker-test-runner.ts';
import { ReleaseDiffers } from '../adapters/ledger/errors.ts';
import type { Words } from '../adapters/ledger/words/open-words.ts';
import type { WorkerLedger } from '../adapters/ledger/worker-ledger.ts';
import { createImageCopier } from '../adapters/registry/copy/image-copier.ts';
import { createEvidenceSource } from '../adapters/registry/evidence.ts';
import { createImageIndexes } from '../adapters/registry/image-index.ts';
import { createImageLabels } from '../adapters/registry/image-labels.ts';
import { createImageSource } from '../adapters/registry/image-source.ts';
import { createImageTags } from '../adapters/registry/image-tags.ts';
import { createOciRegistry } from '../adapters/registry/oci-registry.ts';
import { allowancesOf } from '../config/environment-policy.ts';
import { sha256 } from '../config/hash.ts';
import type { Installation } from '../config/installation.ts';
import { createEnvironmentDesk } from '../temporal/environment-desk.ts';
import { runningReleases } from '../temporal/running-releases.ts';
import { createTemporalEngine } from '../temporal/temporal-engine.ts';
import { buildPlaces } from './build-places.ts';
import { retentionParts } from './compose-retention.ts';
import {
  buildSecretsOf,
  connectChecks,
  connectDossiers,
  connectNotifier,
  connectSecretVersions,
  type ProcessSettings,
  secretsOf,
} from './connect-adapters.ts';
import { connectGates } from './connect-gates.ts';
import { connectGitHub, connectGuardedRuns } from './connect-github.ts';
import { connectGuards } from './connect-guards.ts';
import { connectHosts, connectionOf, hostsOf, sourceFor } from './connect-hosts.ts';
import { credentialsOf, registriesOf } from './connect-registries.ts';
import { connectSources, sourceLabels } from './connect-sources.ts';
import { createInstallationReader } from './installation-reader.ts';

export interface TemporalClient {
  readonly client: Client;
  /** For messages. */
  readonly address: string;
}

/** The clients of everything outside, behind the activities: the one place where configuration becomes connections. */
export async function composeActivities(
  installation: Installation,
  temporal: TemporalClient,
  { ledger, words }: { readonly ledger: WorkerLedger; readonly words: Words },
  process: ProcessSettings,
) {
  const secrets = secretsOf(installation, process);
  const resolveValue = async (text: string): Promise<string> => (await secrets(text)).reveal();
  const credentials = credentialsOf(installation, secrets, process);
  const { open } = await registriesOf(installation, credentials);
  const registry = createOciRegistry(open);
  const images = createImageSource(open);
  const source = connectSources(installation, secrets, process);
  const connections = await connectHosts({ installation, settings: process.docker });
  const hosts = hostsOf({ installation, credentials, images, resolveValue, settings: process.docker }, connections);
  const build = buildPlaces(installation, connections);
  const tests = {
    host: installation.tests.host,
    ...connectionOf(connections, installation.tests.host),
    source: sourceFor(installation.tests.host, installation, images),
  };
  const reader = createInstallationReader(installation, source);
  const engine = createTemporalEngine(temporal.client, temporal.address);
  const gates = connectGates(installation, { engine, decisions: ledger.decisions, source, evidence: createEvidenceSource(open) });
  const guarded = { places: connectGuards({ ledger, engine, reader, gates, now: Date.now }), now: Date.now };
  return {
    ...beating(createInstallationActivities(reader, sha256)),
    ...createUpkeepActivities({ running: () => runningReleases(temporal.client, engine), environment: reader.environment }),
    ...beating(createLedgerActivities(ledger)),
    ...beating(createStandingActivities(ledger.decisions)),
    ...beating(createGateActivities(gates)),
    ...beating(createGuardActivities({ ...guarded, runs: await connectGuardedRuns(installation, secrets) })),
    ...createGitHubActivities(await connectGitHub(installation, secrets, words)),
    ...beating(createCheckActivities(connectChecks(installation, secrets))),
    ...beating(createNoticeActivities(await connectNotifier(installation, secrets))),
    ...createAlarmActivities({ probe: createHttpProbe(), clock: systemClock }),
    ...beating(
      createEnvironmentActivities(
        createEnvironmentDesk(temporal.client, (application, number) => ledger.release(application, number).catch(undefinedWhereChanged)),
      ),
    ),
    ...createImageActivities({
      builder: createDockerImageBuilder({
        ...build,
        source,
        registry,
        indexes: createImageIndexes(open),
        credentials,
        secrets: buildSecretsOf(installation, secrets),
        labels: sourceLabels(installation),
      }),
      labels: createImageLabels(open),
    }),
    ...createRegistryActivities({ registry, copier: createImageCopier(open), tags: createImageTags(open) }),
    ...createRetentionActivities(await retentionParts({ installation, ...temporal, credentials, ledger })),
    ...createTestActivities({ runner: createDockerTestRunner({ ...tests, registry, credentials, resolveValue }) }),
    ...createHostActivities({
      hosts,
      dossiers: connectDossiers(installation),
      installation: installation.name,
      allows: (name) => allowancesOf(installation, name),
      secretVersions: connectSecretVersions(installation, secrets),
      hash: sha256,
    }),
  };
}

/** A release that somebody changed in the database goes nowhere, so that nobody needs to wake it; a way back must not fail for it. */
function undefinedWhereChanged(error: unknown): undefined {
  if (error instanceof ReleaseDiffers) return undefined;
  throw error;
}
