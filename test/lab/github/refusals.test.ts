import { afterEach, describe, expect, it } from '@jest/globals';
import { post, SHA, start, stopAll } from './local-github.ts';

afterEach(stopAll);

describe('the local GitHub refuses what GitHub refuses', () => {
  const STATUSES = `/repos/acme/shop/statuses/${SHA}`;

  it.each([
    ['a state that the description does not know', { state: 'passed' }, 'state', 'invalid'],
    ['a missing state', { context: 'tidegate/build' }, 'state', 'missing_field'],
    ['a context that is no text', { state: 'success', context: 7 }, 'context', 'invalid'],
    ['a description over 140 characters', { state: 'success', description: 'x'.repeat(141) }, 'description', 'custom'],
    ['a target that is no web address', { state: 'success', target_url: 'ftp://logs.test' }, 'target_url', 'custom'],
  ])('answers 422 to %s', async (_what, body, field, code) => {
    const github = await start();

    const answer = await post(github, STATUSES, body);

    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      message: 'Validation Failed',
      errors: [{ resource: 'Status', field, code, message: expect.stringContaining(field) }],
      documentation_url: expect.stringContaining('https://docs.github.com/rest'),
    });
    expect(github.statuses('acme', 'shop', SHA)).toEqual([]);
  });

  it('takes null where the description allows it', async () => {
    const github = await start();

    expect((await post(github, STATUSES, { state: 'success', description: null, target_url: null })).status).toBe(201);
    expect((await post(github, STATUSES, { state: null })).status).toBe(422);
  });

  it('answers 400 to a body that is not JSON and 422 to one that is not an object', async () => {
    const github = await start();

    expect(await post(github, STATUSES, '{"state":')).toMatchObject({ status: 400, body: { message: 'Problems parsing JSON' } });
    expect((await post(github, STATUSES, ['success'])).status).toBe(422);
  });

  it('answers 422 to a commit that is none', async () => {
    const github = await start();

    const answer = await post(github, '/repos/acme/shop/statuses/main', { state: 'success' });

    expect(answer).toMatchObject({ status: 422, body: { message: 'No commit found for SHA: main' } });
  });

  it('answers 422 to the 1,001st status of a commit and context, and goes on for other contexts', async () => {
    const github = await start();
    for (let batch = 0; batch < 20; batch += 1)
      await Promise.all(Array.from({ length: 50 }, () => post(github, STATUSES, { state: 'success', context: 'tidegate/build' })));

    const over = await post(github, STATUSES, { state: 'success', context: 'Tidegate/BUILD' });

    expect(over).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'This SHA and context has reached the maximum number of statuses.' }] },
    });
    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1000);
    expect((await post(github, STATUSES, { state: 'success', context: 'tidegate/test' })).status).toBe(201);
  });

  it('answers 401 without the right token, and keeps nothing', async () => {
    const github = await start();

    expect(await post(github, STATUSES, { state: 'success' }, '')).toMatchObject({ status: 401 });
    expect(await post(github, STATUSES, { state: 'success' }, 'wrong')).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials' },
    });
    expect(github.statuses('acme', 'shop', SHA)).toEqual([]);
    expect(JSON.stringify(github.requests())).not.toContain('wrong');
  });

  it('answers 404 to a route and to a repository that it does not know', async () => {
    const github = await start({ repositories: ['acme/shop'] });

    expect((await post(github, '/repos/acme/shop/status', {})).status).toBe(404);
    expect((await post(github, `/repos/acme/other/statuses/${SHA}`, { state: 'success' })).status).toBe(404);
    expect((await post(github, `/repos/Acme/Shop/statuses/${SHA}`, { state: 'success' })).status).toBe(201);
  });

  it('answers 404 to a status of a deployment that does not exist', async () => {
    const github = await start();

    expect((await post(github, '/repos/acme/shop/deployments/7/statuses', { state: 'success' })).status).toBe(404);
  });

  it('says so when it is asked for an operation that it does not play', async () => {
    const github = await start();

    expect((await post(github, '/repos/acme/shop/releases', { tag_name: 'v1' })).status).toBe(501);
  });
});
