import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { judgeRelease } from '../../activities/trust/judge-release.ts';
import type { Manifest, RepositoryClient } from '../../adapters/registry/contents.ts';
import { createEvidenceSource } from '../../adapters/registry/evidence.ts';
import { parseRepository } from '../../adapters/registry/reference.ts';
import { connectRegistries, type Registries } from '../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../adapters/registry/settings.ts';
import { createVerifier } from '../../adapters/signatures/verify-signature.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import { releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';
import { standingChanged } from '../../workflows/messages.ts';
import { attach, pushSmallImage } from '../support/attached.ts';
import { policyOf, quorum, Signer, statement } from '../support/signed.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE } from '../support/world/example.ts';

const ci = new Signer('ci');
const { signal } = new AbortController();

let lab: WorkflowLab;
let shop: Shop;
let directory: string;
let registry: LabRegistry;
let registries: Registries;
let client: RepositoryClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidegate-trust-'));
  [registry, lab] = await Promise.all([startRegistry({ directory, address: '127.0.0.1' }), WorkflowLab.start('dev')]);
  registries = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([registry.address]) });
  client = registries.open(parseRepository(repository()));
});
afterAll(async () => {
  await lab.stop();
  await registries.close();
  await registry.stop();
  await rm(directory, { recursive: true });
});

/** Production asks for a signature of ci, and for nobody's approval. */
beforeEach(() => {
  shop = lab.application(PRODUCTION_ALONE);
  demand('r1');
  judgeBy('r1');
});

const repository = () => `${registry.address}/shop/web`;

function demand(revision: string, unread: readonly string[] = []): void {
  const { approval: _, ...policy } = shop.world.policy('production');
  const demanded: EnvironmentPolicy = { ...policy, protection: { trust: 'signed' }, trust: { signed: revision }, policyRevision: revision };
  const production = { ...demanded, ...(unread.length > 0 && { unreadTrust: unread }) };
  shop.world.policies = { ...shop.world.policies, production };
}

/** The policy asks for keys that these signers have. */
function judgeBy(revision: string, signer = ci, unmeetable?: string): void {
  const parts = { evidence: createEvidenceSource(registries.open), verify: createVerifier(), addresses: async () => [], now: Date.now };
  const policy = async () => policyOf([signer], { revision, ...(unmeetable !== undefined && { unmeetable }) });
  shop.world.trusts = (name, subjects) => judgeRelease({ ...parts, policy }, { policy: name, subjects, signal });
}

function start(number: number, { digest }: Manifest): Promise<void> {
  return shop.start(number, { images: { web: { repository: repository(), digest } } });
}

async function released(number: number): Promise<void> {
  const image = await pushSmallImage(client);
  await attach(client, image, ci.bundle(image.digest));
  await start(number, image);
  expect((await shop.ended(number)).state).toBe('promoted');
}

/** The environment after the rollback that was asked for last. */
const afterRollback = () =>
  until(
    () => shop.environment(),
    ({ running, last }) => running === null && last?.kind === 'rollback',
  );

