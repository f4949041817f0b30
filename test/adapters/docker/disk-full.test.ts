import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connectEngine } from '../../../adapters/docker/connect.ts';
import { createDockerHostEngine } from '../../../adapters/docker/docker-host-engine.ts';
import { parseEndpoint } from '../../../adapters/docker/endpoint.ts';
import { createImageSource } from '../../../adapters/registry/image-source.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { runCommand } from '../../../lab/command.ts';
import { startEngine } from '../../../lab/engine.ts';
import { nodeImage, plainImage } from '../../../lab/images.ts';
import { createLabNetwork } from '../../../lab/network.ts';
import { startRegistry } from '../../../lab/registry.ts';
import { UNUSED_IMAGE } from './docker-lab.ts';

/** Room for a small image, and not for one with Node in it. */
const DISK = 'size=60m';

const closers: (() => Promise<unknown>)[] = [];
let docker: string;
let registry: string;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'disk-'));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const disk = join(directory, 'engines');
  await mkdir(disk);
  await runCommand('mount', ['-t', 'tmpfs', '-o', DISK, 'tmpfs', disk]);
  closers.push(() => runCommand('umount', ['-l', disk]));
  const network = await createLabNetwork({ directory });
  closers.push(() => network.close());
  const started = await startRegistry({ directory, address: network.gateway });
  closers.push(() => started.stop());
  registry = started.address;
  const engine = await startEngine({ name: 'small', directory, network, registries: [registry] });
  closers.push(() => engine.stop({ remove: true }));
  docker = engine.docker;
}, 120_000);

afterAll(async () => {
  for (const close of closers.reverse()) await close();
}, 60_000);

it('says that a disk is full when an image does not fit on it, and still takes one that does', async () => {
  const cache = join(homedir(), '.cache', 'tidegate');
  const [large, small] = [await nodeImage({ registry, cache }), await plainImage({ registry, cache })];
  const registries = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([registry]) });
  closers.push(() => registries.close());
  const host = createDockerHostEngine({
    host: 'small',
    endpoint: docker,
    docker: connectEngine(parseEndpoint(docker)),
    credentials: async () => undefined,
    source: createImageSource(registries.open),
    toolsImage: UNUSED_IMAGE,
    resolveValue: async (text) => text,
  });
  const pull = (image: { reference: string; digest: string }): Promise<void> =>
    host.ensureImage({ repository: image.reference, digest: parseDigest(image.digest) }, () => undefined, {
      signal: AbortSignal.timeout(90_000),
    });
  await expect(pull(large)).rejects.toMatchObject({ name: 'DiskFull', message: expect.stringContaining('small') });
  await expect(pull(small)).resolves.toBeUndefined();
});
