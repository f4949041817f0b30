import type { ServerReading } from '../../domain/canary-figures.ts';

/** What HAProxy shows of one server: columns by name. */
type Row = Readonly<Record<string, string>>;

/** Requests in progress for each server, from the CSV of `show stat` (HAProxy management guide, section 9.1). Undefined when it is no such table. */
export function currentSessions(csv: string): ReadonlyMap<string, number> | undefined {
  return byServer(csv, ['scur'], (row) => count(row, 'scur'));
}

/** What each server has answered since HAProxy started, from the same. Undefined when it is no such table. */
export function serverReadings(csv: string): ReadonlyMap<string, ServerReading> | undefined {
  return byServer(csv, ['hrsp_5xx', 'eresp', 'econ', 'wretr', 'rtime'], (row) => {
    const answered = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'].reduce((sum, kind) => sum + count(row, `hrsp_${kind}`), 0);
    // An answer that was cut short is counted by its status as well. What was tried again elsewhere cost its user nothing, and failed here.
    const retried = count(row, 'wretr');
    const unanswered = Math.max(0, count(row, 'eresp') - count(row, 'srv_abrt')) + count(row, 'econ') + retried;
    const failed = count(row, 'hrsp_5xx') + count(row, 'eresp') + count(row, 'econ') + retried;
    return { requests: answered + unanswered, refused: count(row, 'hrsp_4xx'), failed, averageMs: count(row, 'rtime') };
  });
}

/** When HAProxy started, from `show info`; undefined when it does not say. */
export function startOf(info: string): string | undefined {
  return /^Start_time_sec: (\d+)/m.exec(info)?.[1];
}

function byServer<T>(csv: string, needed: readonly string[], read: (row: Row) => T): ReadonlyMap<string, T> | undefined {
  const [header = [], ...rows] = csv
    .slice(Math.max(0, csv.indexOf('# pxname')))
    .trim()
    .split('\n')
    .map((line) => line.replace(/^# /, '').split(','));
  if (!['svname', ...needed].every((name) => header.includes(name))) return undefined;
  const named = rows.map((row): Row => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])));
  return new Map(named.map((row) => [row.svname ?? '', read(row)]));
}

function count(row: Row, name: string): number {
  return Number(row[name] || 0);
}
