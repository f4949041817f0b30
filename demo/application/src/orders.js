import { CATALOGUE } from './pricing.js';

/** What an order must keep to in an environment. */
export function orderRules() {
  return { largest: 1_000 };
}

/** Why an order cannot be taken; undefined when it can. */
export function refuseOrder(order, rules) {
  if (typeof order !== 'object' || order === null) return 'Expected an order: {"item": "tea", "quantity": 1}';
  if (!Object.hasOwn(CATALOGUE, order.item)) return `Expected an item out of ${Object.keys(CATALOGUE).join(', ')}`;
  if (!Number.isInteger(order.quantity) || order.quantity < 1 || order.quantity > rules.largest)
    return `Expected a quantity from 1 to ${rules.largest}`;
  return undefined;
}
