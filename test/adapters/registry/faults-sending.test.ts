import { describe, expect, it } from '@jest/globals';
import { empty } from '../../../lab/faulty-registry/answers.ts';
import type { Fault } from '../../../lab/faulty-registry/faults.ts';
import {
  answers,
  before,
  changesHeader,
  cutRequest,
  deafness,
  diskFull,
  expiresUpload,
  fails,
  forbidden,
  insufficientStorage,
  losesAnswer,
  redirects,
  silence,
  stalls,
  strangersNotFound,
  tooLarge,
  tooManyRequests,
} from '../../../lab/faulty-registry/known-faults.ts';
import type { FaultyRegistryOptions } from '../../../lab/faulty-registry/server.ts';
import { until } from '../../../lab/until.ts';
import { connectTo, expectLetGo, failureOf, isTerminal, ONLY_US, openAt, startOne } from './fault-lab.ts';
import { blob, chunksOf, digestOf, image, plant, pushBlob } from './made-content.ts';

const { signal } = new AbortController();
const SIZE = 400_000;

async function sending(options: FaultyRegistryOptions = {}) {
  const registry = await startOne(options);
  const content = blob(SIZE);
  const registries = connectTo([registry], { credential: 'password' });
  const client = openAt(registries, registry);
  const there = () => registry.repositories.blob('shop/web', content.descriptor.digest);
  return { registry, content, registries, client, there, send: () => pushBlob(client, content, signal) };
}

