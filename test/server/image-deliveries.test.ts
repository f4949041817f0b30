import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Images } from '../../domain/image.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import type { OriginEvidence } from '../../domain/origin.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { type ImageSource, imageDeliveries } from '../../server/inbox/image-deliveries.ts';
import { NotificationUnfit } from '../../server/inbox/notifications.ts';
import { OutsideUnavailable } from '../../server/problems.ts';
import { FakeRegister } from '../support/fake-register.ts';
import { FakeReleaseEngine } from '../support/fake-release-engine.ts';
import { COMMIT, digestOf, KIOSK, shopRecord } from '../support/shop.ts';

const REGISTRY = '127.0.0.1:5000';
const [web] = KIOSK.components;
const WORKER = { ...web, name: 'worker', repository: `${REGISTRY}/kiosk/worker` } as NonNullable<typeof web>;
const A = digestOf('a');
const B = digestOf('b');
const LATER = 'd'.repeat(40);
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

let register: FakeRegister;
let engine: FakeReleaseEngine;
let components: NonNullable<typeof web>[];
/** What the registry has, whatever it told. */
let tags: Map<string, typeof A>;
let source: ImageSource;
let unreachable: boolean;
/** What is known of where the images come from. */
let origin: OriginEvidence;
/** Commits that a branch or tag leads to, and what was asked about them. */
let leading: string[];
let asked: string[];
/** Pipelines that some commits have instead. */
let pipelines: Map<string | undefined, Partial<Pipeline>>;
let receivedAt: string;

beforeEach(() => {
  register = new FakeRegister();
  engine = new FakeReleaseEngine();
  components = [...KIOSK.components];
  unreachable = false;
  origin = { signed: [], own: [] };
  [leading, asked, pipelines] = [[COMMIT, LATER], [], new Map()];
  receivedAt = '2026-03-02T09:30:00.000Z';
  tags = new Map([['1.0', A]]);
  source = { name: 'hub', kind: 'distribution', registry: REGISTRY };
});

async function deliver(payload: unknown, tagsOfTrigger?: readonly string[]): Promise<Settlement> {
  const read = imageDeliveries({
    server: {
      register,
      engine,
      applications: ['kiosk'],
      environments: [],
      sources: {
        resolve: async (_name, ref) => ref,
        leadsTo: async (_name, commit, refs) => {
          asked.push(`${commit} ${refs.join()}`);
          return leading.includes(commit);
        },
        pipeline: async (_name, commit) =>
          unreachable ? Promise.reject(new Error('no route to git')) : { ...KIOSK, components, ...pipelines.get(commit) },
      },
      images: {
        resolve: async (_repository, tag) => tags.get(tag),
        has: async ({ digest }) => [...tags.values()].includes(digest),
        origin: async () => origin,
      },
    },
    sources: [source],
    applications: [
      { name: 'kiosk', triggers: [{ on: 'image', from: 'hub', ...(tagsOfTrigger !== undefined && { tags: tagsOfTrigger }) }] },
    ],
  });
  const body = JSON.stringify(payload);
  return read({
    number: 1,
    source: 'images/hub',
    id: 'd1',
    event: '',
    contentType: 'application/json',
    body,
    receivedAt,
    attempts: 1,
  }).handle(AbortSignal.timeout(60_000));
}

const pushed = (digest: string, tag = '1.0', mediaType = MANIFEST, repository = 'kiosk/web') => ({
  events: [{ action: 'push', target: { mediaType, digest, repository, tag }, request: { host: 'evil.example.com' } }],
});
const images = (): Images[] => register.records.map(({ record }) => record.images);

