import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LabImage, nodeImage, plainImage, routerImage } from '../../lab/images.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';

let directory: string;
let registry: LabRegistry;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidegate-images-'));
  registry = await startRegistry({ directory, address: '127.0.0.1' });
});

afterAll(async () => {
  await registry.stop();
  await rm(directory, { recursive: true });
});

async function manifestOf({ reference, digest }: LabImage): Promise<Response> {
  const url = `http://${reference.replace('/', '/v2/')}/manifests/${digest}`;
  return fetch(url, { headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' }, signal: AbortSignal.timeout(60_000) });
}

describe("the lab's base images", () => {
  it('are in the registry by digest, and pushing them again changes nothing', async () => {
    const source = { registry: registry.address };
    for (const provide of [routerImage, nodeImage, plainImage]) {
      const image = await provide(source);
      expect((await manifestOf(image)).headers.get('docker-content-digest')).toBe(image.digest);
      expect(await provide(source)).toEqual(image);
    }
  });
});
