import { PipelineInvalid } from '../../config/errors.ts';
import type { HostDossier } from '../../domain/dossier.ts';
import { Secret } from '../../domain/secret.ts';
import { createServer } from '../../server/create-server.ts';
import { listen } from '../../server/listen.ts';
import type { Authenticator, ImageResolver, Sources } from '../../server/ports.ts';
import { createAuthenticator } from '../../server/tokens.ts';
import { FakeDecisions } from './fake-decisions.ts';
import { createWebhookAuthenticator, type WebhookKey } from '../../server/webhooks.ts';
import { FakeRegister } from './fake-register.ts';
import { FakeReleaseEngine } from './fake-release-engine.ts';
import { FakeRetentionDesk } from './fake-retention-desk.ts';
import { COMMIT, digestOf, KIOSK, SHOP } from './shop.ts';

export const TOKENS = { ana: 'tdg_ana-token-of-the-tests', mira: 'tdg_mira-token-of-the-tests' } as const;

/** A server on a free loopback port, with fakes behind its ports. */
export interface ApiUnderTest {
  readonly url: string;
  readonly engine: FakeReleaseEngine;
  readonly retention: FakeRetentionDesk;
  readonly register: FakeRegister;
  readonly decisions: FakeDecisions;
  /** By id. */
  readonly dossiers: Map<string, HostDossier>;
  readonly logged: { readonly facts: object; readonly message: string }[];
  stop(): Promise<void>;
}

const images: ImageResolver = {
  resolve: async (repository, tag) => {
    if (tag === 'down') throw new Error(`connect ECONNREFUSED ${repository.split('/')[0]}`);
    return tag === '1.0' ? digestOf('a') : undefined;
  },
  has: async (image) => image.digest === digestOf('a'),
};

const sources: Sources = {
  resolve: async (_application, reference) => {
    if (reference === 'unreachable') throw new Error('git fetch took longer than 20 s');
    if (reference === 'faulty') return FAULTY_COMMIT;
    return reference === 'main' || reference === COMMIT ? COMMIT : undefined;
  },
  pipeline: async (application, commit) => {
    if (commit === FAULTY_COMMIT) throw new PipelineInvalid([FAULT]);
    return application === 'shop' ? SHOP : KIOSK;
  },
};

const FAULTY_COMMIT = 'bad0000000000000000000000000000000000000';
const FAULT = { file: 'pipeline.yaml', line: 3, column: 5, path: 'stages', message: 'is missing', excerpt: '' };

function holder(name: string, token: string) {
  return {
    person: { name, groups: [], roles: [{ role: 'owner' as const }] },
    authentication: 'token of the tests',
    token: new Secret(token),
  };
}

export async function startApi(
  options: { readonly applications?: 'one' | 'two'; readonly people?: Authenticator; readonly webhooks?: readonly WebhookKey[] } = {},
): Promise<ApiUnderTest> {
  const engine = new FakeReleaseEngine();
  const retention = new FakeRetentionDesk();
  const register = new FakeRegister();
  const decisions = new FakeDecisions();
  const dossiers = new Map<string, HostDossier>();
  const logged: { facts: object; message: string }[] = [];
  const keep = (facts: object, message: string) => void logged.push({ facts, message });
  const server = await createServer({
    engine,
    retention,
    register,
    decisions,
    dossiers: { read: async (id) => dossiers.get(id) },
    images,
    sources,
    applications: options.applications === 'one' ? ['shop'] : ['shop', 'kiosk'],
    environments: ['staging', 'production'],
    people: options.people ?? createAuthenticator(Object.entries(TOKENS).map(([name, token]) => holder(name, token))),
    webhooks: createWebhookAuthenticator(options.webhooks ?? []),
    version: '0.1.0-test',
    log: { info: keep, error: keep },
  });
  const url = await listen(server, { port: 0 });
  return { url, engine, retention, register, decisions, dossiers, logged, stop: () => server.close() };
}
