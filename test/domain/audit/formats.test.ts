import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cefHeader, cefLine, cefValue } from '../../../domain/audit/cef.ts';
import { CSV_HEADER, csvField, csvLine } from '../../../domain/audit/csv.ts';
import type { LedgerEntry } from '../../../domain/ledger.ts';
import { exported } from '../../support/made-ledger.ts';

const ENTRY: LedgerEntry = {
  key: 'k',
  action: 'vote',
  actor: 'rita',
  application: 'shop',
  release: 3,
  reason: '=HYPERLINK("http://evil","x"), a|b\nsecond = line \\ end',
  at: '2026-01-01T00:00:00.000Z',
};

describe('records for other programs', () => {
  it('are a table whose cells no spreadsheet runs', () => {
    const line = csvLine(exported(ENTRY, 7));
    expect(line).toContain(`"'=HYPERLINK(""http://evil"",""x""), a|b\nsecond = line \\ end"`);
    expect(line.startsWith('"7","2026-01-01T00:00:00.000Z","vote","rita","","shop","3","",')).toBe(true);
    expect(line.endsWith('"\r\n')).toBe(true);
    expect(CSV_HEADER.split(',')).toHaveLength(14);
    for (const start of ['=', '+', '-', '@', '\t=', '\r', ' =', '\u00a0=', '＝', '|']) expect(csvField(`${start}1`)).toBe(`"'${start}1"`);
    for (const plain of ['a=b', '1-2', '']) expect(csvField(plain)).toBe(`"${plain}"`);
  });

  it('are events in which no text ends its own field, whatever it holds', () => {
    expect(cefLine(exported(ENTRY, 7), '1|2')).toContain(
      'CEF:0|Tidegate|Tidegate|1\\|2|vote|vote|3|rt=1767225600000 externalId=7 suser=rita act=vote msg=',
    );
    expect(cefLine(exported(ENTRY, 7), '1')).toContain('a|b\\nsecond \\= line \\\\ end cs1=shop cs1Label=application');
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = cefValue(text).replaceAll(/\\(.)/g, (_whole, one: string) => (one === 'n' ? '\n' : one === 'r' ? '\r' : one));
        expect(read).toBe(text.replaceAll('\r\n', '\n'));
        expect(cefValue(text)).not.toMatch(/[\r\n]|(?<!\\)(?:\\\\)*=/);
        expect(cefHeader(text)).not.toMatch(/[\r\n]|(?<!\\)(?:\\\\)*\|/);
      }),
    );
  });
});
