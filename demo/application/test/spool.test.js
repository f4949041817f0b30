import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSpool } from '../src/spool.js';
import { work } from '../src/work.js';

async function withSpool(use) {
  const directory = await mkdtemp(join(tmpdir(), 'shop-spool-'));
  try {
    await use(await openSpool(directory), directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('two workers never serve one order twice', () =>
  withSpool(async (spool, directory) => {
    const ids = [];
    for (let count = 0; count < 40; count += 1) ids.push(await spool.submit({ item: 'tea', quantity: 1 }));
    const stopping = new AbortController();
    const told = [];
    const notify = async ({ id }) => {
      told.push(id);
      if (told.length >= ids.length) stopping.abort();
    };
    const another = await openSpool(directory);
    await Promise.all([spool, another].map((each) => work({ spool: each, notify, signal: stopping.signal })));
    assert.deepEqual(new Set(told), new Set(ids));
    assert.equal(told.length, ids.length);
  }));

test('an order that could not be served is served later', () =>
  withSpool(async (spool) => {
    const id = await spool.submit({ item: 'tea', quantity: 1 });
    const stopping = new AbortController();
    let attempts = 0;
    const notify = async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('nobody there');
      stopping.abort();
    };
    await work({ spool, notify, signal: stopping.signal });
    assert.equal(await spool.state(id), 'done');
  }));

test('what a dead worker held is given back, what a living one holds is not', () =>
  withSpool(async (spool) => {
    const dead = await spool.submit({ item: 'tea', quantity: 1 });
    const living = await spool.submit({ item: 'tea', quantity: 1 });
    await spool.claim(dead, Date.now() - 61_000);
    await spool.claim(living);
    await spool.reclaim();
    assert.deepEqual(await spool.waiting(), [dead]);
    assert.equal(await spool.state(living), 'waiting');
  }));

test('an order that nobody made has no state, and its id is no path', () =>
  withSpool(async (spool) => {
    assert.equal(await spool.state('../../etc/passwd'), undefined);
    assert.equal(await spool.state(`000000000-${'0'.repeat(32)}`), undefined);
  }));
