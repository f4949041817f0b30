import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createAsk } from '../../adapters/github/ask.ts';
import { createGitHubClient } from '../../adapters/github/client.ts';
import { createGitHubReads } from '../../adapters/github/github-reads.ts';
import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import { openInbox } from '../../adapters/ledger/inbox/open-inbox.ts';
import { sha256 } from '../../config/hash.ts';
import { Secret } from '../../domain/secret.ts';
import type { LocalGitHub } from '../../lab/github/local-github.ts';
import { startLocalGitHub } from '../../lab/github/server.ts';
import { pushPayload } from '../../lab/github/webhooks.ts';
import { createServer } from '../../server/create-server.ts';
import { githubDeliveries } from '../../server/github/github-deliveries.ts';
import { Drain } from '../../server/inbox/drain.ts';
import { createSenderAuthenticator } from '../../server/inbox/senders.ts';
import { listen } from '../../server/listen.ts';
import type { ServerParts } from '../../server/ports.ts';
import { NotFound } from '../../temporal/errors.ts';
import { FakeRegister } from '../support/fake-register.ts';
import { until } from '../support/temporal.ts';
import { type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';

const SECRET = 'the-secret-of-the-hook-of-the-repository';
const REPOSITORY = { owner: 'acme', repo: 'shop' };
const COMMIT = 'a'.repeat(40);
const RITA = { id: 7, login: 'rita-codes' };
const SAM = { id: 8, login: 'sam-codes' };

let folder: string;
let lab: WorkflowLab;
let shop: Shop;
let github: LocalGitHub;
let inbox: InboxStore;
let drain: Drain;
let server: FastifyInstance;
let register: FakeRegister;
/** As if the server had been killed before it kept what it would answer. */
let forgets: 'never' | 'once';

/** A release's record is known to the workflows' world as soon as it has a number. */
class SharedRegister extends FakeRegister {
  override async register(request: Parameters<FakeRegister['register']>[0]) {
    const registered = await super.register(request);
    shop.world.add(registered.record);
    return registered;
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-people-'));
  lab = await WorkflowLab.start('dev');
  shop = lab.application();
  shop.world.hash = sha256;
  const form = { type: 'object', required: ['ticket'], properties: { ticket: { type: 'string', pattern: '^CHG-' } } };
  const approval = { approvers: ['rita', 'sam'], count: 1, excludeInitiator: true, deadlineMs: 3_600_000, form };
  const policyRevision = `sha256:${'5'.repeat(64)}`;
  shop.world.policies = { ...shop.world.policies, production: { ...shop.world.policy('production'), approval, policyRevision } };
  const token = new Secret('ghp_token-of-the-tests');
  github = await startLocalGitHub({ token });
  inbox = await openInbox({ file: join(folder, 'inbox.db'), deadlineMs: 60_000 });
  forgets = 'never';
  register = new SharedRegister();
  const parts = serverParts();
  server = await createServer(parts);
  const url = await listen(server, { port: 0 });
  github.addHook(REPOSITORY, { url: `${url}/webhooks/github`, secret: SECRET, events: ['push', 'issue_comment'] });
  const credentials = { kind: 'token', token } as const;
  const read = githubDeliveries({
    server: parts,
    github: createGitHubReads(
      createAsk(await createGitHubClient({ apiUrl: github.url, credentials, clock: Date.now, deadlineMs: 60_000 })),
    ),
    inbox: { handled: (subject) => inbox.handled(subject), head: (place) => inbox.head(place), setHead },
    applications: [{ name: shop.name, repository: 'acme/shop', triggers: [{ on: 'push', branches: ['main'] }] }],
    people: new Map([
      [RITA.id, 'rita'],
      [SAM.id, 'sam'],
    ]),
    directory: { groups: [], roles: [] },
    asksWhoStarted: ['production'],
  });
  drain = new Drain({ inbox, read, log: parts.log, idleMs: 50 });
  drain.start();
});
afterAll(async () => {
  await server.close();
  await drain.stop();
  inbox.close();
  await github.stop();
  await lab.stop();
  rmSync(folder, { recursive: true });
});

async function setHead(place: string, head: string): Promise<void> {
  if (forgets === 'once' && head.startsWith('+')) {
    forgets = 'never';
    throw new Error('killed before the answer was kept');
  }
  await inbox.setHead(place, head);
}

function serverParts(): ServerParts {
  const secrets = [new Secret(SECRET)];
  return {
    engine: lab.engine,
    register,
    applications: [shop.name],
    environments: ['staging', 'production'],
    sources: { resolve: async (_name: string, ref: string) => ref, pipeline: async () => shop.world.pipeline },
    images: { resolve: async () => undefined, has: async () => true, origin: async () => ({ signed: [], own: [] }) },
    senders: createSenderAuthenticator([{ source: 'github', header: 'x-hub-signature-256', secrets }]),
    inbox,
    people: async () => undefined,
    version: '0.0.0',
    log: { info: () => undefined, error: () => undefined },
  } as unknown as ServerParts;
}

/** What Tidegate wrote below the issue, once there are so many. */
async function replies(count: number): Promise<readonly string[]> {
  const all = await until(
    async () => github.comments(REPOSITORY).filter(({ author }) => author.login === 'tidegate'),
    (found) => found.length >= count,
  );
  return all.map(({ body }) => body);
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof NotFound)) throw error;
}

