import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CompiledCli, type Ended } from '../support/compiled-cli.ts';
import { CountedRegistry } from '../support/copy-lab.ts';
import { TYPES } from '../support/pushed-images.ts';

let cli: CompiledCli;
let source: CountedRegistry;
let target: CountedRegistry;

beforeAll(async () => {
  [cli, source, target] = await Promise.all([CompiledCli.compile(), CountedRegistry.start(), CountedRegistry.start()]);
});
afterAll(() => Promise.all([cli.remove(), source.stop(), target.stop()]));

function registry(...words: string[]): Promise<Ended> {
  const plain = [source, target].flatMap(({ address }) => ['--plain-http', address]);
  return cli.run(['registry', ...words, ...plain]);
}

/** An image for two platforms, signed, with something said about the signature. */
async function pushed(path: string, tag: string) {
  const pusher = source.pusher(path);
  const one = await pusher.image(`${path}/amd64`, [2_000, 3_000], { architecture: 'amd64' });
  const other = await pusher.image(`${path}/arm64`, [2_500], { architecture: 'arm64' });
  const index = await pusher.index([one, other], tag);
  const signature = await pusher.referrer(index, 'application/test.signature', 'signed');
  const note = await pusher.referrer(signature, 'application/test.note', 'seen');
  return { index, one, other, signature, note };
}

describe('tidegate registry copy', () => {
  it('brings an image whole to another registry, says what it did, and sends nothing the second time', async () => {
    const { index, signature, note } = await pushed('copy/web', 'v1');
    const first = await registry('copy', `${source.address}/copy/web:v1`, `${target.address}/production/web:v1`, '--tag', 'stable');
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toContain(`copied ${target.address}/production/web@${index.digest}`);
    expect(first.stdout).toMatch(/tags +(stable, v1|v1, stable)/);
    for (const what of ['v1', 'stable', index.digest, signature.digest, note.digest])
      expect(await target.pusher('production/web').lacking(what)).toEqual([]);
    target.proxy.forget();
    const second = await registry('copy', `${source.address}/copy/web:v1`, `${target.address}/production/web:v1`, '--json');
    expect(second.exitCode).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({
      images: [{ repository: `${target.address}/production/web`, digest: index.digest }],
      bytes: { sent: 0, mounted: 0 },
      referrers: { put: 0, present: 2 },
    });
  });

  it('brings one platform without its referrers where that is asked for', async () => {
    const { index, one, signature } = await pushed('one/web', 'v1');
    const ended = await registry(
      ...['copy', `${source.address}/one/web:v1`, `${target.address}/one/web:v1`, '--platform', 'linux/amd64', '--no-referrers'],
    );
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await target.held('one/web')).toMatchObject({ tags: ['v1'], manifests: [one.digest] });
    for (const left of [index, signature]) expect(await target.pusher('one/web').read(left.digest)).toBeUndefined();
  });

  it.each([
    [['copy', 'SOURCE/none/web:v1', 'TARGET/none/web'], 'There is no SOURCE/none/web:v1 at its registry'],
    [['copy', 'SOURCE/No/web:v1', 'TARGET/none/web'], '"No" cannot be part of a repository\'s name'],
    [['copy', 'SOURCE/../web:v1', 'TARGET/none/web'], '".." cannot be part of a repository\'s name'],
    [['copy', 'SOURCE/known/web:v1', 'TARGET/none/web', '--tag', 'no tag'], '"no tag" is no tag'],
    [['copy', 'SOURCE/known/web:v1', 'TARGET/none/web', '--platform', 'arm64'], 'Expected a platform, os/architecture'],
    [['copy', 'SOURCE/known/web:v1', `TARGET/none/web@sha256:${'0'.repeat(64)}`], 'A copy keeps its digest'],
    [['inspect', 'SOURCE/known/web:v9'], 'There is no SOURCE/known/web:v9 at its registry'],
    [['ls', 'SOURCE/none/web'], 'There are no tags at SOURCE/none/web: it is empty, or not there'],
  ])('ends %j as a mistake of usage, with nothing copied', async (words, message) => {
    await source.pusher('known/web').image('known', [100], { tag: 'v1' });
    const named = (text: string) => text.replaceAll('SOURCE', source.address).replaceAll('TARGET', target.address);
    const ended = await registry(...words.map(named));
    expect(ended.stderr).toContain(named(message));
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await target.held('none/web')).toEqual({ tags: [], manifests: [], blobs: [] });
  });

  it('refuses a platform that the image is not there for, and sets no tag', async () => {
    await pushed('missing/web', 'v1');
    const ended = await registry(
      'copy',
      `${source.address}/missing/web:v1`,
      `${target.address}/missing/web:v1`,
      '--platform',
      'linux/s390x',
    );
    expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ended.stderr).toContain('linux/s390x');
    expect((await target.held('missing/web')).tags).toEqual([]);
  });

  it('asks over TLS alone where nobody says that a registry has none', async () => {
    await source.pusher('tls/web').image('tls', [100], { tag: 'v1' });
    const ended = await cli.run(['registry', 'ls', `${source.address}/tls/web`]);
    expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ended.stderr).toContain(source.address);
  });

  it('knows the registries of the installation file', async () => {
    await source.pusher('installed/web').image('installed', [100], { tag: 'v1' });
    const folder = await writeInstallation();
    const ended = await cli.run(['registry', 'ls', `${source.address}/installed/web`, '--config', folder]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^v1 +sha256:/m);
  });
});

