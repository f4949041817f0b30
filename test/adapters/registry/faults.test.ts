import { describe, expect, it } from '@jest/globals';
import type { RepositoryClient } from '../../../adapters/registry/contents.ts';
import type { Fault } from '../../../lab/faulty-registry/faults.ts';
import {
  cutRequest,
  fails,
  forbidden,
  redirects,
  silence,
  strangersNotFound,
  tooManyRequests,
  trickles,
  unauthorized,
} from '../../../lab/faulty-registry/known-faults.ts';
import type { Operation } from '../../../lab/faulty-registry/routes.ts';
import { connectTo, expectNoConnections, failureOf, isTerminal, openAt, PATIENT, SHORT, startOne } from './fault-lab.ts';
import { blob, chunksOf, image, type Made, plant, readAll, referrer } from './made-content.ts';

const { signal } = new AbortController();

/** One of our client's calls, and the registry's call that it needs. */
interface Call {
  readonly title: string;
  readonly on: readonly Operation[];
  readonly does: (client: RepositoryClient, there: Made) => Promise<unknown>;
  /** What its failures name, besides registry and repository. */
  readonly names: (there: Made) => string;
}

const absent = blob(100_000);
const other = image([10]);
const large = blob(9_000_000);
const about = (there: Made) => referrer(there.descriptor, 'application/vnd.example.sbom.v1', { nonce: 'fixed' });

const CALLS: readonly Call[] = [
  { title: 'getting a manifest by tag', on: ['getManifest'], does: (client) => client.getManifest('v1', { signal }), names: () => ':v1' },
  {
    title: 'getting a manifest by digest',
    on: ['getManifest'],
    does: (client, there) => client.getManifest(there.manifest.digest, { signal }),
    names: (there) => there.manifest.digest,
  },
  {
    title: 'looking for a manifest',
    on: ['headManifest', 'getManifest'],
    does: (client, there) => client.headManifest(there.manifest.digest, { signal }),
    names: (there) => there.manifest.digest,
  },
  {
    title: 'putting a manifest under a tag',
    on: ['putManifest'],
    does: (client, there) => client.putManifest(there.manifest, { tag: 'v2', signal }),
    names: () => ':v2',
  },
  {
    title: 'deleting a manifest',
    on: ['deleteManifest'],
    does: (client, there) => client.deleteManifest(there.manifest.digest, { signal }),
    names: (there) => there.manifest.digest,
  },
  { title: 'deleting a tag', on: ['deleteManifest'], does: (client) => client.deleteTag('v1', { signal }), names: () => ':v1' },
  {
    title: 'looking for a blob',
    on: ['headBlob', 'getBlob'],
    does: (client, there) => client.hasBlob(layerOf(there), { signal }),
    names: (there) => layerOf(there).digest,
  },
  {
    title: 'reading a blob',
    on: ['getBlob'],
    does: (client, there) => readAll(client.readBlob(layerOf(there), { signal })),
    names: (there) => layerOf(there).digest,
  },
  {
    title: 'reading a large blob over a connection of its own',
    on: ['getBlob'],
    does: (client) => readAll(client.readBlob(large.descriptor, { signal, lends: true })),
    names: () => large.descriptor.digest,
  },
  {
    title: 'opening an upload',
    on: ['openUpload'],
    does: (client) => client.mountBlob(absent.descriptor, undefined, { signal }),
    names: () => absent.descriptor.digest,
  },
  {
    title: 'mounting a blob',
    on: ['mountBlob'],
    does: (client) => client.mountBlob(absent.descriptor, { ...client.repository, path: 'shop/other' }, { signal }),
    names: () => absent.descriptor.digest,
  },
  { title: 'sending a blob', on: ['finishUpload'], does: sendAbsent, names: () => absent.descriptor.digest },
  { title: 'listing tags', on: ['listTags'], does: (client) => listed(client.tags({ signal })), names: () => 'shop/web' },
  {
    title: 'listing referrers',
    on: ['referrers'],
    does: (client, there) => client.referrers(there.manifest.digest, { signal }),
    names: (there) => there.manifest.digest,
  },
  {
    title: 'putting a referrer',
    on: ['putManifest'],
    does: (client, there) => client.putReferrer(about(there).manifest, there.manifest.digest, { signal }),
    names: () => 'sha256:',
  },
];

function layerOf(there: Made) {
  return there.blobs[1]?.descriptor ?? other.descriptor;
}

async function sendAbsent(client: RepositoryClient): Promise<void> {
  const opened = await client.mountBlob(absent.descriptor, undefined, { signal });
  if (opened.kind !== 'upload') throw new Error('nobody had that blob');
  await client.writeBlob(absent.descriptor, opened.location, { content: (offset) => chunksOf(absent.bytes, offset), signal });
}

