import { describe, expect, it } from '@jest/globals';
import { createOciRegistry, resolveReference } from '../../../adapters/registry/oci-registry.ts';
import type { RegistryOptions } from '../../../adapters/registry/settings.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { type Answer, json, refusal, text } from '../../../lab/faulty-registry/answers.ts';
import type { Fault } from '../../../lab/faulty-registry/faults.ts';
import {
  answers,
  changesHeader,
  cutRequest,
  deafness,
  fails,
  forbidden,
  notFound,
  redirects,
  silence,
  stalls,
  tooManyRequests,
  trickles,
  unauthorized,
} from '../../../lab/faulty-registry/known-faults.ts';
import type { FaultyRegistry, FaultyRegistryOptions } from '../../../lab/faulty-registry/server.ts';
import { type Credential, connectTo, expectNoConnections, failureOf, isTerminal, ONLY_US, openAt, SECRETS, startOne } from './fault-lab.ts';
import { blob, image, type Made, OCI, plant, pushBlob, readAll } from './made-content.ts';

const { signal } = new AbortController();
const BASIC = { kind: 'basic', users: ONLY_US.users } as const;

async function guarded(options: FaultyRegistryOptions = { access: ONLY_US }, credential: Credential = 'password') {
  const registry = await startOne(options);
  const there = image([1000]);
  await plant(registry.repositories, 'shop/web', there, 'v1');
  const registries = connectTo([registry], { credential });
  return { registry, registries, there, client: openAt(registries, registry) };
}

const layerOf = (there: Made) => there.blobs[1]?.descriptor ?? there.descriptor;
const tokensAsked = (registry: FaultyRegistry) => registry.requests().filter(({ operation }) => operation === 'token');