const say = (body: string, who = RITA) => github.comment(REPOSITORY, 5, body, who);

describe('people on GitHub, with a real GitHub of our own, signed webhooks, a durable inbox and Temporal', () => {
  it('are who GitHub says that they are, and approve what they saw, once, with what the form asks for', async () => {
    await github.push(REPOSITORY, { ref: 'heads/main', sha: COMMIT, by: SAM, isTold: false });
    // Whoever knows the secret says that rita did.
    await github.tell(REPOSITORY, 'push', pushPayload(REPOSITORY, { ref: 'heads/main', before: '0'.repeat(40), after: COMMIT, by: RITA }));
    // It has its number before its workflow is there.
    await until(
      () => shop.status(1).catch(unlessMissing),
      (status) => status !== undefined,
    );
    expect(register.records[0]?.record).toMatchObject({ commit: COMMIT, initiator: 'sam' });
    await shop.reached(1, 'production', 'waiting');

    await say('/explain 1 production');
    const [explained = ''] = await replies(1);
    const [, command = ''] = /`(\/approve [^`]+)`, with a line/.exec(explained) ?? [];
    expect([command, explained]).toEqual([
      expect.stringMatching(new RegExp(`^/approve ${shop.name}#1 production [0-9a-f]{12}\\.5{12}$`)),
      expect.stringContaining('ticket (required, string)'),
    ]);

    await say(command);
    await say(`${command}\nticket: 7`);
    await say(`${command.replace(/5+$/, '666666666666')}\nticket: CHG-7`);
    await say(`${command}\nticket: CHG-7`, SAM);
    const refused = await replies(5);
    expect(refused.slice(1).sort()).toEqual([
      expect.stringContaining('@rita-codes An approval of production has to tell ticket'),
      expect.stringContaining('@rita-codes It does not fill in the form of stage production: ticket must match pattern'),
      expect.stringContaining('@rita-codes The rules of production are others now'),
      expect.stringContaining('@sam-codes sam started release 1'),
    ]);
    expect(shop.world.ledger.filter(({ action }) => action === 'vote')).toEqual([]);

    forgets = 'once';
    const id = await say(`${command} looks good\nticket: CHG-7`);
    expect((await replies(6))[5]).toContain('@rita-codes Approved production of');
    const status = await shop.ended(1);
    expect(stageOf(status, 'production')?.kind).toBe('passed');
    expect(forgets).toBe('never');
    expect(shop.world.ledger.filter(({ action }) => action === 'vote')).toMatchObject([
      { actor: 'rita', reason: 'approve: looks good; {"ticket":"CHG-7"}', authentication: `GitHub account 7 (rita-codes), comment ${id}` },
    ]);
    const reactions = github.records('reaction', 'acme', 'shop').filter(({ comment }) => comment === id);
    expect(reactions).toMatchObject([{ content: '+1' }]);
    expect(github.comments(REPOSITORY).filter(({ body }) => body.includes(`<!-- tidegate comment ${id} -->`))).toHaveLength(1);
  });
});