async function listed(tags: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const tag of tags) all.push(tag);
  return all;
}

/** Who may not read where a blob could be mounted from may still push it. */
const PUSHED_INSTEAD = { 'mounting a blob': 'none' };
/** What is asked for again is found there. */
const ARRIVED_ALL_THE_SAME = { 'sending a blob': 'none' };

/** What strikes every call alike, and how it is to end; what a call makes of it differently comes with the call's title. */
const tricklingHead = trickles('head', 1, 20);
const FAULTS: readonly (readonly [string, Fault, string, Readonly<Record<string, string>>?])[] = [
  ['401 with a challenge for a password, for ever', unauthorized('Basic realm="lab"'), 'RegistryRefused', PUSHED_INSTEAD],
  ['401 with a challenge that nobody knows', unauthorized('Negotiate'), 'RegistryRefused', PUSHED_INSTEAD],
  ['401 with a challenge for a token that no server gives', unauthorized('Bearer realm="no url",service="lab"'), 'RegistryRefused'],
  ['403', forbidden(), 'RegistryRefused', PUSHED_INSTEAD],
  [
    '404 of a stranger',
    strangersNotFound(),
    'AnswerMalformed',
    // A registry without the referrers API says it so, and one that forgot an upload might.
    { 'listing referrers': 'none', 'sending a blob': 'UploadLost' },
  ],
  ['429 with seconds', tooManyRequests(7), 'RegistryBusy'],
  ['429 with a date', tooManyRequests(new Date(Date.now() + 3_600_000)), 'RegistryBusy'],
  ['500', fails(500), 'RegistryUnavailable'],
  ['502', fails(502), 'RegistryUnavailable'],
  ['503', fails(503), 'RegistryUnavailable'],
  ['504', fails(504), 'RegistryUnavailable'],
  ['no answer at all', silence, 'RegistryUnavailable'],
  ['a head that trickles for ever', tricklingHead, 'RegistryUnavailable', ARRIVED_ALL_THE_SAME],
  ['a connection that is reset', cutRequest(0, 'RST'), 'RegistryUnavailable'],
  ['a connection that is closed', cutRequest(0, 'FIN'), 'RegistryUnavailable'],
  ['a redirect to itself', redirects(307, (path) => path), 'RedirectRefused'],
  ['redirects without end', redirects(307, (path) => `${path}${path.includes('?') ? '' : '?'}&more`), 'RedirectRefused'],
  ['a redirect to what is no address', redirects(307, () => 'http://[nowhere'), 'RedirectRefused'],
  ['a redirect to another protocol', redirects(307, () => 'file:///etc/passwd'), 'RedirectRefused'],
];

/** Of these nothing comes but the end of patience; every other one answers, however late on a busy machine. */
const UNHEARD: readonly Fault[] = [silence, tricklingHead];

const RETRYABLE = ['RegistryBusy', 'RegistryUnavailable', 'UploadLost'];

describe('each call of the client that meets', () => {
  it.each(FAULTS)(
    '%s ends in bounded time in a named failure, which can be tried again if it may pass',
    async (_, fault, name, differently = {}) => {
      const ends = await Promise.all(CALLS.map(async (call) => [call.title, await endOf(call, fault)] as const));
      const expected = CALLS.map(({ title }) => [title, differently[title] ?? name] as const);
      expect(Object.fromEntries(ends)).toEqual(Object.fromEntries(expected));
    },
  );
});

/** The name of the failure in which a call ends, or `none`, once all that holds for every failure is shown. */
async function endOf({ on, does, names }: Call, fault: Fault): Promise<string> {
  const registry = await startOne();
  const there = image([50_000]);
  await plant(registry.repositories, 'shop/web', there, 'v1');
  for (const { bytes } of [large, ...about(there).blobs]) await registry.repositories.plantBlob('shop/web', bytes);
  const rule = registry.faults.arm({ on, fault });
  const limits = UNHEARD.includes(fault) ? SHORT : PATIENT;
  const registries = connectTo([registry], { credential: 'password', limits });
  const failure = await failureOf(does(openAt(registries, registry), there), [registry.address, 'shop/web', names(there)], [registry]);
  expect(rule.struck).toBeGreaterThan(0);
  await registries.close();
  await expectNoConnections(registry);
  if (failure !== undefined) expect([failure.name, isTerminal(failure)]).toEqual([failure.name, !RETRYABLE.includes(failure.name)]);
  return failure?.name ?? 'none';
}
