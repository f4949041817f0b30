import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TemporalUnavailable } from '../../temporal/errors.ts';
import { type ApiUnderTest, origins, startApi, TOKENS } from '../support/api-under-test.ts';
import { COMMIT, digestOf } from '../support/shop.ts';
import { call } from './call.ts';

describe('making a release', () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.stop());

  const create = (body: unknown, headers: Record<string, string> = {}, token: string = TOKENS.ana) =>
    call(`${api.url}/api/v1/releases`, { body, headers, token });
  const nothingWasMade = () => {
    expect(api.register.records).toEqual([]);
    expect(api.engine.changes).toEqual([]);
  };

  it('resolves a branch to its commit once, registers and starts it', async () => {
    const answer = await create({ application: 'shop', commit: 'main' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ application: 'shop', number: 1, commit: COMMIT, initiator: 'ana', images: {} });
    expect(api.engine.changes).toEqual([{ method: 'start', on: 'shop#1' }]);
  });

  it('resolves a tag to its digest once', async () => {
    const answer = await create({ application: 'kiosk', images: { web: '127.0.0.1:5000/kiosk/web:1.0' } });
    expect(answer.status).toBe(201);
    expect(answer.body.images).toEqual({ web: { repository: '127.0.0.1:5000/kiosk/web', digest: digestOf('a') } });
  });

  it('takes no image that was built from another commit: by what is signed, or else by what it says itself', async () => {
    const wish = { application: 'kiosk', commit: COMMIT, images: { web: '127.0.0.1:5000/kiosk/web:1.0' } };
    const other = 'f'.repeat(40);
    const signed = (commit: string) => [
      { built: { kind: 'commit', repository: 'https://github.com/acme/kiosk', commit }, keys: ['ci'] } as const,
    ];
    const own = (commit: string) => [{ by: 'label', commit } as const];
    const answers = [];
    for (const origin of [
      { signed: [], own: own(other) },
      { signed: signed(other), own: own(COMMIT) },
      { signed: signed(COMMIT), own: own(other) },
    ]) {
      origins.set('kiosk', origin);
      answers.push(await create(wish));
    }
    origins.delete('kiosk');
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 201]);
    expect(JSON.stringify(answers[0]?.body)).toContain(
      `web of kiosk says by its label that it was built from ${other}, and is given for ${COMMIT}`,
    );
    expect(JSON.stringify(answers[1]?.body)).toContain(
      `web of kiosk was built from ${other} of github.com/acme/kiosk, by provenance that ci signed, and is given for ${COMMIT}`,
    );
  });

  it.each(['1.0', digestOf('a'), `127.0.0.1:5000/kiosk/web@${digestOf('a')}`, `127.0.0.1:5000/kiosk/web:9.9@${digestOf('a')}`])(
    'takes %s for the same image',
    async (reference) => {
      const answer = await create({ application: 'kiosk', images: { web: reference } });
      expect(answer.status).toBe(201);
      expect(answer.body.images).toMatchObject({ web: { digest: digestOf('a') } });
    },
  );

  it('gives the same commit and images the same number, whoever asks', async () => {
    await create({ application: 'shop', commit: 'main' });
    const again = await create({ application: 'shop', commit: COMMIT }, {}, TOKENS.mira);
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ number: 1, initiator: 'ana' });
    expect(api.register.records).toHaveLength(1);
  });

  it('answers a repeated Idempotency-Key as the first, and another key with a new release', async () => {
    const first = await create({ application: 'shop', commit: 'main' }, { 'idempotency-key': 'k1' });
    const again = await create({ application: 'shop', commit: 'main' }, { 'idempotency-key': 'k1' });
    const other = await create({ application: 'shop', commit: 'main' }, { 'idempotency-key': 'k2' });
    expect([first.status, again.status, other.status]).toEqual([201, 200, 201]);
    expect([first.body.number, again.body.number, other.body.number]).toEqual([1, 1, 2]);
  });

  it("keeps one person's Idempotency-Key apart from another's", async () => {
    await create({ application: 'shop', commit: 'main' }, { 'idempotency-key': 'k1' });
    const other = await create({ application: 'shop', commit: 'main' }, { 'idempotency-key': 'k1' }, TOKENS.mira);
    expect(other.body.number).toBe(2);
  });

  it('refuses an Idempotency-Key that was used for something else', async () => {
    await create({ application: 'shop', commit: 'main' }, { 'idempotency-key': 'k1' });
    const other = await create({ application: 'shop', commit: 'main', images: { web: digestOf('a') } }, { 'idempotency-key': 'k1' });
    expect(other.status).toBe(422);
    expect(other.body.detail).toContain('release 1 of shop');
  });

  it('registers before it starts, so that asking again mends a start that failed', async () => {
    api.engine.failure = new TemporalUnavailable('127.0.0.1:7233');
    const failed = await create({ application: 'shop', commit: 'main' });
    expect(failed.status).toBe(503);
    expect(failed.body.detail).toContain("Start it with 'tidegate up'");
    api.engine.failure = undefined;
    const again = await create({ application: 'shop', commit: 'main' });
    expect(again.body.number).toBe(1);
    expect(api.engine.changes).toEqual([{ method: 'start', on: 'shop#1' }]);
  });

  it('names registry, repository and tag of a tag that does not exist, and makes nothing', async () => {
    const answer = await create({ application: 'kiosk', images: { web: '127.0.0.1:5000/kiosk/web:nope' } });
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toBe('Registry 127.0.0.1:5000 has no tag nope in repository 127.0.0.1:5000/kiosk/web');
    expect(answer.body.errors).toMatchObject([{ member: 'images.web' }]);
    nothingWasMade();
  });

  it('refuses a digest that the registry does not hold', async () => {
    const answer = await create({ application: 'kiosk', images: { web: digestOf('f') } });
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toContain(digestOf('f'));
    nothingWasMade();
  });

  it('makes nothing when a registry gives no clear answer', async () => {
    const answer = await create({ application: 'kiosk', images: { web: 'down' } });
    expect(answer.status).toBe(503);
    expect(answer.body.detail).toContain('127.0.0.1:5000');
    expect(answer.body.hint).toContain('nothing was created');
    nothingWasMade();
  });

  it('shows the faults of the pipeline file with their places, and makes nothing', async () => {
    const answer = await create({ application: 'shop', commit: 'faulty' });
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toContain('pipeline.yaml:3:5 stages: is missing');
    nothingWasMade();
  });

  it('makes nothing when the source repository gives no clear answer', async () => {
    const answer = await create({ application: 'shop', commit: 'unreachable' });
    expect(answer.status).toBe(503);
    nothingWasMade();
  });

  it.each([
    ['an application that is not there', { application: 'shoop', commit: 'main' }, 404, 'no application "shoop"', 'shop and kiosk'],
    ['a reference that is not there', { application: 'shop', commit: 'gone' }, 422, 'no commit, branch or tag "gone"', 'push'],
    ['no commit where one is built', { application: 'shop' }, 422, 'builds web and worker', 'commit'],
    ['no image where one is given', { application: 'kiosk', commit: 'main' }, 422, 'does not build web', 'images'],
    ['a component that is not there', { application: 'kiosk', images: { web: '1.0', wep: '1.0' } }, 422, 'no component "wep"', 'are web'],
    [
      "another repository than the component's",
      { application: 'kiosk', images: { web: 'evil.example/web:1.0' } },
      422,
      'evil.example',
      '127.0.0.1:5000/kiosk/web',
    ],
    ['something that is no reference', { application: 'kiosk', images: { web: 'a b' } }, 422, 'repository:tag', '127.0.0.1:5000/kiosk/web'],
    ['half a digest', { application: 'kiosk', images: { web: 'sha256:abc' } }, 422, 'sha256:abc', '127.0.0.1:5000/kiosk/web'],
  ])('refuses %s', async (_what, body, status, detail, hint) => {
    const answer = await create(body);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(detail);
    expect(answer.body.hint).toContain(hint);
    nothingWasMade();
  });
});
