/** Splits hosts into batches of at most `size`, in order. A size below one counts as one. */
export function batches<Host>(hosts: readonly Host[], size: number): Host[][] {
  const step = Math.max(1, Math.floor(size));
  const result: Host[][] = [];
  for (let start = 0; start < hosts.length; start += step) result.push(hosts.slice(start, start + step));
  return result;
}