describe('a blob on its way there', () => {
  it.each([
    ['keep what came', 'the rest alone', SIZE],
    ['go back to the last whole chunk', 'all of it', 150_000 + SIZE],
    ['are forgotten', 'all of it, by another upload', 150_000 + SIZE],
  ] as const)('that is cut, where bytes of cut uploads %s, is followed by %s', async (cutUploads, _, bytes) => {
    for (const ending of ['RST', 'FIN'] as const) {
      const { registry, there, send } = await sending({ abilities: { cutUploads } });
      const cut = registry.faults.arm({ on: ['finishUpload', 'sendChunk'], times: 1, fault: cutRequest(150_000, ending) });
      await send();
      expect([cut.struck, there()?.size, registry.moved().in]).toEqual([1, SIZE, bytes]);
      expect(registry.uploads.open()).toEqual([]);
    }
  });

  it('that is cut again and again goes on each time from where the registry stands', async () => {
    const { registry, there, send } = await sending();
    const cut = registry.faults.arm({ on: ['finishUpload', 'sendChunk'], times: 2, fault: cutRequest(150_000, 'RST') });
    await send();
    expect([cut.struck, there()?.size, registry.moved().in]).toEqual([2, SIZE, SIZE]);
  });

  it('that arrived while the answer was lost is not sent again', async () => {
    const { registry, there, send } = await sending();
    const lost = registry.faults.arm({ on: 'finishUpload', times: 1, fault: losesAnswer('RST') });
    await send();
    expect([lost.struck, there()?.size, registry.moved().in]).toEqual([1, SIZE, SIZE]);
  });

  it('whose upload expires is sent by another', async () => {
    const { registry, there, send } = await sending();
    const expired = registry.faults.arm({ on: 'finishUpload', times: 1, fault: expiresUpload(registry.uploads) });
    await send();
    expect([expired.struck, there()?.size]).toEqual([1, SIZE]);
    expect(registry.requests().filter(({ operation }) => operation === 'openUpload')).toHaveLength(2);
    expect(registry.uploads.open()).toEqual([]);
  });

  it('that is too large for one request is sent in pieces', async () => {
    const { registry, send, there } = await sending();
    const refused = registry.faults.arm({ on: 'finishUpload', times: 1, fault: tooLarge() });
    await send();
    expect([refused.struck, there()?.size]).toEqual([1, SIZE]);
  });

  it('of one byte and of none that are cut arrive all the same', async () => {
    for (const size of [0, 1, 2]) {
      const { registry, client } = await sending();
      const small = blob(size);
      const cut = registry.faults.arm({ on: 'finishUpload', times: 1, fault: cutRequest(size, 'RST') });
      await pushBlob(client, small, signal);
      expect([cut.struck, registry.repositories.blob('shop/web', small.descriptor.digest)?.size]).toEqual([1, size]);
    }
  });

  it('that the registry wants elsewhere goes there without our credential', async () => {
    const { registry, content, send } = await sending({ access: ONLY_US });
    const elsewhere = await startOne();
    registry.faults.arm({
      on: 'openUpload',
      fault: { kind: 'tamper', change: async (answer) => ({ ...answer, headers: { location: await uploadAt(elsewhere.url) } }) },
    });
    await send();
    expect(elsewhere.repositories.blob('store/blobs', content.descriptor.digest)?.size).toBe(SIZE);
    expect(elsewhere.requests().map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
    expect(registry.requests().at(-1)?.authorization).toBe('bearer');
  });

  const ends: readonly (readonly [string, Fault, string])[] = [
    ['that is cut each time', cutRequest(0, 'RST'), 'RegistryUnavailable'],
    ['whose bytes nobody takes', deafness, 'RegistryUnavailable'],
    ['that nobody answers', silence, 'RegistryUnavailable'],
    ['whose answer stops', stalls(0), 'none'],
    ['for which there is no room', diskFull(), 'RegistryFull'],
    ['for which there is no storage', insufficientStorage(), 'RegistryFull'],
    ['that is too large in any piece', tooLarge(), 'RegistryRejected'],
    ['that may not be pushed', forbidden(), 'RegistryRefused'],
    ['that is put off', tooManyRequests(5), 'RegistryBusy'],
    ['that a broken registry takes', fails(503), 'RegistryUnavailable'],
    ['that a proxy sends away', strangersNotFound(), 'UploadLost'],
    ['that is sent round and round', redirects(307, (path) => path), 'RedirectRefused'],
    ['that is said to have arrived as another', changesHeader('docker-content-digest', digestOf(Buffer.from('x'))), 'DigestMismatch'],
  ];
  const RETRYABLE = ['RegistryUnavailable', 'RegistryBusy', 'UploadLost'];

  it.each(ends)('%s ends in a named failure, and no upload is left open', async (_, fault, name) => {
    const { registry, content, registries, send } = await sending();
    const rule = registry.faults.arm({ on: ['finishUpload', 'sendChunk'], fault });
    const failure = await failureOf(send(), [registry.address, 'shop/web', content.descriptor.digest], [registry]);
    expect(failure?.name ?? 'none').toBe(name);
    if (failure !== undefined) expect(isTerminal(failure)).toBe(!RETRYABLE.includes(failure.name));
    expect(rule.struck).toBeGreaterThan(0);
    expect(rule.struck).toBeLessThan(10);
    expect(registry.uploads.open()).toEqual([]);
    await registries.close();
    await expectLetGo(registry);
  });

  it('whose upload expires each time ends in a failure that can be tried again', async () => {
    const { registry, content, send } = await sending();
    registry.faults.arm({ on: ['finishUpload', 'sendChunk'], fault: expiresUpload(registry.uploads) });
    const failure = await failureOf(send(), [registry.address, 'shop/web', content.descriptor.digest], [registry]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['UploadLost', false]);
  });

  it.each([
    ['without saying where', changesHeader('location', undefined), 'AnswerMalformed'],
    ['at what is no address', changesHeader('location', 'http://[nowhere'), 'AnswerMalformed'],
    ['of which it tells nothing but a status', answers(empty(202)), 'AnswerMalformed'],
  ] as const)('for which an upload opens %s ends in a named failure', async (_, fault, name) => {
    const { registry, content, send } = await sending();
    registry.faults.arm({ on: 'openUpload', fault });
    const failure = await failureOf(send(), [registry.address, 'shop/web', content.descriptor.digest], [registry]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual([name, true]);
  });

  it('that is called back ends with the caller’s own reason, and leaves neither upload nor connection', async () => {
    const { registry, content, client, registries } = await sending();
    registry.faults.arm({ on: 'finishUpload', fault: deafness });
    const caller = new AbortController();
    const opened = await client.mountBlob(content.descriptor, undefined, { signal });
    if (opened.kind !== 'upload') throw new Error('nobody had that blob');
    const sent = client.writeBlob(content.descriptor, opened.location, {
      content: (offset) => chunksOf(content.bytes, offset),
      signal: caller.signal,
    });
    await until('the upload to begin', 60_000, async () => registry.requests().some(({ operation }) => operation === 'finishUpload'));
    caller.abort(new Error('not wanted any more'));
    await expect(sent).rejects.toThrow('not wanted any more');
    expect(registry.uploads.open()).toEqual([]);
    await registries.close();
    await expectLetGo(registry);
  });

  it('whose content fails ends with that failure, and not with one of the registry', async () => {
    const { registry, content, client } = await sending();
    const opened = await client.mountBlob(content.descriptor, undefined, { signal });
    if (opened.kind !== 'upload') throw new Error('nobody had that blob');
    async function* broken(offset: number): AsyncGenerator<Buffer> {
      yield content.bytes.subarray(offset, offset + 100_000);
      throw new Error('the source broke');
    }
    const sent = client.writeBlob(content.descriptor, opened.location, { content: broken, signal });
    await expect(sent).rejects.toThrow('the source broke');
    await until('the upload to be cancelled', 60_000, async () => registry.uploads.open().length === 0);
    expect(registry.repositories.blob('shop/web', content.descriptor.digest)).toBeUndefined();
  });
});

/** An upload at another registry, as a storage service would offer one. */
async function uploadAt(url: string): Promise<string> {
  const opened = await fetch(`${url}/v2/store/blobs/blobs/uploads/`, { method: 'POST' });
  return `${url}${opened.headers.get('location')}`;
}

describe('a manifest on its way there', () => {
  it('that is said to have arrived as another is a failure for good', async () => {
    const { registry, client } = await sending();
    const made = image([10]);
    for (const each of made.blobs) await pushBlob(client, each, signal);
    registry.faults.arm({ on: 'putManifest', fault: changesHeader('docker-content-digest', digestOf(Buffer.from('another'))) });
    const put = client.putManifest(made.manifest, { tag: 'v1', signal });
    const failure = await failureOf(put, [registry.address, 'shop/web', made.manifest.digest], [registry]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['DigestMismatch', true]);
  });

  it('that arrived while the answer was lost is put again, and is there once', async () => {
    const { registry, client } = await sending();
    const made = image([10]);
    for (const each of made.blobs) await pushBlob(client, each, signal);
    const lost = registry.faults.arm({ on: 'putManifest', times: 1, fault: losesAnswer('RST') });
    const put = client.putManifest(made.manifest, { tag: 'v1', signal });
    const failure = await failureOf(put, [registry.address, 'shop/web:v1'], [registry]);
    // Either is right: both leave it to whoever asks again.
    expect(failure === undefined || !isTerminal(failure)).toBe(true);
    await client.putManifest(made.manifest, { tag: 'v1', signal });
    expect(lost.struck).toBe(1);
    expect(registry.repositories.manifest('shop/web', 'v1')?.digest).toBe(made.manifest.digest);
  });

  it('whose child is missing is refused for good, also by a registry that says so with a status of its own', async () => {
    const { registry, client } = await sending();
    const made = image([10]);
    const put = () => failureOf(client.putManifest(made.manifest, { tag: 'v1', signal }), [registry.address, 'shop/web:v1'], [registry]);
    const own = await put();
    registry.faults.arm({ on: 'putManifest', fault: { kind: 'tamper', change: (answer) => ({ ...answer, status: 500 }) } });
    for (const failure of [own, await put()]) expect([failure?.name, failure && isTerminal(failure)]).toEqual(['ManifestIncomplete', true]);
    expect(registry.repositories.tags('shop/web')).toEqual([]);
  });

  it('for which there is no room is refused for good', async () => {
    for (const fault of [diskFull(), insufficientStorage()]) {
      const { registry, client } = await sending();
      registry.faults.arm({ on: 'putManifest', fault });
      const put = client.putManifest(image([10]).manifest, { tag: 'v1', signal });
      const failure = await failureOf(put, [registry.address, 'shop/web:v1'], [registry]);
      expect([failure?.name, failure && isTerminal(failure)]).toEqual(['RegistryFull', true]);
    }
  });

  it('about another is listed once, although the list’s first writing was lost', async () => {
    const { registry, client } = await sending({ abilities: { referrersApi: false } });
    const subject = image([10]);
    await plant(registry.repositories, 'shop/web', subject, 'v1');
    const { mediaType, digest, size } = subject.descriptor;
    const about = image([5], { subject: { mediaType, digest, size } });
    for (const each of about.blobs) await pushBlob(client, each, signal);
    const fallback = digest.replace(':', '-');
    const undone = registry.faults.arm({
      on: 'headManifest',
      path: new RegExp(fallback),
      times: 1,
      fault: before(() => void registry.repositories.deleteTag('shop/web', fallback)),
    });
    await client.putReferrer(about.manifest, digest, { signal });
    expect(undone.struck).toBe(1);
    expect((await client.referrers(digest, { signal })).map((each) => each.digest)).toEqual([about.manifest.digest]);
  });
});
