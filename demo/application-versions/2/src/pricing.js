/** Prices in cents. */
export const CATALOGUE = { tea: 450, mug: 1_200, kettle: 3_900 };

const MANY = 10;
const REBATE_PERCENT = 10;

/** What an order costs, in cents: from ten pieces on a tenth less, rounded in the customer's favour. */
export function priceOf({ item, quantity }) {
  const full = CATALOGUE[item] * quantity;
  return quantity < MANY ? full : Math.floor((full * (100 - REBATE_PERCENT)) / 100);
}
