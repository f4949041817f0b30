/** Rows of one statement: few statements for many rows, and far from what either database allows. */
const AT_ONCE = 100;

export function chunks<Item>(items: readonly Item[]): (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, index) => items.slice(index * AT_ONCE, (index + 1) * AT_ONCE));
}

/** A `?` for each. */
export function placesFor(items: readonly unknown[]): string {
  return items.map(() => '?').join(', ');
}
