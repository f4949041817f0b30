import { PipelineInvalid } from '../../config/errors.ts';
import type { HostDossier } from '../../domain/dossier.ts';
import type { OriginEvidence } from '../../domain/origin.ts';
import { Secret } from '../../domain/secret.ts';
import { createServer } from '../../server/create-server.ts';
import { firstOf } from '../../server/credentials.ts';
import { createSenderAuthenticator, type SenderKey } from '../../server/inbox/senders.ts';
import { listen } from '../../server/listen.ts';
import type { Authenticator, ImageResolver, Inbox, SignInOffer, Sources } from '../../server/ports.ts';
import { createTokenDesk } from '../../server/token-desk.ts';
import { createAuthenticator } from '../../server/tokens.ts';
import { type CheckKey, createCheckAuthenticator, createWebhookAuthenticator, type WebhookKey } from '../../server/webhooks.ts';
import { FakeAudit } from './fake-audit.ts';
import { FakeDecisions } from './fake-decisions.ts';
import { FakeInbox } from './fake-inbox.ts';
import { FakePeopleStore } from './fake-people-store.ts';
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
  readonly people: FakePeopleStore;
  readonly audit: FakeAudit;
  readonly inbox: FakeInbox;
  /** What tokens are measured by, in milliseconds since the epoch. */
  readonly clock: { now: number };
  readonly logged: { readonly facts: object; readonly message: string }[];
  stop(): Promise<void>;
}

const images: ImageResolver = {
  resolve: async (repository, tag) => {
    if (tag === 'down') throw new Error(`connect ECONNREFUSED ${repository.split('/')[0]}`);
    return tag === '1.0' ? digestOf('a') : undefined;
  },
  has: async (image) => image.digest === digestOf('a'),
  origin: async ({ application }) => origins.get(application) ?? { signed: [], own: [] },
};
/** What is known of the images of an application. */
export const origins = new Map<string, OriginEvidence>();

const sources: Sources = {
  resolve: async (_application, reference) => {
    if (reference === 'unreachable') throw new Error('git fetch took longer than 20 s');
    if (reference === 'faulty') return FAULTY_COMMIT;
    return reference === 'main' || reference === COMMIT ? COMMIT : undefined;
  },
  leadsTo: async (_application, commit) => commit === COMMIT,
  pipeline: async (application, commit) => {
    if (commit === FAULTY_COMMIT) throw new PipelineInvalid([FAULT]);
    return application === 'shop' ? SHOP : KIOSK;
  },
};

const FAULTY_COMMIT = 'bad0000000000000000000000000000000000000';
const FAULT = { file: 'pipeline.yaml', line: 3, column: 5, path: 'stages', message: 'is missing', excerpt: '' };

/** People whom the installation lists. */
const KNOWN = ['ana', 'mira', 'grafana'];

function holder(name: string, token: string) {
  return {
    person: { name, groups: [], roles: [{ role: 'owner' as const }] },
    authentication: 'token of the tests',
    token: new Secret(token),
  };
}

export interface ApiOptions {
  readonly applications?: 'one' | 'two';
  /** Asked first, before the tokens of the tests. */
  readonly people?: Authenticator;
  readonly signIn?: SignInOffer;
  readonly webhooks?: readonly WebhookKey[];
  readonly checks?: readonly CheckKey[];
  readonly senders?: readonly SenderKey[];
  /** Where deliveries are written down, instead of memory. */
  readonly inbox?: Inbox;
}

export async function startApi(options: ApiOptions = {}): Promise<ApiUnderTest> {
  const engine = new FakeReleaseEngine();
  const retention = new FakeRetentionDesk();
  const register = new FakeRegister();
  const decisions = new FakeDecisions();
  const audit = new FakeAudit();
  const inbox = new FakeInbox();
  const dossiers = new Map<string, HostDossier>();
  const people = new FakePeopleStore();
  const clock = { now: Date.now() };
  const logged: { facts: object; message: string }[] = [];
  const keep = (facts: object, message: string) => void logged.push({ facts, message });
  const log = { info: keep, error: keep };
  const known = { listed: KNOWN.map((name) => ({ name })), directory: { groups: [], roles: [] } };
  const tokens = createTokenDesk({
    installation: 'tests',
    store: people,
    people: known,
    longestMs: 90 * 86_400_000,
    log,
    now: () => clock.now,
  });
  const server = await createServer({
    engine,
    retention,
    register,
    decisions,
    audit,
    dossiers: { read: async (id) => dossiers.get(id) },
    images,
    sources,
    applications: options.applications === 'one' ? ['shop'] : ['shop', 'kiosk'],
    environments: ['staging', 'production'],
    webhooks: createWebhookAuthenticator(options.webhooks ?? []),
    checks: createCheckAuthenticator(options.checks ?? []),
    senders: createSenderAuthenticator(options.senders ?? []),
    inbox: options.inbox ?? inbox,
    people: firstOf([
      ...(options.people === undefined ? [] : [options.people]),
      createAuthenticator(Object.entries(TOKENS).map(([name, token]) => holder(name, token))),
      tokens.authenticate,
    ]),
    tokens,
    ...(options.signIn !== undefined && { signIn: options.signIn }),
    version: '0.1.0-test',
    log,
  });
  const url = await listen(server, { port: 0 });
  return { url, engine, retention, register, decisions, audit, inbox, dossiers, people, clock, logged, stop: () => server.close() };
}
