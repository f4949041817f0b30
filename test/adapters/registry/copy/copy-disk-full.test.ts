import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createImageCopier } from '../../../../adapters/registry/copy/image-copier.ts';
import { runCommand } from '../../../../lab/command.ts';
import { startRegistry } from '../../../../lab/registry.ts';
import { Pusher } from '../../../support/pushed-images.ts';
import { eachRegistry } from '../../../support/registry-tools.ts';
import { connectTo, failureOf, isTerminal, startOne } from '../fault-lab.ts';
import { image, type Made, plant } from '../made-content.ts';

/** Room for a registry and a small image, and not for a large one. */
const DISK = 'size=4m';
const LARGER_DISK = 'size=40m';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A real registry whose blobs lie on a disk of its own. */
async function startOnSmallDisk(program: string | undefined) {
  const directory = await mkdtemp(join(tmpdir(), 'registry-disk-'));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const disk = join(directory, 'registry', 'blobs');
  await mkdir(disk, { recursive: true });
  await runCommand('mount', ['-t', 'tmpfs', '-o', DISK, 'tmpfs', disk]);
  closers.push(() => runCommand('umount', ['-l', disk]));
  const registry = await startRegistry({ directory, address: '127.0.0.1', program });
  closers.push(() => registry.stop());
  return { registry, enlarge: () => runCommand('mount', ['-o', `remount,${LARGER_DISK}`, disk]) };
}

describe.each(eachRegistry())('a copy to $title on a disk that is really full', ({ program }) => {
  it('takes what fits, says by name that there is no room for more, tags nothing of that, and goes on once there is', async () => {
    const { registry, enlarge } = await startOnSmallDisk(program);
    const source = await startOne();
    const [large, small] = [image([3_000_000, 3_000_000, 3_000_000]), image([200_000])];
    for (const made of [large, small]) await plant(source.repositories, 'shop/web', made);
    const registries = connectTo([source], { access: () => ({ plainHttp: true }) });
    const copier = createImageCopier(registries.open);
    const target = new Pusher(registry.address, 'shop/web');
    const copy = (made: Made, tag: string) => {
      const from = { repository: `${source.address}/shop/web`, digest: made.manifest.digest };
      const order = { from, to: target.repository, tags: [tag], referrers: true };
      return copier.copy([order], { signal: AbortSignal.timeout(60_000), onProgress: () => undefined });
    };

    await copy(small, 'small');
    expect(await target.lacking('small')).toEqual([]);
    const failure = await failureOf(copy(large, 'large'), [registry.address, 'shop/web@sha256:'], [source]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RegistryFull', true]);
    expect(await target.read('large')).toBeUndefined();
    expect(await target.lacking('small')).toEqual([]);

    await enlarge();
    await copy(large, 'large');
    expect(await target.lacking('large')).toEqual([]);
  }, 120_000);
});
