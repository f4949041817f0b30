import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createShop } from '../src/shop.js';
import { openSpool } from '../src/spool.js';
import { stopperOf } from '../src/stopping.js';
import { notifier, work } from '../src/work.js';

const receipts = `${process.env.RECEIPTS_URL ?? assert.fail('Set RECEIPTS_URL to where src/receipts.js listens')}/receipts`;
const stopping = new AbortController();
let directory;
let server;
let working;
let shop;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shop-orders-'));
  const spool = await openSpool(directory);
  server = createShop({ spool, identity: { release: '7', deployment: 'deployment-7', digest: 'sha256:7', environment: 'test' } });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  shop = `http://127.0.0.1:${server.address().port}`;
  working = work({ spool, notify: notifier(receipts), signal: stopping.signal });
});

after(async () => {
  stopping.abort();
  await working;
  await stopperOf(server)();
  await rm(directory, { recursive: true });
});

/** What `ask` gives once it gives anything; the receiver may still be on its way up. */
async function eventually(ask) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await ask().catch((error) => (Date.now() > deadline ? Promise.reject(error) : undefined));
    if (found !== undefined) return found;
    assert.ok(Date.now() < deadline, 'it took too long');
    await pause(50);
  }
}

async function order(body) {
  return fetch(`${shop}/orders`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
}

test('an order is taken, served, and its receipt arrives where receipts go', async () => {
  const answer = await order({ item: 'mug', quantity: 2 });
  assert.equal(answer.status, 202);
  const { id } = await answer.json();

  const done = await eventually(async () => {
    const seen = await (await fetch(`${shop}/orders/${id}`)).json();
    return seen.state === 'done' ? seen : undefined;
  });
  assert.equal(done.receipt.total, 2_400);
  const told = await eventually(async () => (await (await fetch(receipts)).json()).filter((receipt) => receipt.id === id));
  assert.deepEqual(told, [done.receipt]);
});

test('an order that makes no sense is refused with the reason', async () => {
  for (const [body, reason] of [
    [{ item: 'boat', quantity: 1 }, /tea, mug, kettle/],
    [{ item: 'tea', quantity: 0 }, /quantity/],
    [{ item: 'toString', quantity: 1 }, /item/],
    [null, /order/],
    ['{', /JSON/],
  ]) {
    const answer = await order(body);
    assert.equal(answer.status, 400);
    assert.match((await answer.json()).error, reason);
  }
});

test('every answer says which deployment gave it', async () => {
  for (const path of ['/', '/health', '/version', '/orders/unknown', '/nothing']) {
    const answer = await fetch(`${shop}${path}`);
    await answer.text();
    assert.equal(answer.headers.get('x-tidegate-deployment'), 'deployment-7', path);
  }
});

test('the version is that of the release', async () => {
  const answer = await fetch(`${shop}/version`);
  assert.deepEqual(await answer.json(), { release: '7', deployment: 'deployment-7', digest: 'sha256:7', environment: 'test' });
});
