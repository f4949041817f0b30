import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Descriptor } from '../../../domain/oci-manifest.ts';
import type { RetentionReport } from '../../../domain/retention-report.ts';
import { TYPES } from '../../support/pushed-images.ts';
import { type LabRepository, RetentionLab } from '../../support/retention-lab.ts';

let lab: RetentionLab;

beforeAll(async () => {
  lab = await RetentionLab.start();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const outcomeOf = (report: RetentionReport, name: string) => {
  const row = report.rows.find((one) => (one.tag ?? one.digest) === name);
  return `${row?.outcome}: ${row?.reasons.join(', ')}`;
};

/** An old image that is kept by one of its two names. */
async function twoNames(): Promise<{ readonly repository: LabRepository; readonly image: Descriptor }> {
  const repository = lab.repository({ days: 30, tags: ['stable'] });
  const image = await repository.image('twice', 100, { tag: 'stable' });
  await repository.tag('feature', image);
  return { repository, image };
}

/** Answers DELETE of a tag as registries do that have this call: the name goes, and what it named stays or goes with it. */
function deletesTags(repository: LabRepository, also: (tag: string) => Promise<void> = async () => undefined) {
  return async ({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const tag = url.slice(url.lastIndexOf('/') + 1);
    if (method !== 'DELETE' || tag.startsWith('sha256:')) return false;
    const isThere = (await repository.tags()).includes(tag);
    if (isThere) await also(tag);
    if (isThere) await rm(join(repository.folder, '_manifests/tags', tag), { recursive: true });
    const body = isThere ? '' : JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'unknown' }] });
    response.writeHead(isThere ? 202 : 404, { 'content-type': 'application/json' }).end(body);
    return true;
  };
}

describe('a registry that deletes no tag alone', () => {
  it('keeps the tag, which says so before and after, and nothing is recorded', async () => {
    const { repository } = await twoNames();
    const words = /^stays: its registry cannot delete a tag alone, its image stays without this name/;
    expect(outcomeOf(await repository.look(), 'feature')).toMatch(words);
    const report = await repository.apply();
    expect(outcomeOf(report, 'feature')).toMatch(words);
    expect(report.counts).toEqual({ kept: 1, deleted: 0, stays: 1 });
    expect(await repository.tags()).toEqual(['feature', 'stable']);
    expect(await repository.records()).toEqual([]);
  });
});

describe('a registry that deletes tags', () => {
  it('loses the name, and the image stays whole under the other one', async () => {
    const { repository } = await twoNames();
    lab.registry.proxy.meddle = deletesTags(repository);
    const report = await repository.apply();
    expect(report.counts).toEqual({ kept: 1, deleted: 1, stays: 0 });
    expect(await repository.tags()).toEqual(['stable']);
    expect(await repository.broken()).toEqual([]);
    expect((await repository.records()).map(({ action, image }) => [action, image])).toEqual([
      ['tag-deletion', `${repository.name}:feature`],
      ['retention-ended', repository.name],
    ]);
  });

  it('and takes the image with the tag is found out, and the image is put back with its other names', async () => {
    const { repository, image } = await twoNames();
    lab.registry.proxy.meddle = deletesTags(repository, () => repository.pusher.remove(image.digest));
    await expect(repository.apply()).rejects.toMatchObject({ name: 'TagTookManifest' });
    expect(await repository.pusher.lacking('stable')).toEqual([]);
    expect(await repository.manifests()).toContain(image.digest);
  });
});

