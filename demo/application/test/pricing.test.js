import assert from 'node:assert/strict';
import { test } from 'node:test';
import { priceOf } from '../src/pricing.js';

test('an order costs its pieces', () => {
  assert.equal(priceOf({ item: 'tea', quantity: 1 }), 450);
  assert.equal(priceOf({ item: 'mug', quantity: 3 }), 3_600);
});