describe('tidegate registry inspect', () => {
  it('shows platforms, layers, and all that refers to the image', async () => {
    const { index, one, other, signature, note } = await pushed('look/web', 'v1');
    const ended = await registry('inspect', `${source.address}/look/web:v1`);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    const lines = ended.stdout.split('\n').map((line) => line.trim());
    for (const { digest } of [index, one, other, signature, note]) expect(lines).toContain(`digest    ${digest}`);
    expect(lines).toContain('platform  linux/arm64');
    expect(lines.filter((line) => line.startsWith('referrer'))).toEqual([
      'referrer  application/test.signature',
      'referrer  application/test.note',
    ]);
  });

  it('says the same for machines', async () => {
    const { index, one, signature, note } = await pushed('json/web', 'v1');
    const { stdout } = await registry('inspect', `${source.address}/json/web@${index.digest}`, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      digest: index.digest,
      mediaType: TYPES.index,
      manifests: [{ digest: one.digest, platform: { architecture: 'amd64' }, layers: [{ size: 2_000 }, { size: 3_000 }] }, {}],
      referrers: [{ digest: signature.digest, artifactType: 'application/test.signature', referrers: [{ digest: note.digest }] }],
    });
  });

  it('names what an index promises and the repository does not have', async () => {
    const { other } = await pushed('hole/web', 'v1');
    await source.pusher('hole/web').remove(other.digest);
    const ended = await registry('inspect', `${source.address}/hole/web:v1`);
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toContain(`missing ${other.digest}`);
  });
});

describe('tidegate registry ls', () => {
  it('lists tags with what they name, no more than asked for, and says when there are more', async () => {
    const images = await Promise.all(['v1', 'v2', 'v3'].map((tag) => source.pusher('tags/web').image(tag, [10], { tag })));
    const all = await registry('ls', `${source.address}/tags/web`, '--json');
    expect(JSON.parse(all.stdout)).toEqual({
      repository: `${source.address}/tags/web`,
      tags: ['v1', 'v2', 'v3'].map((tag, index) => ({ tag, digest: images[index]?.digest })),
      more: false,
    });
    const two = await registry('ls', `${source.address}/tags/web`, '--limit', '2');
    expect(two.stdout).toContain('v2');
    expect(two.stdout).not.toContain('v3');
    expect(two.stdout).toContain('more with --limit');
  });
});

async function writeInstallation(): Promise<string> {
  const file = join(cli.folder, 'installed.yaml');
  const digest = `sha256:${'0'.repeat(64)}`;
  await writeFile(
    file,
    `version: 1
installation: demo
registries: [{ name: main, address: '${source.address}', plainHttp: true }]
router: { image: '${source.address}/router@${digest}' }
hosts: [{ name: one, docker: unix:///var/run/docker.sock }]
applications: [{ name: shop, source: { git: ./shop } }]
environments: [{ name: production, hosts: [one] }]
`,
  );
  return file;
}
