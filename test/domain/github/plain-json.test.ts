import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unclearIn } from '../../../domain/github/plain-json.ts';

describe('a text of JSON', () => {
  it('says what it seems to where it is written from a value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(2), (value, spaces) => expect(unclearIn(JSON.stringify(value, null, spaces))).toEqual({})),
    );
  });

  it('says what is there twice exactly where a name is, whatever stands between', () => {
    const members = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', '"', 'a:'), fc.jsonValue({ maxDepth: 2 })), { maxLength: 4 });
    fc.assert(
      fc.property(members, (all) => {
        const names = all.map(([name]) => name);
        const text = all.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(', ');
        const twice = names.find((name, index) => names.indexOf(name) < index);
        expect(unclearIn(`{${text}}`)).toEqual(twice === undefined ? {} : { twice });
      }),
    );
  });

  it('has members of its own behind an object that is within it', () => {
    expect(unclearIn('{"x": {"y": 1}, "y": 2}')).toEqual({});
    expect(unclearIn('{"y": 1, "x": [{"z": 1}], "y": 2}')).toEqual({ twice: 'y' });
  });

  it('says which number would be kept as another one exactly where it prints otherwise', () => {
    for (const text of ['1.0', '1E5', '-0', '0.10', '9007199254740993', '1e400'])
      expect(unclearIn(`[[], ${text}]`)).toEqual({ altered: text });
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (one) => expect(unclearIn(String(one))).toEqual({})));
  });
});
