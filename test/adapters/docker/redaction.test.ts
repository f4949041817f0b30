import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redactionOf } from '../../../adapters/docker/redaction.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a redaction', () => {
  it('leaves no value of a text, whatever surrounds it, and nothing else out', () => {
    const value = fc.stringMatching(/^[a-z%"/+ü]{6,20}$/);
    const around = fc.stringMatching(/^[0-9 \n]{0,20}$/);
    fc.assert(
      fc.property(value, around, around, (secret, before, after) => {
        const redact = redactionOf([secret]);
        for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64(secret)]) {
          expect(redact(`${before}${form}${after}`)).toBe(`${before}[redacted]${after}`);
        }
      }),
    );
  });

  it('finds a value within the base64 of something longer', () => {
    const within = fc.tuple(fc.stringMatching(/^[a-z]{0,9}$/), fc.stringMatching(/^[a-z]{0,9}$/));
    fc.assert(
      fc.property(within, ([before, after]) => {
        const shown = redactionOf(['hunter2-hunter2'])(base64(`${before}:hunter2-hunter2:${after}`));
        expect(shown).toContain('[redacted]');
        expect(Buffer.from(shown.replace('[redacted]', ''), 'base64').toString('latin1')).not.toMatch(/hunter|unte/);
      }),
    );
  });

  it.each([
    ['an address', 'postgres://shop:hunter2@db/shop'],
    ['an address whose password is not escaped', 'redis://:hunter2@more@cache:6379'],
    ['an address whose password is escaped', 'amqp://shop:%68unter2@mq'],
    ['words of a driver', 'host=db;user=shop;Password=hunter2;timeout=3'],
    ['a header', 'Bearer hunter2'],
    ['a key file', '{\n  "private_key": "hunter2"\n}'],
  ])('finds the password alone that stands in %s', (_, value) => {
    expect(redactionOf([value])('sign-in of shop with hunter2 refused')).toBe('sign-in of shop with [redacted] refused');
  });

  it('finds single lines of a value of several, as a log may begin in its midst', () => {
    const redact = redactionOf(['-----BEGIN KEY-----\r\nMIIEabcd\r\nqrstuvwx\r\n-----END KEY-----\r\n']);
    expect(redact('qrstuvwx\n-----END KEY-----\nended')).toBe('[redacted]\n[redacted]\nended');
    expect(redact('key: "-----BEGIN KEY-----\\r\\nMIIEabcd\\r\\n"')).not.toContain('MIIE');
  });

  it('leaves no rest where values overlap, and none of a value that is in its own word', () => {
    expect(redactionOf(['abcdef', 'defghi', 'abcdefghijk'])('abcdefghi abcdefghijkl')).toBe('[redacted] [redacted]l');
    expect(redactionOf(['redacted', 'hunter2'])('hunter2 redacted')).toBe('[redacted] [redacted]');
  });

  it('takes no value under four characters and no empty one for a secret', () => {
    expect(redactionOf(['', 'abc', ' \n'])('abc and \n nothing else')).toBe('abc and \n nothing else');
  });
});
