import Table from 'cli-table3';

/** One figure of one case, of ours and of every peer that was there. */
export interface Row {
  readonly case: string;
  readonly unit: string;
  readonly ours: number;
  readonly peers: Readonly<Record<string, number>>;
  /** Ours to the best peer: below 1 is better than all. Null without a peer, or when the best peer is 0 and ours is not. */
  readonly ratio: number | null;
}

/** What a measurement found; this very document is printed with `--json`. */
export interface Report {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A row with its ratio; less is better in every unit. Only `rivals`, all unless given, count as peers to be compared with. */
export function row(name: string, unit: string, ours: number, peers: Readonly<Record<string, number>>, rivals = Object.keys(peers)): Row {
  const values = Object.entries(peers).flatMap(([peer, value]) => (rivals.includes(peer) ? [value] : []));
  return { case: name, unit, ours, peers, ratio: values.length === 0 ? null : ratioOf(ours, Math.min(...values)) };
}

function ratioOf(ours: number, best: number): number | null {
  if (best === 0) return ours === 0 ? 1 : null;
  return Number((ours / best).toFixed(3));
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

const PLAIN = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 };
const EDGES = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((edge) => [edge, `${edge}-mid`]);
const CORNERS = ['top-left', 'top-right', 'bottom-left', 'bottom-right', 'left-mid', 'right-mid', 'mid-mid', 'middle'];
/** Columns alone: a line around each of many figures hides them. */
const BARE = Object.fromEntries([...EDGES, ...CORNERS].map((place) => [place, '']));

function aligned(peers: number): ('left' | 'right')[] {
  return ['left', 'left', 'right', ...Array.from({ length: peers + 1 }, () => 'right' as const)];
}

/** The report as people read it: a table, and the facts below. */
export function printReport({ rows, facts }: Report): string {
  const peers = [...new Set(rows.flatMap((one) => Object.keys(one.peers)))];
  const table = new Table({
    head: ['case', 'unit', 'ours', ...peers, 'ratio'],
    style: PLAIN,
    chars: BARE,
    colAligns: aligned(peers.length),
  });
  for (const one of rows) {
    table.push([one.case, one.unit, shown(one.ours), ...peers.map((peer) => shown(one.peers[peer])), one.ratio ?? '-']);
  }
  const lines = Object.entries(facts).map(([name, fact]) => `${name}: ${typeof fact === 'string' ? fact : JSON.stringify(fact)}`);
  return [table.toString(), ...lines].join('\n');
}

function shown(value: number | undefined): string {
  return value === undefined ? '-' : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
}
