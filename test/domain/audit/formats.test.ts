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

  it('are events with all that the record says, each under its name', () => {
    const whole: LedgerEntry = {
      ...ENTRY,
      action: 'stage-failed',
      reason: 'no',
      environment: 'prod',
      stage: 'production',
      image: 'r/web',
      planHash: 'p',
      authentication: 'token 1',
      requestId: 'q',
    };
    const { hash } = exported(whole, 7);
    expect(cefLine(exported(whole, 7), '1')).toBe(
      `CEF:0|Tidegate|Tidegate|1|stage-failed|stage failed|6|rt=1767225600000 externalId=7 suser=rita act=stage-failed msg=no cs1=shop cs1Label=application cs2=prod cs2Label=environment cs3=production cs3Label=stage cs4=r/web cs4Label=image cs5=p cs5Label=planHash cs6=token 1 cs6Label=authentication cn1=3 cn1Label=release flexString1=q flexString1Label=requestId fileHash=${hash}\n`,
    );
    expect(cefLine(exported({ key: 'k', action: 'vote', actor: 'rita', reason: 'no', at: ENTRY.at }, 7), '1')).toMatch(
      /msg=no fileHash=[0-9a-f]{64}\n$/,
    );
  });

  it.each<[LedgerEntry['action'], number]>([
    ['stage-failed', 6],
    ['deployment-failed', 7],
    ['deployment-rolled-back', 7],
    ['rollback-requested', 6],
    ['alarm-raised', 7],
    ['image-deletion', 5],
    ['tag-deletion', 5],
    ['personal-data-erased', 8],
    ['release-created', 3],
  ])('tell how much %s is worth a look: %d', (action, severity) => {
    expect(cefLine(exported({ ...ENTRY, action }, 7), '1').split('|')[6]).toBe(`${severity}`);
  });

  it('have no line breaks, whatever wrote them', () => {
    expect(cefHeader('a\r\n\nb')).toBe('a b');
    expect(cefValue('a\r\nb\rc\nd')).toBe('a\\nb\\rc\\nd');
  });

  it('have no characters that end texts, and numbers as they are', () => {
    expect(csvField('a\0b')).toBe('"ab"');
    expect(csvField(-1)).toBe('"-1"');
    expect(csvField('a\tb')).toBe('"a\tb"');
    expect(csvField(undefined)).toBe('""');
  });
});
