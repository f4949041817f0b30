import { describe, expect, it } from '@jest/globals';
import { createImageCopier } from '../../../../adapters/registry/copy/image-copier.ts';
import { text } from '../../../../lab/faulty-registry/answers.ts';
import type { Fault } from '../../../../lab/faulty-registry/faults.ts';
import {
  answers,
  before,
  changesBody,
  changesHeader,
  corrupts,
  cutAnswer,
  cutRequest,
  diskFull,
  expiresUpload,
  fails,
  forbidden,
  losesAnswer,
  losesBlob,
  misstatesLength,
  redirects,
  silence,
  stalls,
  strangersNotFound,
  tooManyRequests,
  trickles,
  truncates,
  unauthorized,
} from '../../../../lab/faulty-registry/known-faults.ts';
import type { Operation } from '../../../../lab/faulty-registry/routes.ts';
import { failureOf, isTerminal, ONLY_US } from '../fault-lab.ts';
import { digestOf, image, plant } from '../made-content.ts';
import { CopyCase, makeCargo } from './copy-faults-lab.ts';

type Side = 'source' | 'target';

/** Where a copy asks, and what for. */
const QUESTIONS: readonly (readonly [Side, readonly Operation[]])[] = [
  ['source', ['getManifest']],
  ['source', ['getBlob']],
  ['source', ['referrers']],
  ['target', ['headManifest', 'getManifest']],
  ['target', ['headBlob', 'getBlob']],
  ['target', ['openUpload']],
  ['target', ['finishUpload', 'sendChunk']],
  ['target', ['putManifest']],
];

const HOUR_MS = 3_600_000;

/** What strikes every question alike, for ever. */
const FAULTS: readonly (readonly [string, Fault])[] = [
  ['401 for ever', unauthorized('Basic realm="lab"')],
  ['403', forbidden()],
  ['404 of a stranger', strangersNotFound()],
  ['429 with a long wait', tooManyRequests(HOUR_MS / 1000)],
  ['503', fails(503)],
  ['no answer', silence],
  ['a head that trickles', trickles('head', 1, 20)],
  ['a reset', cutRequest(0, 'RST')],
  ['a lost answer', losesAnswer('RST')],
  ['a redirect to itself', redirects(307, (path) => path)],
  ['a page of a proxy', answers(text(200, 'text/html', '<html>Please sign in</html>'))],
  ['a full disk', diskFull()],
];

/** Everything that a copy may throw that waiting can mend. */
const RETRYABLE = ['RegistryBusy', 'RegistryUnavailable', 'UploadLost', 'ContentTruncated', 'ReferrersContended'];

describe('a copy that meets, at any of its questions to either registry,', () => {
  it.each(FAULTS)(
    '%s, tags nothing that is not whole, names what failed, and goes on later with no more than was missing',
    async (_, fault) => {
      await Promise.all(QUESTIONS.map(([side, on]) => strikes(side, on, fault)));
    },
  );

  const reading: readonly (readonly [string, Side, readonly Operation[], Fault])[] = [
    ['a blob with one wrong bit', 'source', ['getBlob'], corrupts()],
    ['a blob that is too short', 'source', ['getBlob'], truncates(100)],
    ['a blob whose length is misstated', 'source', ['getBlob'], misstatesLength(7)],
    ['a blob that is cut each time', 'source', ['getBlob'], cutAnswer(20_000, 'RST')],
    ['a blob that stops', 'source', ['getBlob'], stalls(20_000)],
    ['a blob that trickles', 'source', ['getBlob'], trickles('body', 10, 20)],
    ['a manifest with one wrong bit', 'source', ['getManifest'], corrupts()],
    ['a manifest whose digest is misstated', 'source', ['getManifest'], changesHeader('docker-content-digest', digestOf(Buffer.from('x')))],
    ['a manifest that is half JSON', 'source', ['getManifest'], truncates(30)],
    ['a manifest larger than any', 'source', ['getManifest'], changesBody(() => Buffer.alloc(8 * 1024 * 1024, ' '))],
    ['referrers that are half JSON', 'source', ['referrers'], truncates(30)],
    ['a blob that breaks on its way there', 'target', ['finishUpload', 'sendChunk'], cutRequest(20_000, 'RST')],
    [
      'a blob that is said to have arrived as another',
      'target',
      ['finishUpload'],
      changesHeader('docker-content-digest', digestOf(Buffer.from('x'))),
    ],
    [
      'a manifest that is said to have arrived as another',
      'target',
      ['putManifest'],
      changesHeader('docker-content-digest', digestOf(Buffer.from('x'))),
    ],
  ];

  it('content that is not what it should be, does likewise', async () => {
    await Promise.all(reading.map(([, side, on, fault]) => strikes(side, on, fault)));
  });
});