describe('a token', () => {
  it.each(['password', 'identity token'] as const)('got by %s serves for everything that it is good for', async (credential) => {
    const { registry, there, client } = await guarded({ access: ONLY_US }, credential);
    expect((await client.getManifest('v1', { signal }))?.digest).toBe(there.manifest.digest);
    await readAll(client.readBlob(layerOf(there), { signal }));
    expect(await client.hasBlob(layerOf(there), { signal })).toBe(true);
    expect(tokensAsked(registry)).toHaveLength(1);
    expect(tokensAsked(registry)[0]?.authorization).toBe(credential === 'password' ? 'basic' : undefined);
  });

  it('whose time is over in the middle is asked for once more, and nothing is sent twice', async () => {
    const { registry, there, client } = await guarded({ access: { ...ONLY_US, lifetimeSeconds: 300 } });
    await client.getManifest('v1', { signal });
    registry.clock.advance(301);
    registry.forget();
    expect((await readAll(client.readBlob(layerOf(there), { signal }))).length).toBe(1000);
    expect(registry.requests().map(({ operation, status }) => [operation, status])).toEqual([
      ['getBlob', 401],
      ['token', 200],
      ['getBlob', 200],
    ]);
  });

  it('whose time is over while a blob goes there is asked for once more, and the blob arrives', async () => {
    const { registry, client } = await guarded();
    const content = blob(300_000);
    const opened = await client.mountBlob(content.descriptor, undefined, { signal });
    if (opened.kind !== 'upload') throw new Error('nobody had that blob');
    registry.clock.advance(301);
    await client.writeBlob(content.descriptor, opened.location, { content: () => onlyOnce(content.bytes), signal });
    expect(registry.repositories.blob('shop/web', content.descriptor.digest)?.size).toBe(300_000);
  });

  it('for several calls at once is asked for once', async () => {
    const { registry, there, client } = await guarded();
    await Promise.all(Array.from({ length: 10 }, () => client.hasBlob(layerOf(there), { signal })));
    expect(tokensAsked(registry)).toHaveLength(1);
  });

  it('that turns out to allow too little is not asked for again and again', async () => {
    const may = (_: string | undefined, __: string, action: string) => action === 'pull';
    const { registry, client } = await guarded({ access: { ...ONLY_US, may } });
    const content = blob(10);
    const failure = await failureOf(
      pushBlob(client, content, signal),
      [registry.address, 'shop/web', content.descriptor.digest],
      [registry],
    );
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RegistryRefused', true]);
    expect(tokensAsked(registry).length).toBeLessThan(4);
    expect(registry.repositories.blob('shop/web', content.descriptor.digest)).toBeUndefined();
  });

  it('that the registry never takes ends the loop after a second try', async () => {
    const { registry, client } = await guarded();
    registry.faults.arm({ on: 'getManifest', fault: unauthorized(`Bearer realm="${registry.url}/token",service="lab"`) });
    const failure = await failureOf(client.getManifest('v1', { signal }), [registry.address, 'shop/web:v1'], [registry]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RegistryRefused', true]);
    expect(registry.requests().length).toBeLessThan(6);
  });
});

/** Content that can be read from its beginning once, in the way of a source that must not be asked twice. */
async function* onlyOnce(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}

describe('a token server', () => {
  const loud = 'x'.repeat(300_000);
  const faults: readonly (readonly [string, Fault, string])[] = [
    ['that says 401', unauthorized('Basic realm="lab"'), 'RegistryRefused'],
    ['that says 403', forbidden(), 'RegistryRefused'],
    ['that says 404', notFound(), 'RegistryRefused'],
    ['that says 429', tooManyRequests(9), 'RegistryBusy'],
    ['that says 500', fails(500), 'RegistryUnavailable'],
    ['that says 503', fails(503), 'RegistryUnavailable'],
    ['that never answers', silence, 'RegistryUnavailable'],
    ['that does not even listen', deafness, 'RegistryUnavailable'],
    ['whose head trickles', trickles('head', 1, 20), 'RegistryUnavailable'],
    ['whose answer stops', stalls(10), 'RegistryUnavailable'],
    ['that hangs up', cutRequest(0, 'RST'), 'RegistryUnavailable'],
    ['that answers HTML', answers(text(200, 'text/html', '<html>sign in</html>')), 'RegistryRefused'],
    ['that answers half JSON', answers(text(200, 'application/json', '{"token": "abc')), 'RegistryRefused'],
    ['that answers null', answers(json(200, null)), 'RegistryRefused'],
    ['that gives no token', answers(json(200, { expires_in: 300 })), 'RegistryRefused'],
    ['whose token is no text', answers(json(200, { token: { a: 1 } })), 'RegistryRefused'],
    ['whose token would be a second header', answers(json(200, { token: 'abc\r\nx-evil: 1' })), 'RegistryRefused'],
    ['whose answer is larger than any', answers(json(200, { token: loud })), 'AnswerTooLarge'],
    ['that sends elsewhere', redirects(307, (path) => path), 'RegistryRefused'],
  ];
  const RETRYABLE = ['RegistryBusy', 'RegistryUnavailable'];

  it.each(faults)('%s ends every call in a named failure that shows no secret', async (_, fault, name) => {
    for (const credential of ['password', 'identity token'] as const) {
      const { registry, registries, client } = await guarded({ access: ONLY_US }, credential);
      const rule = registry.faults.arm({ on: 'token', fault });
      const failure = await failureOf(client.getManifest('v1', { signal }), [registry.address, 'shop/web:v1'], [registry]);
      expect([failure?.name, failure && isTerminal(failure)]).toEqual([name, !RETRYABLE.includes(name)]);
      expect(rule.struck).toBeLessThan(4);
      await registries.close();
      if (fault !== deafness) await expectNoConnections(registry);
    }
  });

  it('on somebody else’s host gets no credential, and is not even asked', async () => {
    const stranger = await startOne({ access: ONLY_US });
    const realm = `http://localhost:${stranger.address.split(':')[1]}/token`;
    const { registry, client } = await guarded({ access: { ...ONLY_US, realm } });
    const failure = await failureOf(client.getManifest('v1', { signal }), [registry.address, 'shop/web:v1'], [registry, stranger]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RegistryRefused', true]);
    expect(stranger.requests()).toEqual([]);
  });
});

describe('what masquerades', () => {
  it('a repository that is hidden from us and one that is not there are both absent, where the registry says so', async () => {
    const { registry, client } = await guarded();
    registry.faults.arm({ on: ['getManifest', 'headManifest'], fault: notFound() });
    expect(await client.getManifest('v1', { signal })).toBeUndefined();
    expect(await client.headManifest('v1', { signal })).toBeUndefined();
  });

  it('a repository that is not there and hides behind 401 is refused, and never absent', async () => {
    const may = (_: string | undefined, name: string) => name !== 'shop/secret';
    const { registry, registries } = await guarded({ access: { ...ONLY_US, may } });
    const client = openAt(registries, registry, 'shop/secret');
    for (const call of [() => client.getManifest('v1', { signal }), () => client.headManifest('v1', { signal })]) {
      const failure = await failureOf(call(), [registry.address, 'shop/secret:v1'], [registry]);
      expect(failure?.name).toBe('RegistryRefused');
    }
  });

  it('a repository that is to be written to and is said not to be there is missing for good', async () => {
    const { registry, client } = await guarded();
    registry.faults.arm({ on: ['openUpload', 'putManifest'], fault: notFound() });
    const content = blob(10);
    const failure = await failureOf(
      pushBlob(client, content, signal),
      [registry.address, 'shop/web', content.descriptor.digest],
      [registry],
    );
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RepositoryMissing', true]);
  });
});

describe('a wrong credential', () => {
  const wrong: RegistryOptions['credentials'] = async () => undefined;

  it.each([
    ['a password', BASIC],
    ['a token', ONLY_US],
  ] as const)('for %s is refused by name, with the user and never with the secret', async (_, access) => {
    const users = { [SECRETS.user]: 'another' };
    const { registry, client } = await guarded({ access: { ...access, users } });
    const failure = await failureOf(client.getManifest('v1', { signal }), [registry.address, 'shop/web:v1', SECRETS.user], [registry]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RegistryRefused', true]);
  });

  it('and none are refused alike', async () => {
    for (const access of [BASIC, ONLY_US]) {
      const registry = await startOne({ access });
      const client = openAt(connectTo([registry], { credentials: wrong }), registry);
      const failure = await failureOf(client.getManifest('v1', { signal }), [registry.address, 'shop/web:v1'], [registry]);
      expect(failure?.name).toBe('RegistryRefused');
    }
  });
});

describe('a registry that repeats what it was sent', () => {
  /** What came as Authorization, and the secret in it. */
  const said = (headers: { readonly authorization?: string | undefined }): string[] => {
    const value = headers.authorization ?? '';
    const inside = value.split(' ')[1] ?? '';
    return [value, inside, Buffer.from(inside, 'base64').toString('utf8')];
  };
  const echo = (answer: (told: string) => Answer): Fault => ({
    kind: 'answer',
    answer: ({ headers }) => answer(said(headers).join(' | ')),
  });
  const plain = (told: string) => told.replaceAll(/[^\x20-\x7e]/g, '?');
  const echoes: readonly (readonly [string, Fault])[] = [
    ['in the text of a refusal', echo((told) => refusal(400, 'UNKNOWN', told))],
    ['in the text of a failure', echo((told) => refusal(500, 'UNKNOWN', `${told} no space left on device`))],
    ['in the code of a refusal', echo((told) => json(400, { errors: [{ code: told, message: told, detail: told }] }))],
    ['in a page', echo((told) => text(404, 'text/html', `<html>${told}</html>`))],
    ['in a manifest', echo((told) => json(200, { mediaType: told, schemaVersion: told, [told]: told }))],
    ['in the type of its content', echo((told) => text(200, plain(told), '{}'))],
    ['in a digest', echo((told) => text(200, 'application/vnd.oci.image.index.v1+json', '{}', { 'docker-content-digest': plain(told) }))],
    [
      'in what begins like a digest',
      echo((told) => text(200, OCI.manifest, '{"schemaVersion":2}', { 'docker-content-digest': `sha256:${plain(told)}` })),
    ],
    ['in where its bytes begin', echo((told) => text(206, OCI.layer, 'x', { 'content-range': `bytes ${plain(told)}` }))],
    ['in Retry-After', echo((told) => refusal(429, 'TOOMANYREQUESTS', told, { 'retry-after': plain(told) }))],
    ['in where it sends', echo((told) => text(307, 'text/plain', '', { location: `http://[${plain(told)}` }))],
    ['in the address it sends to', echo((told) => text(307, 'text/plain', '', { location: `ftp://${encodeURIComponent(told)}/` }))],
    ['in a new challenge', echo((told) => refusal(401, 'UNAUTHORIZED', told, { 'www-authenticate': `Bearer realm="${plain(told)}"` }))],
    [
      'in a token’s realm',
      echo((told) =>
        refusal(401, 'UNAUTHORIZED', told, { 'www-authenticate': `Bearer realm="http://localhost:1/${encodeURIComponent(told)}"` }),
      ),
    ],
  ];

  it.each(echoes)('%s does not bring it into our failures', async (_, fault) => {
    for (const access of [BASIC, ONLY_US]) {
      const { registry, there, client } = await guarded({ access });
      registry.faults.arm({ on: ['getManifest', 'headManifest', 'putManifest', 'listTags', 'referrers', 'getBlob', 'headBlob'], fault });
      const calls: readonly (() => Promise<unknown>)[] = [
        () => client.getManifest('v1', { signal }),
        () => client.headManifest('v1', { signal }),
        () => client.putManifest(there.manifest, { tag: 'v2', signal }),
        () => readAll(client.readBlob(layerOf(there), { signal })),
        () => client.hasBlob(layerOf(there), { signal }),
        () => client.referrers(there.manifest.digest, { signal }),
        async () => {
          for await (const tag of client.tags({ signal })) expect(tag).not.toBe('');
        },
      ];
      // `failureOf` searches what comes out.
      for (const call of calls) await failureOf(call(), [registry.address], [registry]);
      expect(registry.requests().some(({ authorization }) => authorization !== undefined)).toBe(true);
    }
  });

  it('in the list of its tags does not bring it into our failures', async () => {
    const { registry, client } = await guarded({ access: BASIC });
    registry.faults.arm({ on: 'listTags', fault: echo((told) => json(200, { tags: [told] })) });
    const listed = async () => {
      for await (const tag of client.tags({ signal })) expect(tag).not.toBe('');
    };
    expect((await failureOf(listed(), [registry.address], [registry]))?.name).toBe('AnswerMalformed');
  });

  it('in where an upload goes on does not bring it into our failures', async () => {
    for (const change of [(told: string) => `http://[${told}`, (told: string) => `ftp://${encodeURIComponent(told)}/x`]) {
      const { registry, client } = await guarded({ access: BASIC });
      registry.faults.arm({ on: 'openUpload', fault: echo((told) => text(202, 'text/plain', '', { location: change(plain(told)) })) });
      expect(await failureOf(pushBlob(client, blob(10), signal), [registry.address], [registry])).toBeDefined();
    }
  });
});

describe('names that no registry may be asked for', () => {
  const paths = [
    '../shop',
    'shop/../web',
    'shop/..',
    '..',
    'Shop/Web',
    'shop/WEB',
    'shop//web',
    '/shop',
    'shop/',
    '',
    'shop web',
    'shöp',
    '%2e%2e/web',
    `a/${'b'.repeat(300)}`,
  ];

  it.each(paths)('%j is refused before any request', async (path) => {
    const registry = await startOne();
    const registries = connectTo([registry]);
    const images = createOciRegistry(registries.open);
    const whole = `${registry.address}/${path}`;
    const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
    const calls: readonly (() => Promise<unknown>)[] = [
      async () => openAt(registries, registry, path).getManifest('v1', { signal }),
      async () => images.resolve(whole, 'v1', { signal }),
      async () => images.has({ repository: whole, digest }, { signal }),
      async () => resolveReference(images, `${whole}:v1`, signal),
    ];
    for (const call of calls) expect((await failureOf(call(), [], [registry]))?.name).toBe('MalformedReference');
    expect(registry.requests()).toEqual([]);
  });

  it.each(['..', '../../other/manifests/v1', 'v 1', '', '.hidden', `v${'1'.repeat(128)}`, 'sha256:abc'])(
    'neither is the tag %j',
    async (tag) => {
      const registry = await startOne();
      const client = openAt(connectTo([registry]), registry);
      const made = image([1]);
      const calls: readonly (() => Promise<unknown>)[] = [
        async () => client.getManifest(tag, { signal }),
        async () => client.headManifest(tag, { signal }),
        async () => client.putManifest(made.manifest, { tag, signal }),
        async () => client.deleteTag(tag, { signal }),
      ];
      for (const call of calls) expect((await failureOf(call(), [], [registry]))?.name).toMatch(/^Malformed(Reference|Digest)$/);
      expect(registry.requests()).toEqual([]);
    },
  );
});

it('sends no header of ours twice however a registry answers', async () => {
  const { registry, client } = await guarded();
  registry.faults.arm({ on: 'getManifest', times: 1, fault: changesHeader('connection', 'close') });
  await client.getManifest('v1', { signal });
  await client.getManifest('v1', { signal });
  expect(registry.requests().map(({ authorization }) => authorization)).toEqual([undefined, 'basic', 'bearer', 'bearer']);
});