describe('an environment that asks for signed images', () => {
  it('takes a release when its signature is there, and until then says what is missing and touches nothing', async () => {
    const image = await pushSmallImage(client);
    await start(1, image);
    const status = await shop.reached(1, 'production', 'waiting');
    const state = stageOf(status, 'production');
    const reason = `By signed: web lacks 1 of 1 signature by ci. Attach it to ${repository()}@${image.digest}`;
    const gate = {
      kind: 'trust',
      id: 'environment/trust/signed',
      name: 'signed',
      open: false,
      reason,
      openedBy: ['evidence that meets signed'],
    };
    expect(state?.kind === 'waiting' && state.gates).toEqual([gate]);
    expect(await lab.engine.explainGates(shop.name, 1)).toMatchObject({ gates: [{ stage: 'production', gates: [gate] }] });
    expect(shop.world.askedOfHosts()).toEqual([]);
    await attach(client, image, ci.bundle(image.digest));
    // It looks again by itself within minutes, or when it is told that anything has changed.
    await lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 1)).signal(standingChanged);
    expect((await shop.ended(1)).state).toBe('promoted');
    expect((await shop.environment()).current?.trust).toEqual({ met: { signed: 'r1' } });
    expect(shop.world.ledger.find(({ action }) => action === 'deployment-started')?.reason).toBe('promotion; trusted by signed (r1)');
    expect(await lab.engine.explainGates(shop.name, 1)).toMatchObject({ gates: [{ gates: [{ open: true }] }] });
  });

  it('judges a release again when its turn comes, and sends it back to its gates where its signature counts no more', async () => {
    const turn = barrier();
    shop.world.held.set('readStanding production', turn.closed);
    const image = await pushSmallImage(client);
    await attach(client, image, ci.bundle(image.digest));
    await start(1, image);
    await until(
      async () => shop.world.asked,
      (asked) => asked.includes('readStanding production'),
    );
    // The key's time is over, by the very same rules.
    const parts = { evidence: createEvidenceSource(registries.open), verify: createVerifier(), addresses: async () => [], now: Date.now };
    const keys = [{ ...ci.key, until: '2026-01-01T00:00:00.000Z' }];
    const over = async () => policyOf([ci], { revision: 'r1', keys });
    shop.world.trusts = (name, subjects) => judgeRelease({ ...parts, policy: over }, { policy: name, subjects, signal });
    turn.open();
    const state = stageOf(await shop.reached(1, 'production', 'waiting'), 'production');
    expect(state?.kind === 'waiting' && state.gates).toMatchObject([{ kind: 'trust', open: false }]);
    expect(await shop.environment()).toMatchObject({ current: null, running: null, queue: [] });
    expect(shop.world.askedOfHosts()).toEqual([]);
    expect(shop.world.ledger.map(({ action }) => action)).not.toContain('deployment-started');
    // Signed by a key that counts, it is let in.
    judgeBy('r1');
    await lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 1)).signal(standingChanged);
    expect((await shop.ended(1)).state).toBe('promoted');
  });

  it('takes no release whose signed provenance names another commit, and holds it against no image that was kept', async () => {
    const type = 'https://slsa.dev/provenance/v1';
    const parts = { evidence: createEvidenceSource(registries.open), verify: createVerifier(), now: Date.now };
    const policy = async () => policyOf([ci], { revision: 'r1', attestations: [{ predicateType: type, ...quorum([ci]) }] });
    const addresses = async () => ['https://github.com/acme/shop'];
    shop.world.trusts = (name, subjects) => judgeRelease({ ...parts, policy, addresses }, { policy: name, subjects, signal });
    const image = await pushSmallImage(client);
    const [commit, other] = ['1'.repeat(40), '2'.repeat(40)];
    const source = { uri: 'git+https://github.com/acme/shop@refs/heads/main', digest: { gitCommit: other } };
    const predicate = { buildDefinition: { externalParameters: { configSource: source } } };
    await attach(client, image, ci.bundle(image.digest));
    await attach(client, image, ci.statement(statement(image.digest, type, { predicate })));
    const given = { images: { web: { repository: repository(), digest: image.digest } }, commit };
    await shop.start(1, given);
    const state = stageOf(await shop.reached(1, 'production', 'waiting'), 'production');
    const reason = expect.stringContaining(`built from ${other} of github.com/acme/shop, and the release is of ${commit}`);
    expect(state?.kind === 'waiting' && state.gates).toMatchObject([{ kind: 'trust', open: false, reason }]);
    expect(await lab.engine.explainGates(shop.name, 1)).toMatchObject({ gates: [{ gates: [{ kind: 'trust', open: false, reason }] }] });
    expect(shop.world.askedOfHosts()).toEqual([]);
    await shop.start(2, { ...given, kept: ['web'] });
    expect((await shop.ended(2)).state).toBe('promoted');
  });

  it('goes back to what it trusted by the same policy, whatever is the matter with the registry', async () => {
    await released(1);
    await released(2);
    const seen = shop.world.asked.length;
    await registry.stop();
    try {
      await shop.rollback();
      expect((await afterRollback()).current).toMatchObject({ release: { number: 1 }, trust: { met: { signed: 'r1' } } });
    } finally {
      await registry.restart();
    }
    expect(shop.world.asked.slice(seen).filter((line) => line.startsWith('readTrust'))).toEqual([]);
  });

  it('goes back to what it trusted while the policy’s keys cannot be read, and forward to nothing', async () => {
    await released(1);
    await released(2);
    demand('unread', ['signed']);
    judgeBy('unread', ci, 'the key ci cannot be used: it is gone');
    expect(await lab.engine.planRollback(shop.name, 'production', 1)).not.toHaveProperty('untrusted');
    await shop.rollback();
    expect((await afterRollback()).current).toMatchObject({ release: { number: 1 }, trust: { met: { signed: 'r1' } } });
    const image = await pushSmallImage(client);
    await attach(client, image, ci.bundle(image.digest));
    const hosts = shop.world.askedOfHosts();
    await start(3, image);
    const state = stageOf(await shop.reached(3, 'production', 'waiting'), 'production');
    expect(state?.kind === 'waiting' && state.gates).toMatchObject([
      { kind: 'trust', open: false, reason: expect.stringContaining('no image can meet it') },
    ]);
    expect(shop.world.askedOfHosts().filter((line) => !hosts.includes(line) && !line.startsWith('plan'))).toEqual([]);
  });

  it('goes back to what came by other rules when its images meet those of now, and not otherwise', async () => {
    await released(1);
    await released(2);
    const other = new Signer('new');
    demand('r2');
    judgeBy('r2', other);
    const preview = await lab.engine.planRollback(shop.name, 'production', 1);
    expect(preview).toMatchObject({ kind: 'planned', untrusted: expect.stringContaining('web lacks 1 of 1 signature by new') });
    const hosts = shop.world.askedOfHosts();
    await shop.rollback();
    const refused = await afterRollback();
    expect(refused.last?.outcome).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/^Release 1 may not come back: By signed: web lacks/),
    });
    expect([refused.current?.release.number, shop.world.askedOfHosts()]).toEqual([2, hosts]);
    judgeBy('r2');
    await shop.rollback();
    const back = await until(
      () => shop.environment(),
      ({ current }) => current?.release.number === 1,
    );
    expect(back.current?.trust).toEqual({ met: { signed: 'r2' } });
  });
});
