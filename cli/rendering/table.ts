import Table from 'cli-table3';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns side by side, without lines around them. The last one takes the width that is left and wraps within it. */
export function printTable(
  rows: readonly (readonly string[])[],
  options: { readonly columns?: number | undefined; readonly indent?: string } = {},
): string {
  const indent = options.indent ?? '';
  const widths = columnWidths(rows, options.columns === undefined ? undefined : options.columns - indent.length);
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: widths,
    wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => (indent + line).trimEnd())
    .join('\n');
}

const GAP = 2;
const NARROWEST = 16;

/** Null lets the table choose. */
function columnWidths(rows: readonly (readonly string[])[], columns: number | undefined): (number | null)[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const natural = Array.from({ length: count }, (_, index) => Math.max(0, ...rows.map((row) => widest(row[index] ?? ''))));
  if (columns === undefined || count === 0) return natural;
  const before = natural.slice(0, -1).reduce((sum, width) => sum + width + GAP, 0);
  const last = natural.at(-1) ?? 0;
  return [...natural.slice(0, -1), Math.max(Math.min(last, NARROWEST), Math.min(last, columns - before))];
}

function widest(cell: string): number {
  return Math.max(...cell.split('\n').map(visibleWidth));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours that we put in ourselves
const COLOUR = /\u001b\[\d+m/g;

/** Characters that a line takes on a terminal; text from elsewhere holds no other sequences by now. */
export function visibleWidth(line: string): number {
  return [...line.replace(COLOUR, '')].length;
}