describe('a notification of a registry', () => {
  it.each([
    ['distribution', pushed(A)],
    ['docker-hub', { push_data: { tag: '1.0' }, repository: { repo_name: 'kiosk/web' } }],
    [
      'harbor',
      { type: 'PUSH_ARTIFACT', event_data: { resources: [{ digest: A, tag: '1.0' }], repository: { repo_full_name: 'kiosk/web' } } },
    ],
    ['quay', { repository: 'kiosk/web', updated_tags: ['1.0'] }],
    ['generic', { repository: `${REGISTRY}/kiosk/web`, digest: A }],
  ] as const)('of %s makes a release of the digest that the registry has', async (kind, payload) => {
    source = { name: 'hub', kind, ...(kind !== 'generic' && { registry: REGISTRY }) };
    expect(await deliver(payload)).toMatchObject({ state: 'done', detail: 'release 1 of kiosk' });
    expect(register.records[0]?.record).toMatchObject({
      initiator: 'webhook/hub',
      images: { web: { repository: `${REGISTRY}/kiosk/web`, digest: A } },
    });
    expect(await deliver(payload)).toMatchObject({ detail: 'release 1 of kiosk, which was there already' });
    expect(images()).toHaveLength(1);
  });

  it('of what the registry does not have makes none', async () => {
    source = { name: 'hub', kind: 'generic' };
    const told = { state: 'parked', detail: expect.stringMatching(/has no image .*; push it first/) };
    expect(await deliver({ repository: `${REGISTRY}/kiosk/web`, digest: B })).toMatchObject(told);
    expect(images()).toEqual([]);
  });

  it('of a tag that leads elsewhere by now makes none: what is newer stays', async () => {
    await deliver(pushed(A));
    tags.set('1.0', B).set('old', A);
    await deliver(pushed(B));
    expect(await deliver(pushed(A))).toMatchObject({ state: 'ignored', detail: `${REGISTRY}/kiosk/web:1.0 leads to ${B} by now` });
    expect(await deliver(pushed(A, 'gone'))).toMatchObject({ state: 'ignored' });
    expect(images()).toHaveLength(2);
  });

  it('waits where the source repository does not answer', async () => {
    unreachable = true;
    await expect(deliver(pushed(A))).rejects.toThrow(OutsideUnavailable);
    expect(images()).toEqual([]);
  });

  it('of layers, deletions, other repositories and other tags makes none', async () => {
    expect(await deliver(pushed(A, '1.0', 'application/octet-stream'))).toMatchObject({ state: 'ignored' });
    expect(await deliver({ events: [{ action: 'delete', target: {} }] })).toMatchObject({ state: 'ignored' });
    expect(await deliver(pushed(A, '1.0', MANIFEST, 'other/web'))).toMatchObject({
      detail: `no component of kiosk comes from ${REGISTRY}/other/web`,
    });
    expect(await deliver(pushed(A), ['v*'])).toMatchObject({ state: 'ignored', detail: `no trigger is for ${REGISTRY}/kiosk/web:1.0` });
    expect(images()).toEqual([]);
  });

  it('of what is pushed for another image makes none: platforms of an index, signatures and lists of referrers', async () => {
    const untagged = { events: [{ action: 'push', target: { mediaType: MANIFEST, digest: A, repository: 'kiosk/web' } }] };
    expect(await deliver(untagged)).toMatchObject({ state: 'ignored', detail: 'it tells of no image that was pushed' });
    for (const end of ['', '.sig', '.att']) {
      const tag = `${A.replace(':', '-')}${end}`;
      tags.set(tag, A);
      expect(await deliver(pushed(A, tag))).toMatchObject({ state: 'ignored' });
    }
    expect(images()).toEqual([]);
  });

  it('leaves the other components and the commit as they are in the newest release', async () => {
    components = [...KIOSK.components, WORKER];
    tags.set('2.0', B);
    const before = { web: { repository: `${REGISTRY}/kiosk/web`, digest: A }, worker: { repository: WORKER.repository, digest: A } };
    register.put({ ...shopRecord(1), application: 'kiosk', commit: COMMIT, images: before });
    await deliver(pushed(B, '2.0'));
    // Nobody says that these are of the commit.
    const [, made] = register.records.map(({ record }) => record);
    expect(made).toMatchObject({ commit: COMMIT, kept: ['worker', 'web'], images: { web: { digest: B }, worker: { digest: A } } });
    expect(asked).toEqual([]);
  });

  describe('of an image that says what it was built from', () => {
    const before = () => ({
      web: { repository: `${REGISTRY}/kiosk/web`, digest: A },
      worker: { repository: WORKER.repository, digest: A },
    });
    const byLabel = (commit: string, ref?: string): OriginEvidence => ({
      signed: [],
      own: [{ by: 'label', commit, ...(ref !== undefined && { ref }) }],
    });
    const bySignature = (commit: string): OriginEvidence => ({
      signed: [{ built: { kind: 'commit', repository: 'https://github.com/acme/kiosk', commit, ref: 'release-2' }, keys: ['ci'] }],
      own: [{ by: 'label', commit: COMMIT }],
    });
    beforeEach(() => {
      components = [...KIOSK.components, WORKER];
      tags.set('2.0', B);
      register.put({ ...shopRecord(1), application: 'kiosk', commit: COMMIT, images: before() });
    });

    it('makes a release of that commit, which a branch or tag leads to now', async () => {
      origin = byLabel(LATER, 'main');
      expect(await deliver(pushed(B, '2.0'))).toMatchObject({
        state: 'done',
        detail: `release 2 of kiosk, of ${LATER.slice(0, 12)} by its label`,
      });
      const { record } = register.records[1] ?? {};
      expect(record).toMatchObject({ commit: LATER, kept: ['worker'], images: { web: { digest: B }, worker: { digest: A } } });
      expect(asked).toEqual([`${LATER} main,2.0`]);
    });

    it('believes what is signed before its label', async () => {
      origin = bySignature(LATER);
      expect(await deliver(pushed(B, '2.0'))).toMatchObject({ detail: expect.stringContaining('by provenance that ci signed') });
      expect(register.records[1]?.record.commit).toBe(LATER);
      expect(asked).toEqual([`${LATER} release-2,2.0`]);
    });

    it('makes none of a commit that no branch or tag leads to, which may come while the delivery is young', async () => {
      leading = [COMMIT];
      origin = byLabel(LATER);
      const gone = expect.stringMatching(`^web of kiosk is of ${LATER} by its label, and no branch or tag`);
      expect(await deliver(pushed(B, '2.0'))).toEqual({ state: 'ignored', detail: gone });
      receivedAt = new Date().toISOString();
      expect(await deliver(pushed(B, '2.0'))).toMatchObject({ state: 'later', detail: gone });
      expect(images()).toHaveLength(1);
      leading = [LATER];
      expect(await deliver(pushed(B, '2.0'))).toMatchObject({ state: 'done' });
      expect(register.records[1]?.record.commit).toBe(LATER);
    });

    it('waits for what is to be signed while the delivery is young, and goes by its own word where that never comes', async () => {
      origin = { ...byLabel(LATER), isAwaited: true };
      receivedAt = new Date().toISOString();
      const detail = 'web of kiosk has no provenance yet that a policy of its stages counts';
      expect(await deliver(pushed(B, '2.0'))).toMatchObject({ state: 'later', detail });
      expect(images()).toHaveLength(1);
      receivedAt = '2026-03-02T09:30:00.000Z';
      expect(await deliver(pushed(B, '2.0'))).toMatchObject({ state: 'done', detail: expect.stringContaining('by its label') });
    });

    it('makes none where it says several things, and says so to whoever can mend it', async () => {
      origin = {
        signed: [],
        own: [
          { by: 'label', commit: COMMIT },
          { by: 'provenance', commit: LATER },
        ],
      };
      const told = `web of kiosk says that it was built from ${COMMIT} and of ${LATER}; push an image of one commit`;
      expect(await deliver(pushed(B, '2.0'))).toMatchObject({ state: 'parked', detail: expect.stringContaining(told) });
      expect(images()).toHaveLength(1);
    });

    it('reads the pipeline of that very commit', async () => {
      origin = byLabel(LATER);
      pipelines.set(LATER, { components: [...KIOSK.components] });
      await deliver(pushed(B, '2.0'));
      expect(register.records[1]?.record.images).toEqual({ web: { repository: `${REGISTRY}/kiosk/web`, digest: B } });
      pipelines.set(LATER, { components: [WORKER] });
      expect(await deliver(pushed(B, '2.0'))).toMatchObject({
        state: 'ignored',
        detail: `no component of kiosk comes from ${REGISTRY}/kiosk/web at ${LATER.slice(0, 12)}`,
      });
    });

    it('finds a component that is new since the release before', async () => {
      pipelines.set(COMMIT, { components: [WORKER] });
      expect(await deliver(pushed(B, '2.0'))).toMatchObject({
        state: 'ignored',
        detail: `no component of kiosk comes from ${REGISTRY}/kiosk/web`,
      });
      origin = byLabel(LATER);
      await deliver(pushed(B, '2.0'));
      expect(register.records[1]?.record).toMatchObject({ commit: LATER, images: { web: { digest: B } } });
    });

    it('keeps the claim of what was given for the same commit', async () => {
      origin = byLabel(LATER);
      await deliver(pushed(B, '2.0'));
      await deliver(pushed(B, '2.0', MANIFEST, 'kiosk/worker'));
      expect(register.records.map(({ record }) => record.kept)).toEqual([undefined, ['worker'], undefined]);
      expect(register.records[2]?.record).toMatchObject({ commit: LATER, images: { web: { digest: B }, worker: { digest: B } } });
    });
  });

  it.each([[null], [{}], [{ events: 'push' }], [pushed('latest')], [pushed(A, '../..')], [pushed(A, '1.0', MANIFEST, '../etc')]])(
    'that does not fit is refused by name: %j',
    async (payload) => {
      await expect(deliver(payload)).rejects.toThrow(NotificationUnfit);
    },
  );
});
