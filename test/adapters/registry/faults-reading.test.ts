import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { RepositoryClient } from '../../../adapters/registry/contents.ts';
import { runCommand } from '../../../lab/command.ts';
import { text } from '../../../lab/faulty-registry/answers.ts';
import type { Fault, Rule } from '../../../lab/faulty-registry/faults.ts';
import {
  answers,
  before,
  changesBody,
  changesHeader,
  corrupts,
  cutAnswer,
  lengthens,
  misstatesLength,
  notFound,
  redirects,
  stalls,
  strangersNotFound,
  tooManyRequests,
  trickles,
  truncates,
} from '../../../lab/faulty-registry/known-faults.ts';
import type { FaultyRegistry, FaultyRegistryOptions } from '../../../lab/faulty-registry/server.ts';
import { connectTo, expectNoConnections, failureOf, isTerminal, ONLY_US, openAt, startOne } from './fault-lab.ts';
import { digestOf, image, index, type Made, OCI, plant, readAll, referrer } from './made-content.ts';

const { signal } = new AbortController();
const SIZE = 300_000;

/** A registry with an image of one large layer, and our client for it. */
async function reading(options: FaultyRegistryOptions = {}, path = 'shop/web') {
  const registry = await startOne(options);
  const there = image([SIZE]);
  await plant(registry.repositories, path, there, 'v1');
  const layer = there.blobs[1];
  if (layer === undefined) throw new Error('an image has a layer');
  const registries = connectTo([registry], { credential: 'password' });
  return { registry, there, layer, registries, client: openAt(registries, registry, path) };
}

