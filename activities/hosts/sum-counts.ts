import type { ServerReading } from '../../domain/canary-figures.ts';
import type { CountedComponent, HostCount } from '../../domain/gates/router-metric.ts';

/**
 * What all hosts have counted together, as one that is called as the first of their names: the history of a release that waits for a week has each
 * count. The only server of a component is named by a hash of all that it stands for and of the starts of their routers, so that sums of
 * other sets are never compared. Where a host could not be read, that one alone. Averages cannot be added up, and are left out.
 */
export function sumCounts(counts: readonly HostCount[], hash: (text: string) => string): readonly HostCount[] {
  const unread = counts.find((count) => 'unread' in count);
  if (unread !== undefined) return [unread];
  const [first] = counts.map(({ host }) => host).sort();
  if (first === undefined) return [];
  const parts = counts.flatMap((count) => ('unread' in count ? [] : count.components.map((one) => ({ ...one, host: count.host }))));
  const names = [...new Set(parts.map(({ component }) => component))].sort();
  return [{ host: first, components: names.map((name) => sumOf(name, parts, hash)) }];
}

interface Part extends CountedComponent {
  readonly host: string;
}

function sumOf(component: string, parts: readonly Part[], hash: (text: string) => string): CountedComponent {
  const own = parts.filter((part) => part.component === component);
  const servers = own.flatMap(({ host, since, servers: all }) =>
    Object.entries(all).map(([name, reading]) => ({ name: JSON.stringify([host, since, name]), reading })),
  );
  const set = hash(
    servers
      .map(({ name }) => name)
      .sort()
      .join('\n'),
  );
  const total = (of: 'requests' | 'refused' | 'failed'): number => servers.reduce((sum, { reading }) => sum + reading[of], 0);
  const sum: ServerReading = { requests: total('requests'), refused: total('refused'), failed: total('failed'), averageMs: 0 };
  return { component, since: 'all', servers: { [set]: sum } };
}
