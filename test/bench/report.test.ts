import { describe, expect, it } from '@jest/globals';
import { median, printReport, row } from '../../bench/report.ts';

describe('a row of a report', () => {
  it('has the ratio to the best peer, less being better', () => {
    expect(row('copy', 'ms', 50, { crane: 100, oras: 40 })).toEqual({
      case: 'copy',
      unit: 'ms',
      ours: 50,
      peers: { crane: 100, oras: 40 },
      ratio: 1.25,
    });
  });

  it('shows a peer that did not do the whole work, and is not compared with it', () => {
    expect(row('copy', 'ms', 50, { crane: 10, oras: 40 }, ['oras'])).toMatchObject({ peers: { crane: 10 }, ratio: 1.25 });
  });

  it('has no ratio without a peer, nor where the best of them needs nothing and ours does', () => {
    expect(row('copy', 'ms', 50, {}).ratio).toBeNull();
    expect(row('copy', 'bytes', 50, { oras: 0 }).ratio).toBeNull();
    expect(row('copy', 'bytes', 0, { oras: 0 }).ratio).toBe(1);
  });
});

it('the median is the one in the middle, or between the two', () => {
  expect(median([3, 1, 100])).toBe(3);
  expect(median([3, 1, 100, 5])).toBe(4);
});

it('a printed report has a line for each row, with every peer and a dash for whoever was not there', () => {
  const rows = [row('small', 'ms', 1234.56, { crane: 20, oras: 2000 }), row('large', 'ms', 5, { oras: 10 })];
  const lines = printReport({ name: 'registry', rows, facts: { node: 'v20', missing: {} } }).split('\n');
  expect(lines.map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['case', 'unit', 'ours', 'crane', 'oras', 'ratio'],
    ['small', 'ms', '1,235', '20', '2,000', '61.728'],
    ['large', 'ms', '5', '-', '10', '0.5'],
    ['node: v20'],
    ['missing: {}'],
  ]);
});
