import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { logText, plainText } from '../../../adapters/docker/log-text.ts';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('a container’s log', () => {
  it('is both streams in their order, without frames', () => {
    expect(logText(Buffer.concat([frame(1, 'one\n'), frame(2, 'zwei ü\n'), frame(1, ''), frame(1, 'three')]))).toBe('one\nzwei ü\nthree');
  });

  it('without frames is taken as it is, and one that was cut is read as far as it goes', () => {
    expect(logText(Buffer.from('plain text\n'))).toBe('plain text\n');
    expect(logText(frame(1, 'cut off here').subarray(0, 12))).toBe('cut ');
    expect(logText(Buffer.alloc(0))).toBe('');
  });

  it('of any text comes back as written, less what a terminal would act upon', () => {
    const printable = fc.string({ unit: 'grapheme' }).filter((text) => plainText(text) === text);
    fc.assert(fc.property(fc.array(printable), (texts) => logText(Buffer.concat(texts.map((text) => frame(1, text)))) === texts.join('')));
  });

  it('reaches no terminal', () => {
    expect(plainText('\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u0008\u0000\r\ny\tz')).toBe('red x\ny\tz');
  });
});