describe('a blob on its way here', () => {
  it.each(['FIN', 'RST'] as const)('that is cut with %s goes on from where it broke', async (ending) => {
    const { registry, layer, client } = await reading();
    const cut = registry.faults.arm({ on: 'getBlob', times: 1, fault: cutAnswer(120_000, ending) });
    expect((await readAll(client.readBlob(layer.descriptor, { signal }))).equals(layer.bytes)).toBe(true);
    expect(cut.struck).toBe(1);
    const [first, second, ...more] = registry.requests().filter(({ operation }) => operation === 'getBlob');
    expect([first?.bytesOut, second?.status, more]).toEqual([120_000, 206, []]);
    // A reset can take bytes with it that had not been read yet; nothing that had come is sent again.
    const start = Number(/^bytes=(\d+)-$/.exec(second?.range ?? '')?.[1]);
    expect(start).toBeLessThanOrEqual(120_000);
    if (ending === 'FIN') expect(start).toBe(120_000);
    expect(second?.bytesOut).toBe(SIZE - start);
  });

  it('that is cut at a registry without ranges comes whole all the same', async () => {
    const { registry, layer, client } = await reading({ abilities: { ranges: false } });
    registry.faults.arm({ on: 'getBlob', times: 1, fault: cutAnswer(120_000, 'FIN') });
    expect((await readAll(client.readBlob(layer.descriptor, { signal }))).equals(layer.bytes)).toBe(true);
    expect(registry.moved().out).toBe(120_000 + SIZE);
  });

  const ends: readonly (readonly [string, Fault, string])[] = [
    ['is cut each time with FIN', cutAnswer(50_000, 'FIN'), 'ContentTruncated'],
    ['is cut each time with RST', cutAnswer(50_000, 'RST'), 'ContentTruncated'],
    ['is cut before its first byte each time', cutAnswer(0, 'FIN'), 'RegistryUnavailable'],
    ['stops in the middle each time', stalls(50_000), 'ContentTruncated'],
    ['trickles', trickles('body', 10, 20), 'ContentTruncated'],
    ['has one wrong bit', corrupts(), 'DigestMismatch'],
    ['is shorter than its manifest says', truncates(1000), 'DigestMismatch'],
    ['is empty', truncates(0), 'DigestMismatch'],
    ['is longer than its manifest says', lengthens(1), 'DigestMismatch'],
    ['comes with a Content-Length that is too large', misstatesLength(9), 'DigestMismatch'],
    ['comes with a Content-Length that is too small', misstatesLength(-9), 'DigestMismatch'],
    ['comes from a page of a proxy', answers(text(200, 'text/html', '<html>Please sign in</html>')), 'DigestMismatch'],
    ['is not there', notFound(), 'BlobMissing'],
    ['is put off', tooManyRequests(3), 'RegistryBusy'],
  ];
  const RETRYABLE = ['ContentTruncated', 'RegistryUnavailable', 'RegistryBusy'];

  it.each(ends)('that %s ends in a named failure, and never in bytes that pass for the whole', async (_, fault, name) => {
    const { registry, layer, registries, client } = await reading();
    const rule = registry.faults.arm({ on: 'getBlob', fault });
    let came = 0;
    const call = (async () => {
      for await (const chunk of client.readBlob(layer.descriptor, { signal })) came += chunk.length;
    })();
    const failure = await failureOf(call, [registry.address, 'shop/web', layer.descriptor.digest], [registry]);
    expect(failure?.name ?? 'none').toBe(name);
    expect(rule.struck).toBeGreaterThan(0);
    if (failure !== undefined) {
      expect(isTerminal(failure)).toBe(!RETRYABLE.includes(failure.name));
      expect(came).toBeLessThan(SIZE);
    }
    await registries.close();
    await expectNoConnections(registry);
  });

  it('that goes on at another place than it broke is not patched together', async () => {
    const { registry, layer, client } = await reading();
    registry.faults.arm({ on: 'getBlob', times: 1, fault: cutAnswer(50_000, 'FIN') });
    registry.faults.arm({ on: 'getBlob', fault: changesHeader('content-range', `bytes 7-${SIZE - 1}/${SIZE}`) });
    const failure = await failureOf(readAll(client.readBlob(layer.descriptor, { signal })), [layer.descriptor.digest], [registry]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['AnswerMalformed', true]);
  });

  it('is waited for when its answer is a redirect, and our credential does not go along to another host', async () => {
    const { registry, layer, client } = await reading({ access: ONLY_US });
    const elsewhere = await startOne();
    await elsewhere.repositories.plantBlob('shop/web', layer.bytes);
    registry.faults.arm({ on: 'getBlob', fault: redirects(307, (path) => `${elsewhere.url}${path}`) });
    expect((await readAll(client.readBlob(layer.descriptor, { signal }))).equals(layer.bytes)).toBe(true);
    expect(registry.requests().at(-1)?.authorization).toBe('bearer');
    expect(elsewhere.requests().map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('from another host than the registry is checked no less', async () => {
    const { registry, layer, client } = await reading();
    const elsewhere = await startOne();
    await elsewhere.repositories.plantBlob('shop/web', Buffer.alloc(SIZE), layer.descriptor.digest);
    registry.faults.arm({ on: 'getBlob', fault: redirects(302, (path) => `${elsewhere.url}${path}`) });
    const failure = await failureOf(readAll(client.readBlob(layer.descriptor, { signal })), [layer.descriptor.digest], [registry]);
    expect(failure?.name).toBe('DigestMismatch');
  });

  it('is not fetched round and round between two hosts', async () => {
    const { registry, layer, client } = await reading();
    const other = await startOne();
    registry.faults.arm({ fault: redirects(307, (path) => `${other.url}${path}`) });
    other.faults.arm({ fault: redirects(307, (path) => `${registry.url}${path}`) });
    const failure = await failureOf(
      readAll(client.readBlob(layer.descriptor, { signal })),
      [registry.address, layer.descriptor.digest],
      [registry],
    );
    expect(failure?.name).toBe('RedirectRefused');
    expect(registry.requests().length + other.requests().length).toBeLessThan(15);
  });
});

describe('a registry behind TLS', () => {
  async function behindTls() {
    const directory = await mkdtemp(join(tmpdir(), 'fault-tls-'));
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
    const names = ['-subj', '/CN=registry', '-addext', 'subjectAltName=IP:127.0.0.1'];
    await runCommand('openssl', ['req', '-x509', ...key, ...names, '-days', '2', '-out', 'cert.pem'], { cwd: directory });
    const [pem, cert] = await Promise.all(['key.pem', 'cert.pem'].map((name) => readFile(join(directory, name), 'utf8')));
    await rm(directory, { recursive: true });
    return { key: pem ?? '', cert: cert ?? '' };
  }

  it('that redirects out of it is not followed, and nobody is asked without it', async () => {
    const tls = await behindTls();
    const registry = await startOne({ tls });
    const plain = await startOne();
    const there = image([100]);
    for (const { repositories } of [registry, plain]) await plant(repositories, 'shop/web', there, 'v1');
    registry.faults.arm({ fault: redirects(307, (path) => `${plain.url}${path}`) });
    const registries = connectTo([], { access: () => ({ ca: tls.cert }), credential: 'password' });
    const client = openAt(registries, registry);
    const calls: readonly (() => Promise<unknown>)[] = [
      () => client.getManifest('v1', { signal }),
      () => readAll(client.readBlob(there.blobs[1]?.descriptor ?? there.descriptor, { signal })),
      () => client.putManifest(there.manifest, { tag: 'v2', signal }),
    ];
    for (const call of calls) {
      const failure = await failureOf(call(), [registry.address, 'shop/web'], [registry]);
      expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RedirectRefused', true]);
    }
    expect(plain.requests()).toEqual([]);
  });

  it('whose certificate nobody vouches for is told nothing', async () => {
    const registry = await startOne({ tls: await behindTls() });
    const client = openAt(connectTo([], { access: () => ({}), credential: 'password' }), registry);
    const failure = await failureOf(client.getManifest('v1', { signal }), [registry.address, 'shop/web:v1'], [registry]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RegistryUntrusted', true]);
    expect(registry.requests()).toEqual([]);
  });
});

describe('a manifest', () => {
  const another = digestOf(Buffer.from('another'));
  const MALFORMED = /^(ManifestMalformed|AnswerMalformed|DigestMismatch|AnswerTooLarge|SchemaOneUnsupported)$/;

  it('is believed without Docker-Content-Digest, as its bytes tell', async () => {
    const { registry, there, client } = await reading();
    registry.faults.arm({ path: /manifests/, fault: changesHeader('docker-content-digest', undefined) });
    expect((await client.getManifest('v1', { signal }))?.digest).toBe(there.manifest.digest);
    expect((await client.headManifest('v1', { signal }))?.digest).toBe(there.manifest.digest);
    await expect(client.putManifest(there.manifest, { tag: 'v2', signal })).resolves.toBeUndefined();
  });

  const lies: readonly (readonly [string, Rule])[] = [
    ['whose Docker-Content-Digest is another', { on: 'getManifest', fault: changesHeader('docker-content-digest', another) }],
    ['that has one wrong bit', { on: 'getManifest', fault: corrupts() }],
    ['that is cut short', { on: 'getManifest', fault: truncates(40) }],
    ['that is empty', { on: 'getManifest', fault: truncates(0) }],
    ['that is HTML', { on: 'getManifest', fault: answers(text(200, 'text/html', '<html>sorry</html>')) }],
    ['that is half JSON', { on: 'getManifest', fault: answers(text(200, OCI.manifest, '{"schemaVersion": 2, "layers": [')) }],
    ['that is JSON a hundred thousand deep', { on: 'getManifest', fault: changesBody(() => Buffer.from('['.repeat(100_000))) }],
    ['that is called something else than it calls itself', { on: 'getManifest', fault: changesHeader('content-type', OCI.index) }],
    ['of Docker’s first schema', { on: 'getManifest', fault: answers(schemaOne()) }],
    ['that is larger than any', { on: 'getManifest', fault: changesBody(() => Buffer.alloc(64 * 1024 * 1024, ' ')) }],
  ];

  it.each(lies)('%s is refused by name, for good, whether a tag or a digest was asked for', async (_, rule) => {
    const { registry, there, client } = await reading();
    const armed = registry.faults.arm(rule);
    for (const [reference, told] of [
      ['v1', ':v1'],
      [there.manifest.digest, there.manifest.digest],
    ] as const) {
      // A lie about the digest is told of with the digest that was promised.
      const saying = [registry.address, 'shop/web', ...(rule.fault.kind === 'tamper' && reference === 'v1' ? [] : [told])];
      const failure = await failureOf(client.getManifest(reference, { signal }), saying, [registry]);
      expect(failure?.name).toMatch(MALFORMED);
      expect(failure && isTerminal(failure)).toBe(true);
    }
    expect(armed.struck).toBe(2);
    // Nobody reads 64 MiB to find that it is too much.
    const [largest] = registry
      .requests()
      .map(({ bytesOut }) => bytesOut)
      .sort((a, b) => b - a);
    expect(largest).toBeLessThan(16 * 1024 * 1024);
  });

  it('that stops in the middle is given up, and can be asked for again', async () => {
    const { registry, client } = await reading();
    registry.faults.arm({ on: 'getManifest', fault: stalls(20) });
    const failure = await failureOf(client.getManifest('v1', { signal }), [registry.address, 'shop/web:v1'], [registry]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RegistryUnavailable', false]);
  });

  it('is told apart from what another tag names by the time it is read', async () => {
    const { registry, there, client } = await reading();
    const newer = index([there]);
    registry.faults.arm({ on: 'getManifest', times: 1, fault: before(() => plantTag(registry, newer, 'v1')) });
    const head = await client.headManifest('v1', { signal });
    const read = await client.getManifest('v1', { signal });
    expect([head?.digest, read?.digest]).toEqual([there.manifest.digest, newer.manifest.digest]);
    expect((await client.getManifest(there.manifest.digest, { signal }))?.digest).toBe(there.manifest.digest);
  });
});

function schemaOne() {
  return text(200, 'application/vnd.docker.distribution.manifest.v1+prettyjws', JSON.stringify({ schemaVersion: 1, fsLayers: [] }));
}

function plantTag(registry: FaultyRegistry, made: Made, tag: string): Promise<void> {
  return plant(registry.repositories, 'shop/web', made, tag);
}

describe('a list of tags', () => {
  const all = async (client: RepositoryClient) => {
    const tags: string[] = [];
    for await (const tag of client.tags({ signal })) tags.push(tag);
    return tags;
  };
  const page = (value: unknown, headers: Readonly<Record<string, string>> = {}) =>
    answers(text(200, 'application/json', typeof value === 'string' ? value : JSON.stringify(value), headers));
  const next = (target: string) => ({ link: `<${target}>; rel="next"` });

  const wrong: readonly (readonly [string, Fault])[] = [
    ['that is HTML', answers(text(200, 'text/html', '<html>sorry</html>'))],
    ['that is half JSON', page('{"tags": ["v1", ')],
    ['that is no list', page({ tags: 'v1' })],
    ['whose tags are no text', page({ tags: [1, { a: 1 }] })],
    ['whose tags lead out of the repository', page({ tags: ['v1', '../../other/manifests/v1'] })],
    ['whose next page is itself', page({ tags: ['v1'] }, next('/v2/shop/web/tags/list?n=1000'))],
    ['whose pages go in a circle', { kind: 'answer', answer: ({ url }) => inCircle(url) }],
    ['whose next page is somebody else’s', page({ tags: ['v1'] }, next('http://localhost:1/v2/shop/web/tags/list'))],
    ['whose next page is no address', page({ tags: ['v1'] }, next('http://[nowhere'))],
    ['that is larger than any', changesBody(() => Buffer.from(`{"tags":["${'a'.repeat(64 * 1024 * 1024)}"]}`))],
  ];

  it.each(wrong)('%s is refused by name', async (_, fault) => {
    const { registry, client } = await reading();
    const rule = registry.faults.arm({ on: 'listTags', fault });
    const failure = await failureOf(all(client), [registry.address, 'shop/web'], [registry]);
    expect(failure?.name).toMatch(/^(AnswerMalformed|AnswerTooLarge)$/);
    expect(failure && isTerminal(failure)).toBe(true);
    expect(rule.struck).toBeLessThan(10);
  });

  it('of which there is none is empty, as some say it with null', async () => {
    const { registry, client } = await reading();
    registry.faults.arm({ on: 'listTags', fault: page({ name: 'shop/web', tags: null }) });
    expect(await all(client)).toEqual([]);
  });
});

function inCircle(url: URL) {
  const other = url.searchParams.get('page') === '2' ? '1' : '2';
  const link = `</v2/shop/web/tags/list?page=${other}>; rel="next"`;
  return text(200, 'application/json', JSON.stringify({ tags: [`v${other}`] }), { link });
}

describe('a list of referrers', () => {
  const ofReferrers = (value: unknown) => text(200, OCI.index, typeof value === 'string' ? value : JSON.stringify(value));
  const entry = { mediaType: OCI.manifest, digest: digestOf(Buffer.from('one')), size: 1 };
  const wrong: readonly (readonly [string, ReturnType<typeof text>])[] = [
    ['that is HTML', text(200, 'text/html', '<html>sorry</html>')],
    ['that is half JSON', ofReferrers('{"manifests": [')],
    ['that is no list', ofReferrers({ schemaVersion: 2, mediaType: OCI.index, manifests: 'none' })],
    ['with an entry without digest', ofReferrers({ schemaVersion: 2, mediaType: OCI.index, manifests: [{ ...entry, digest: undefined }] })],
    [
      'with a digest that leads elsewhere',
      ofReferrers({ schemaVersion: 2, mediaType: OCI.index, manifests: [{ ...entry, digest: '../v1' }] }),
    ],
    ['with a negative size', ofReferrers({ schemaVersion: 2, mediaType: OCI.index, manifests: [{ ...entry, size: -1 }] })],
    ['of more than anybody reads', ofReferrers({ schemaVersion: 2, mediaType: OCI.index, manifests: many() })],
  ];

  it.each(wrong)('%s is refused by name, from the API and from the fallback tag', async (_, answer) => {
    for (const referrersApi of [true, false]) {
      const { registry, there, client } = await reading({ abilities: { referrersApi } });
      const rule = registry.faults.arm({ on: referrersApi ? 'referrers' : 'getManifest', fault: answers(answer) });
      const { digest } = there.manifest;
      const failure = await failureOf(client.referrers(digest, { signal }), [registry.address, 'shop/web'], [registry]);
      expect(failure?.name).toMatch(/^(AnswerMalformed|ManifestMalformed|TooManyReferrers|AnswerTooLarge)$/);
      expect(failure && isTerminal(failure)).toBe(true);
      expect(rule.struck).toBe(1);
    }
  });

  it('is not taken for one that never was, because of what a proxy says in between', async () => {
    const { registry, there, registries, client } = await reading();
    const about = referrer(there.descriptor, 'application/vnd.example.sbom.v1');
    await plant(registry.repositories, 'shop/web', about);
    const listed = () => client.referrers(there.manifest.digest, { signal });
    // Whether or not it has been seen before that the registry lists referrers.
    for (const isKnown of [false, true]) {
      if (isKnown) expect(await listed()).toHaveLength(1);
      const proxy = registry.faults.arm({ on: 'referrers', times: 1, fault: strangersNotFound() });
      await failureOf(listed(), [registry.address, 'shop/web'], [registry]);
      expect(proxy.struck).toBe(1);
      expect((await listed()).map(({ digest }) => digest)).toEqual([about.manifest.digest]);
    }
    await registries.close();
  });

  it('whose pages go in a circle ends', async () => {
    const { registry, there, client } = await reading();
    const link = `</v2/shop/web/referrers/${there.manifest.digest}?again=1>; rel="next"`;
    registry.faults.arm({ on: 'referrers', fault: changesHeader('link', link) });
    const failure = await failureOf(client.referrers(there.manifest.digest, { signal }), [there.manifest.digest], [registry]);
    expect(failure?.name).toBe('AnswerMalformed');
  });

  function many() {
    return Array.from({ length: 6000 }, (_, at) => ({ ...entry, digest: digestOf(Buffer.from(String(at))) }));
  }
});
