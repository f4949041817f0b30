import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderRules, refuseOrder } from '../src/orders.js';

test('an order must fit on the shelf', () => {
  for (const environment of ['test', 'staging', 'prod']) {
    const rules = orderRules(environment);
    assert.equal(refuseOrder({ item: 'tea', quantity: rules.largest }, rules), undefined);
    assert.match(refuseOrder({ item: 'tea', quantity: rules.largest + 1 }, rules), /from 1 to/);
  }
});
