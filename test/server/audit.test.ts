import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { exported } from '../support/made-ledger.ts';
import { call } from './call.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  for (let sequence = 1; sequence <= 5; sequence++)
    api.audit.all.push(
      exported(
        { key: `k${sequence}`, action: 'vote', actor: 'rita', application: 'shop', reason: 'good', at: '2026-01-01T00:00:00.000Z' },
        sequence,
      ),
    );
});
afterAll(() => api.stop());

const ask = async (path: string) => call(`${api.url}/api/v1/audit/${path}`, { token: 'tdg_ana-token-of-the-tests' });

describe('the ledger over the API', () => {
  it('shows records page by page, the oldest or the newest first', async () => {
    const first = (await ask('records?limit=2')).body as { records: { sequence: number }[]; next: number };
    expect(first.records.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect((await ask(`records?limit=3&after=${first.next}`)).body).toMatchObject({
      records: [{ sequence: 3 }, { sequence: 4 }, { sequence: 5 }],
    });
    const newest = (await ask('records?limit=2&order=newest')).body as { records: { sequence: number }[]; next: number };
    expect(newest.records.map(({ sequence }) => sequence)).toEqual([5, 4]);
    expect((await ask(`records?limit=3&order=newest&last=${newest.next}`)).body).toMatchObject({
      records: [{ sequence: 3 }, { sequence: 2 }, { sequence: 1 }],
    });
    expect((await ask(`records?limit=3&after=4`)).body).not.toHaveProperty('next');
  });

  it('hands every filter on, with times in UTC, and refuses those that it does not know', async () => {
    await ask('records?application=shop&release=2&actor=rita&action=vote&since=2026-01-01T02:00:00%2B02:00&limit=7');
    expect(api.audit.asked.at(-1)).toMatchObject({
      application: 'shop',
      release: 2,
      actor: 'rita',
      action: 'vote',
      since: '2026-01-01T00:00:00.000Z',
    });
    for (const wrong of ['who=rita', 'limit=0', 'limit=1001', 'since=yesterday', 'release=x'])
      expect((await ask(`records?${wrong}`)).status).toBe(422);
  });

  it('shows a record whole, with its proof, and says when there is none', async () => {
    expect((await ask('records/2')).body).toEqual(JSON.parse(JSON.stringify(api.audit.all[1])));
    expect((await ask('records/2/proof')).body).toMatchObject({ format: 'tidegate-proof/1', record: { sequence: 2 }, checkpoint: 'note' });
    expect(await ask('records/6')).toMatchObject({ status: 404, body: { detail: 'The ledger has no record 6' } });
    expect((await ask('records/6/proof')).status).toBe(404);
    expect((await ask('checkpoint')).body).toMatchObject({ size: 5, key: api.audit.key });
    expect((await ask('growth?since=3')).body).toMatchObject({ format: 'tidegate-growth/1', size: 3, checkpoint: 'note' });
    expect(await ask('growth?since=6')).toMatchObject({ status: 422, body: { detail: 'The ledger has fewer than 6 records' } });
    expect((await ask('growth?since=0')).status).toBe(422);
  });

  it('tells what is not as its record says', async () => {
    api.audit.different.push({ what: 'freeze f-1', reason: 'no record tells of it' });
    expect((await ask('differences')).body).toEqual({ differences: [{ what: 'freeze f-1', reason: 'no record tells of it' }] });
  });

  it('erases who and why for a reason, once for each request, and says what stands in the way', async () => {
    const erase = (body: object, key?: string) =>
      call(`${api.url}/api/v1/audit/erasures`, {
        method: 'POST',
        token: 'tdg_ana-token-of-the-tests',
        body,
        ...(key !== undefined && { headers: { 'idempotency-key': key } }),
      });
    for (const body of [{ records: [], reason: 'x' }, { records: [0], reason: 'x' }, { records: [1], reason: ' ' }, { records: [1] }])
      expect((await erase(body)).status).toBe(422);
    expect(api.audit.erasures).toEqual([]);
    const wish = { records: [2, 3], reason: 'request 17' };
    expect(await erase(wish, 'one')).toMatchObject({ status: 200, body: { erased: [2, 3] } });
    await erase(wish, 'one');
    const [first, again] = api.audit.erasures.map(({ entry }) => entry);
    expect(first).toMatchObject({ action: 'personal-data-erased', actor: 'ana', reason: 'request 17' });
    expect(first?.authentication).toBeDefined();
    expect(again?.key).toBe(first?.key);
    api.audit.failure = Object.assign(new Error('Record 2 is of f-1, which still stands'), { name: 'RecordNeeded' });
    expect(await erase(wish)).toMatchObject({ status: 409, body: { detail: 'Record 2 is of f-1, which still stands' } });
    api.audit.failure = Object.assign(new Error('The ledger has no record 9'), { name: 'RecordUnknown' });
    expect(await erase(wish)).toMatchObject({ status: 422, body: { errors: [{ member: 'records' }] } });
  });
});
