import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { GateSources } from '../../activities/gates.ts';
import type { Manifest, RepositoryClient } from '../../adapters/registry/contents.ts';
import { createEvidenceSource } from '../../adapters/registry/evidence.ts';
import { connectRegistries, type Registries } from '../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../adapters/registry/settings.ts';
import { loadInstallation } from '../../config/installation-file.ts';
import { type FaultyRegistry, startFaultyRegistry } from '../../lab/faulty-registry/server.ts';
import { connectGates } from '../../worker/connect-gates.ts';
import { SMALL_INSTALLATION } from '../config/documents.ts';
import { attach, pushSmallImage } from '../support/attached.ts';
import { Signer } from '../support/signed.ts';

const [ci, next] = [new Signer('ci'), new Signer('next', 'ed25519')] as const;
const { signal } = new AbortController();

let directory: string;
let registry: FaultyRegistry;
let registries: Registries;
let client: RepositoryClient;
let image: Manifest;
let gates: Pick<GateSources, 'trusts'>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidegate-gates-'));
  registry = await startFaultyRegistry();
  registries = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([registry.address]) });
  client = registries.open({ registry: registry.address, path: 'shop/web' });
  image = await pushSmallImage(client);
  await attach(client, image, ci.bundle(image.digest));
  await write(ci);
  const parts = { engine: {}, decisions: {}, source: {}, evidence: createEvidenceSource(registries.open) } as unknown;
  gates = connectGates(await loadInstallation(join(directory, 'tidegate.yaml')), parts as Parameters<typeof connectGates>[1]);
});
afterAll(async () => {
  await registries.close();
  await registry.close();
  await rm(directory, { recursive: true });
});

async function write({ key }: Signer): Promise<void> {
  await writeFile(join(directory, 'key.pub'), key.pem);
  const trust = 'trust: { keys: [{ name: key, file: key.pub }], policies: [{ name: signed, signatures: { keys: [key] } }] }\n';
  await writeFile(join(directory, 'tidegate.yaml'), `${SMALL_INSTALLATION}${trust}`);
}

const judged = (policy = 'signed') =>
  gates.trusts(policy, [{ component: 'web', digest: image.digest, repositories: [`${registry.address}/shop/web`] }], { signal });

it('judges images by the installation’s file and its keys as they are now, and by no policy that is not there', async () => {
  const before = await judged();
  expect(before).toMatchObject({ trusted: true, reason: 'By signed: web has signature by key' });
  await write(next);
  const after = await judged();
  expect(after).toMatchObject({ trusted: false });
  expect(after.revision).not.toBe(before.revision);
  await attach(client, image, next.bundle(image.digest));
  expect(await judged()).toMatchObject({ trusted: true, revision: after.revision });
  await expect(judged('other')).rejects.toThrow('No trust policy is named other in tidegate.yaml; there are signed');
});