/** A copy under a fault that does not pass, and one after it has passed. */
async function strikes(side: Side, on: readonly Operation[], fault: Fault): Promise<void> {
  const attempt = await CopyCase.start();
  const rule = attempt[side].faults.arm({ on, fault });
  const failure = await failureOf(attempt.copy(), [attempt[side].address, 'shop/web'], [attempt.source, attempt.target]);
  const where = `${side} ${on.join(' ')}`;
  expect([where, rule.struck > 0]).toEqual([where, true]);
  await attempt.expectNothingHalf();
  if (failure !== undefined) {
    expect([where, failure.name, isTerminal(failure)]).toEqual([where, failure.name, !RETRYABLE.includes(failure.name)]);
    // Tags are last of all, so that a failure before them leaves the old one alone.
    if (!on.includes('putManifest')) expect([where, attempt.tagged]).toEqual([where, attempt.older.manifest.digest]);
  }
  for (const registry of [attempt.source, attempt.target]) {
    registry.faults.clear();
    registry.forget();
  }
  const { missingBytes } = attempt;
  await attempt.copy();
  await attempt.expectAllThere();
  expect([where, attempt.target.moved().in]).toEqual([where, missingBytes]);
  await attempt.close();
}

describe('a copy goes on by itself', () => {
  async function recovers(attempt: CopyCase, side: Side, on: readonly Operation[], fault: Fault, times = 1): Promise<void> {
    const rule = attempt[side].faults.arm({ on, fault, times });
    await attempt.copy();
    expect(rule.struck).toBe(times);
    await attempt.expectAllThere();
    expect(attempt.target.uploads.open()).toEqual([]);
  }

  it.each([
    ['a blob that is cut at the source', 'source', ['getBlob'], cutAnswer(30_000, 'FIN')],
    ['one bad answer to a question', 'target', ['headBlob'], fails(503)],
    ['one bad answer to an upload', 'target', ['finishUpload'], fails(500)],
    ['one bad answer to a manifest', 'target', ['putManifest'], fails(502)],
    ['one lost answer to an upload', 'target', ['finishUpload'], losesAnswer('RST')],
    ['one lost answer to a manifest', 'target', ['putManifest'], losesAnswer('FIN')],
    ['a short wait that the registry asks for', 'target', ['openUpload'], tooManyRequests(1)],
  ] as const)('after %s', async (_, side, on, fault) => {
    const attempt = await CopyCase.start();
    await recovers(attempt, side, [...on], fault);
  });

  it('after a cut upload, from where the registry stands: the target takes each byte once', async () => {
    const attempt = await CopyCase.start();
    const { missingBytes } = attempt;
    await recovers(attempt, 'target', ['finishUpload'], cutRequest(30_000, 'RST'), 2);
    expect(attempt.target.moved().in).toBe(missingBytes);
  });

  it('after an upload that expired', async () => {
    const attempt = await CopyCase.start();
    await recovers(attempt, 'target', ['finishUpload'], expiresUpload(attempt.target.uploads));
  });

  it('after its tokens have expired at both ends, by new ones that are asked for once', async () => {
    const attempt = await CopyCase.start({ source: { access: ONLY_US }, target: { access: ONLY_US } });
    attempt.target.faults.arm({
      on: 'finishUpload',
      times: 1,
      fault: before(() => {
        for (const { clock } of [attempt.source, attempt.target]) clock.advance(301);
      }),
    });
    await attempt.copy();
    await attempt.expectAllThere();
    // Once for each scope at first, and once more for what is still to be done.
    for (const registry of [attempt.source, attempt.target]) {
      const asked = registry.requests().filter(({ operation }) => operation === 'token');
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.length).toBeLessThanOrEqual(4);
    }
  });

  it('leaves a long wait to who called, and says how long', async () => {
    const attempt = await CopyCase.start();
    attempt.target.faults.arm({ on: 'openUpload', fault: tooManyRequests(120) });
    const failure = await failureOf(attempt.copy(), [attempt.target.address, 'shop/web'], [attempt.target]);
    expect(failure).toMatchObject({ name: 'RegistryBusy', retryAfterMs: 120_000 });
    const later = await CopyCase.start();
    later.source.faults.arm({ on: 'getBlob', fault: tooManyRequests(new Date(Date.now() + HOUR_MS)) });
    const dated = await failureOf(later.copy(), [later.source.address, 'shop/web'], [later.source]);
    expect(dated).toMatchObject({ name: 'RegistryBusy' });
    const wait = Reflect.get(dated ?? {}, 'retryAfterMs');
    expect(wait).toBeGreaterThan(HOUR_MS - 60_000);
    expect(wait).toBeLessThanOrEqual(HOUR_MS);
  });
});

