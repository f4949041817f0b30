/** Prices in cents. */
export const CATALOGUE = { tea: 450, mug: 1_200, kettle: 3_900 };

/** What an order costs, in cents. */
export function priceOf({ item, quantity }) {
  return CATALOGUE[item] * quantity;
}
