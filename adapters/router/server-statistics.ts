/** Requests in progress for each server, from the CSV of `show stat` (HAProxy management guide, section 9.1). Undefined when it is no such table. */
export function currentSessions(csv: string): ReadonlyMap<string, number> | undefined {
  const [header, ...rows] = csv
    .trim()
    .split('\n')
    .map((line) => line.replace(/^# /, '').split(','));
  const [name, sessions] = [header?.indexOf('svname') ?? -1, header?.indexOf('scur') ?? -1];
  if (name < 0 || sessions < 0) return undefined;
  return new Map(rows.map((row) => [row[name] ?? '', Number(row[sessions] ?? 0)]));
}
