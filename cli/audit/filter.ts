import type { CommonOptions } from '../context.ts';
import { UsageError } from '../errors.ts';

export interface FilterOptions extends CommonOptions {
  readonly release?: number;
  readonly actor?: string;
  readonly action?: string;
  readonly since?: string;
  readonly until?: string;
}

/** Which records are meant, as the server takes it. Throws UsageError. */
export function filterOf(
  application: string | undefined,
  { release, actor, action, since, until }: FilterOptions,
): Readonly<Record<string, string>> {
  const all = {
    application,
    release: release?.toString(),
    actor,
    action,
    since: instant('--since', since),
    until: instant('--until', until),
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function instant(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new UsageError(`${name} ${JSON.stringify(text)} is no moment`, 'write 2026-11-30 or 2026-11-30T08:00+01:00');
  return new Date(time).toISOString();
}