describe('a registry that lists referrers itself', () => {
  /** The referrers API before a registry that has none. */
  function listing(referrers: ReadonlyMap<string, readonly Descriptor[]>) {
    return ({ url = '' }: IncomingMessage, response: ServerResponse): boolean => {
      const [, subject] = /\/referrers\/(sha256:[0-9a-f]{64})/.exec(url) ?? [];
      if (subject === undefined) return false;
      const manifests = referrers.get(subject) ?? [];
      response.writeHead(200, { 'content-type': TYPES.index }).end(JSON.stringify({ schemaVersion: 2, mediaType: TYPES.index, manifests }));
      return true;
    };
  }

  it('loses the signatures of what is deleted, and none of what is kept', async () => {
    const repository = lab.repository({ days: 30, tags: ['stable'] });
    const [kept, old] = [await repository.image('kept', 90, { tag: 'stable' }), await repository.image('old', 90, { tag: 'old' })];
    const [signature, oldSignature] = [
      await repository.image('s', 90, { subject: kept }),
      await repository.image('os', 90, { subject: old }),
    ];
    const onSignature = await repository.image('oos', 90, { subject: oldSignature });
    lab.registry.proxy.meddle = listing(
      new Map([
        [kept.digest, [signature]],
        [old.digest, [oldSignature]],
        [oldSignature.digest, [onSignature]],
      ]),
    );
    const report = await repository.apply();
    expect(report.counts).toEqual({ kept: 2, deleted: 3, stays: 0 });
    expect(await repository.manifests()).toEqual(new Set([kept.digest, signature.digest]));
  });

  it('loses a signature too that was put there while its image was being deleted', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    const old = await repository.image('old', 90, { tag: 'old' });
    const late = await repository.image('late', 0, { subject: old });
    const referrers = new Map<string, readonly Descriptor[]>();
    const list = listing(referrers);
    lab.registry.proxy.meddle = (request, response) => {
      if (request.method === 'DELETE') referrers.set(old.digest, [late]);
      return list(request, response);
    };
    await repository.apply();
    expect(await repository.manifests()).toEqual(new Set());
  });
});

describe('something that nobody can read', () => {
  it('keeps all of its repository, and says what it is', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    await repository.image('old', 90, { tag: 'old' });
    const strange = await repository.image('strange', 90, { tag: 'strange' });
    lab.registry.proxy.meddle = ({ url = '', method }, response) => {
      if (method === 'DELETE' || !(url.endsWith('/strange') || url.endsWith(strange.digest))) return false;
      response.writeHead(200, { 'content-type': 'application/vnd.example.tree+json' }).end('{"schemaVersion":2}');
      return true;
    };
    const report = await repository.apply();
    expect(outcomeOf(report, 'strange')).toContain('kept: cannot be read: ');
    expect(outcomeOf(report, 'old')).toBe('kept: tag strange cannot be read, and may need it');
    expect(lab.registry.proxy.asked('DELETE', /manifests\/sha256/)).toEqual([]);
  });

  it('of Docker’s first schema is left alone, and keeps nothing else', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    await repository.image('old', 90, { tag: 'old' });
    await repository.image('ancient', 90, { tag: 'ancient' });
    lab.registry.proxy.meddle = ({ url = '' }, response) => {
      if (!url.endsWith('/ancient')) return false;
      const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
      response.writeHead(200, { 'content-type': type }).end('{"schemaVersion":1,"fsLayers":[]}');
      return true;
    };
    const report = await repository.apply();
    expect(outcomeOf(report, 'ancient')).toBe("kept: of Docker's first schema, which is not judged");
    expect(outcomeOf(report, 'old')).toMatch(/^deleted/);
    expect(await repository.tags()).toEqual(['ancient']);
  });

  it('is not to be found: a tag that the registry lists and holds nothing under', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    const image = await repository.image('gone', 90, { tag: 'gone' });
    await rm(join(repository.folder, '_manifests/revisions/sha256', image.digest.slice('sha256:'.length)), { recursive: true });
    expect(outcomeOf(await repository.apply(), 'gone')).toBe('kept: the registry lists it and holds nothing there');
  });
});

describe('a registry that fails', () => {
  it.each([500, 429, 403, 401])('with status %i while it is read loses nothing', async (status) => {
    const repository = lab.repository({ days: 30, tags: [] });
    await Promise.all([1, 2, 3].map((n) => repository.image(`old ${n}`, 90, { tag: `old-${n}` })));
    lab.registry.proxy.meddle = ({ url = '' }, response) => {
      if (!url.endsWith('/manifests/old-2')) return false;
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"errors":[{"code":"DENIED"}]}');
      return true;
    };
    await expect(repository.apply()).rejects.toThrow(/Registry 127/);
    expect(lab.registry.proxy.asked('DELETE', /./)).toEqual([]);
  });

  it('and does not delete says how it is allowed to', async () => {
    const repository = lab.repository({ days: 30, tags: [] });
    await repository.image('old', 90, { tag: 'old' });
    lab.registry.proxy.meddle = ({ method }, response) => {
      if (method !== 'DELETE') return false;
      response.writeHead(405, { 'content-type': 'application/json' }).end('{"errors":[{"code":"UNSUPPORTED"}]}');
      return true;
    };
    await expect(repository.apply()).rejects.toThrow('storage.delete.enabled');
  });
});
