/** Splits hosts into batches of at most `size`, in order. A size below one, or none at all, counts as one: no host is ever left out. */
export function batches<Host>(hosts: readonly Host[], size: number): Host[][] {
  const step = size >= 1 ? Math.floor(size) : 1;
  const result: Host[][] = [];
  for (let start = 0; start < hosts.length; start += step) result.push(hosts.slice(start, start + step));
  return result;
}
