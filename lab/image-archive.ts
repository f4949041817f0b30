import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { runCommand } from './command.ts';
import type { Recipe } from './image-recipes.ts';

/** An image of one layer, as files: `config.json`, `manifest.json` and `layer.tar.gz`. */
export interface ImageArchive {
  readonly folder: string;
}

/** Raised when what recipes make changes. */
const RECIPES = 4;
const TYPES = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};
const USERS =
  'root:x:0:0::/root:/bin/sh\npostgres:x:70:70::/var/lib/postgresql:/bin/sh\nhaproxy:x:99:99::/var/lib/haproxy:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n';
const GROUPS = 'root:x:0:\npostgres:x:70:\nhaproxy:x:99:\nnode:x:1000:\nnogroup:x:65534:\n';

/** The image of a recipe from the cache, made first where it is not there. Two that make it at once do not harm each other. */
export async function imageArchive(recipe: Recipe, cache: string): Promise<ImageArchive> {
  const folder = join(cache, 'images', `${recipe.name}-${RECIPES}-${process.arch}-${process.version}`);
  if (existsSync(join(folder, 'manifest.json'))) return { folder };
  await mkdir(join(cache, 'images'), { recursive: true });
  const work = await mkdtemp(join(cache, 'images', 'making-'));
  try {
    await make(recipe, work);
    await rename(join(work, 'image'), folder).catch((error: unknown) => {
      // Another copy was quicker; its image is as good.
      if (!existsSync(join(folder, 'manifest.json'))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { folder };
}

async function make(recipe: Recipe, work: string): Promise<void> {
  const [root, image] = [join(work, 'root'), join(work, 'image')];
  for (const folder of ['etc', 'proc', 'sys', 'dev', 'root', 'home/node']) await mkdir(join(root, folder), { recursive: true });
  await mkdir(image);
  await recipe.fill(root, work);
  await writeFile(join(root, 'etc/passwd'), USERS);
  await writeFile(join(root, 'etc/group'), GROUPS);
  for (const folder of ['tmp', 'var/lib/haproxy', 'usr/local/etc/haproxy']) {
    await runCommand('install', ['-d', '-m', '1777', join(root, folder)]);
  }
  await pack(root, join(image, 'layer.tar.gz'));
  await describe(recipe, image);
}

/** The same files always make the same bytes, and so the same digest. */
async function pack(root: string, target: string): Promise<void> {
  const steady = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await runCommand('tar', ['-C', root, ...steady, '--use-compress-program=gzip -n -5', '-cf', target, '.'], { timeout: 180_000 });
}

async function describe(recipe: Recipe, image: string): Promise<void> {
  const layer = await readFile(join(image, 'layer.tar.gz'));
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ...recipe.config },
    rootfs: { type: 'layers', diff_ids: [await digestOfContents(join(image, 'layer.tar.gz'))] },
  };
  const configBytes = Buffer.from(JSON.stringify(config));
  const manifest = {
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: { mediaType: TYPES.config, size: configBytes.length, digest: digestOf(configBytes) },
    layers: [{ mediaType: TYPES.layer, size: layer.length, digest: digestOf(layer) }],
  };
  await writeFile(join(image, 'config.json'), configBytes);
  await writeFile(join(image, 'manifest.json'), JSON.stringify(manifest));
}

async function digestOfContents(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file).pipe(createGunzip())) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
