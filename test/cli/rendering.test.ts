import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseReleaseReference } from '../../cli/reference.ts';
import { printDuration } from '../../cli/rendering/durations.ts';
import { plain, plainDeep } from '../../cli/rendering/plain.ts';
import { progressText } from '../../cli/rendering/stage-text.ts';
import { styleFor } from '../../cli/rendering/styles.ts';
import { printTable, visibleWidth } from '../../cli/rendering/table.ts';
import { LiveView } from '../../cli/watching/live-view.ts';

/** Code points that a terminal takes for commands or for a change of direction. */
function commands(text: string): string[] {
  return [...text].filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    return (code < 0x20 && code !== 9 && code !== 10) || (code >= 0x7f && code <= 0x9f) || (code >= 0x202a && code <= 0x202e);
  });
}

describe('text from elsewhere', () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom('\u001b', '\u001b[31m', '\u009b', '\u0007', '\r', '\u202e', '\n'), fc.string()))
    .map((parts) => parts.join(''));

  it('commands no terminal, whatever it holds', () => {
    fc.assert(fc.property(text, (raw) => expect(commands(plain(raw))).toEqual([])));
  });

  it('is cleaned in every string of an answer, keys included', () => {
    const answer = fc.dictionary(text, fc.array(text));
    fc.assert(
      fc.property(answer, (value) =>
        expect(
          commands(
            Object.entries(Object(plainDeep(value)))
              .flat(2)
              .join(''),
          ),
        ).toEqual([]),
      ),
    );
  });

  it('stays as it is where it is plain', () => {
    expect(plain('web → #2,\n\tçà et là 船')).toBe('web → #2,\n\tçà et là 船');
  });
});

describe('references to releases', () => {
  it.each([
    [['shop#2'], 'shop', 2],
    [['shop', '2'], 'shop', 2],
    [['shop', '#2'], 'shop', 2],
    [['2'], undefined, 2],
    [['#2'], undefined, 2],
  ])('%j is understood', (words, application, number) => {
    expect(parseReleaseReference(words)).toEqual({ application, number });
  });

  it.each([[['shop']], [['shop#']], [['shop#0']], [['shop#two']], [['shop', '2', '3']], [['-1']], [[]]])('%j is refused', (words) => {
    expect(() => parseReleaseReference(words)).toThrow('is no release');
  });
});

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [-5, '0 ms'],
    [999, '999 ms'],
    [1_200, '1.2 s'],
    [59_000, '59 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_000_000, '1 d 1 h'],
  ])('%d ms is %s', (milliseconds, printed) => {
    expect(printDuration(milliseconds)).toBe(printed);
  });
});

describe('tables', () => {
  const style = styleFor(true);
  const rows = [
    ['p1', style('good', 'switched'), 'a reason that goes on for so long that it takes more than one line of a narrow terminal'],
    ['a-longer-host', style('bad', 'failed'), 'short'],
  ];

  it('line up whatever is coloured', () => {
    const starts = printTable(rows)
      .split('\n')
      .map((line) => visibleWidth(line.slice(0, line.search(/a reason|short/))));
    expect(new Set(starts).size).toBe(1);
  });

  it('fit a narrow terminal', () => {
    for (const line of printTable(rows, { columns: 60 }).split('\n')) expect(visibleWidth(line)).toBeLessThanOrEqual(60);
  });

  it('leave lines whole where nobody watches', () => {
    expect(printTable(rows).split('\n')).toHaveLength(2);
  });
});

describe('live progress', () => {
  function watched(size: { live: boolean; rows: number }) {
    let written = '';
    const write = (text: string) => {
      written += text;
    };
    const output = {
      line: (text = '') => write(`${text}\n`),
      write,
      drained: async () => undefined,
      style: styleFor(false),
      columns: size.live ? 40 : undefined,
      ...size,
    };
    return { view: new LiveView(output), written: () => written };
  }

  it('prints a line for each change where nothing can be redrawn', () => {
    const { view, written } = watched({ live: false, rows: 24 });
    view.show(
      () => 'picture',
      new Map([
        ['a', 'a 1'],
        ['b', 'b 1'],
      ]),
    );
    view.show(
      () => 'picture',
      new Map([
        ['a', 'a 1'],
        ['b', 'b 2'],
      ]),
    );
    expect(written()).toBe('a 1\nb 1\nb 2\n');
  });

  it('erases as many rows as it has drawn, wrapped lines included', () => {
    const { view, written } = watched({ live: true, rows: 24 });
    view.show(() => `one\n${'x'.repeat(81)}`, new Map());
    view.end();
    expect(written()).toBe(`one\n${'x'.repeat(81)}\n\u001b[4A\u001b[J`);
  });

  it('never draws more than the terminal can erase', () => {
    const { view, written } = watched({ live: true, rows: 5 });
    view.show(() => Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n'), new Map());
    expect(written().split('\n').length).toBeLessThanOrEqual(5);
    expect(written()).toContain('…');
  });

  it.each([
    [{ phase: 'planning', hosts: {} } as const, 'planning'],
    [{ phase: 'switching', hosts: { p1: 'switched', p2: 'prepared' } } as const, 'switching: 1 of 2 hosts switched'],
    [{ phase: 'rolling-back', hosts: { p1: 'restored' } } as const, 'rolling back: 1 of 1 host restored'],
  ])('sums up %j', (progress, text) => {
    expect(progressText(progress)).toBe(text);
  });
});