describe('a copy keeps to what was asked of it', () => {
  it('when the tag at the source moves meanwhile', async () => {
    const attempt = await CopyCase.start();
    const { source, cargo } = attempt;
    await plant(source.repositories, 'shop/web', cargo.index, 'v1');
    const moved = source.faults.arm({
      on: 'getManifest',
      times: 1,
      fault: before(() => plant(source.repositories, 'shop/web', image([5]), 'v1')),
    });
    await attempt.copy();
    expect(moved.struck).toBe(1);
    await attempt.expectAllThere();
  });

  it('when the source lacks what its index names, and tags nothing', async () => {
    const attempt = await CopyCase.start();
    const [missing] = attempt.cargo.platforms;
    attempt.source.repositories.deleteManifest('shop/web', missing?.manifest.digest ?? '');
    const failure = await failureOf(attempt.copy(), [attempt.source.address, 'shop/web', missing?.manifest.digest ?? ''], [attempt.source]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['ManifestMissing', true]);
    await attempt.expectNothingHalf();
    expect(attempt.tagged).toBe(attempt.older.manifest.digest);
  });

  it('when the source lacks a layer, and tags nothing', async () => {
    const attempt = await CopyCase.start();
    const layer = attempt.cargo.platforms[0]?.blobs[2]?.descriptor.digest ?? '';
    attempt.source.repositories.unlinkBlob('shop/web', layer);
    const failure = await failureOf(attempt.copy(), [attempt.source.address, 'shop/web', layer], [attempt.source]);
    expect([failure?.name, failure && isTerminal(failure)]).toEqual(['BlobMissing', true]);
    await attempt.expectNothingHalf();
    expect(attempt.tagged).toBe(attempt.older.manifest.digest);
  });
});

describe('a target that does not keep what it takes', () => {
  async function expectNoTagForLess(attempt: CopyCase): Promise<void> {
    const failure = await failureOf(attempt.copy(), [attempt.target.address, 'shop/web'], [attempt.target]);
    await attempt.expectNothingHalf();
    if (failure === undefined) await attempt.expectAllThere();
    else expect(attempt.tagged).toBe(attempt.older.manifest.digest);
  }

  it('and looks for what a manifest names gets no tag when a blob is gone', async () => {
    const attempt = await CopyCase.start();
    const lost = attempt.target.faults.arm({ on: 'finishUpload', times: 1, fault: losesBlob(attempt.target.repositories) });
    await expectNoTagForLess(attempt);
    expect(lost.struck).toBe(1);
  });

  it('and looks for what a manifest names gets no tag when a manifest is gone', async () => {
    const attempt = await CopyCase.start();
    const { repositories } = attempt.target;
    const digest = attempt.cargo.platforms[0]?.manifest.digest ?? '';
    const loses: Fault = { kind: 'aside', when: 'after', act: () => void repositories.deleteManifest('shop/web', digest) };
    const lost = attempt.target.faults.arm({ on: 'putManifest', path: new RegExp(digest), times: 1, fault: loses });
    await expectNoTagForLess(attempt);
    expect(lost.struck).toBe(1);
  });

  // A registry that looks at nothing is not asked for every small blob again: the registries that people use look.
  it('and looks at nothing gets no tag when a large blob is gone', async () => {
    const attempt = await CopyCase.start({
      target: { abilities: { acceptsMissingChildren: true } },
      cargo: makeCargo(2 * 1024 * 1024 + 2),
    });
    const [platform] = attempt.cargo.platforms;
    const path = new RegExp(encodeURIComponent(platform?.blobs[1]?.descriptor.digest ?? ''));
    const lost = attempt.target.faults.arm({ on: 'finishUpload', path, times: 1, fault: losesBlob(attempt.target.repositories) });
    await expectNoTagForLess(attempt);
    expect(lost.struck).toBe(1);
  });

  it('and lost a platform of what it had is brought that platform before the index is tagged', async () => {
    const attempt = await CopyCase.start();
    await attempt.copy({ tags: [] });
    attempt.target.repositories.deleteManifest('shop/web', attempt.cargo.platforms[0]?.manifest.digest ?? '');
    await attempt.copy();
    await attempt.expectAllThere();
  });
});

describe('names that no registry may be asked for', () => {
  it.each(['shop/../web', 'Shop/Web', '../web', 'shop//web'])('%j is refused before any request, at either end', async (path) => {
    const attempt = await CopyCase.start();
    const { digest } = attempt.cargo.index.manifest;
    const copier = createImageCopier(attempt.registries.open);
    const good = [`${attempt.source.address}/shop/web`, `${attempt.target.address}/shop/web`] as const;
    const bad = [`${attempt.source.address}/${path}`, `${attempt.target.address}/${path}`] as const;
    const { signal } = new AbortController();
    for (const [from, to, tags] of [
      [bad[0], good[1], ['v1']],
      [good[0], bad[1], ['v1']],
      [good[0], good[1], ['../v1']],
    ] as const) {
      const order = { from: { repository: from, digest }, to, tags, referrers: true };
      const sound = { from: { repository: good[0], digest }, to: good[1], tags: ['v2'], referrers: true };
      const call = copier.copy([sound, order], { signal, onProgress: () => undefined });
      expect((await failureOf(call, [], []))?.name).toBe('MalformedReference');
    }
    expect([...attempt.source.requests(), ...attempt.target.requests()]).toEqual([]);
  });
});
