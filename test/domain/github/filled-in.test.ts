import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type FormField, fieldsOf } from '../../../domain/gates/form-fields.ts';
import { filledIn } from '../../../domain/github/filled-in.ts';

const FIELDS = fieldsOf({
  type: 'object',
  properties: {
    ticket: { type: 'string' },
    'Change window': { type: ['string', 'null'] },
    minutes: { type: 'integer' },
    share: { type: 'number' },
    urgent: { type: 'boolean' },
    hosts: { type: 'array' },
    more: { type: 'object' },
    nothing: { type: 'null' },
    risk: { enum: ['low', 2, true] },
    any: {},
    retries: { type: ['integer', 'null'] },
  },
});
const answers = (...lines: string[]) => filledIn(lines, FIELDS).answers;

describe('a form that is filled in below a command', () => {
  it('is told by lines with a colon or an equals sign, and what is no member of it is the comment', () => {
    expect(filledIn(['fine', 'ticket: CHG-7', ' Change window = tonight ', 'tickets: none', 'see: ticket'], FIELDS)).toEqual({
      answers: { ticket: 'CHG-7', 'Change window': 'tonight' },
      rest: ['fine', 'tickets: none', 'see: ticket'],
    });
    expect(answers('ticket=a=b: c')).toEqual({ ticket: 'a=b: c' });
    expect(answers('ticket:')).toEqual({ ticket: '' });
  });

  it.each([
    ['minutes: 30', { minutes: 30 }],
    ['minutes: soon', { minutes: 'soon' }],
    ['share: 0.5', { share: 0.5 }],
    ['urgent: true', { urgent: true }],
    ['urgent: 1', { urgent: '1' }],
    ['hosts: ["a", 1]', { hosts: ['a', 1] }],
    ['hosts: {}', { hosts: '{}' }],
    ['hosts: a', { hosts: 'a' }],
    ['more: {"a": 1}', { more: { a: 1 } }],
    ['more: []', { more: '[]' }],
    ['more: null', { more: 'null' }],
    ['nothing: null', { nothing: null }],
    ['nothing: 0', { nothing: '0' }],
    ['risk: low', { risk: 'low' }],
    ['risk: 2', { risk: 2 }],
    ['risk: true', { risk: true }],
    ['risk: none', { risk: 'none' }],
    ['any: 30', { any: '30' }],
    ['ticket: 30', { ticket: '30' }],
    ['ticket: "30"', { ticket: '30' }],
    ["ticket: 'it''s'", { ticket: "it''s" }],
    ['ticket: "30', { ticket: '"30' }],
    ['ticket: "', { ticket: '"' }],
    ['ticket: say "no"', { ticket: 'say "no"' }],
    ['minutes: "30"', { minutes: '30' }],
    ['retries: 30', { retries: 30 }],
    ['retries: null', { retries: null }],
    ['Change window: null', { 'Change window': 'null' }],
    ['more: 5', { more: '5' }],
    ['ticket: "a"b', { ticket: '"a"b' }],
  ])('has values as its schema asks for them, and else as they are written, to be refused by it: %s', (line, told) => {
    expect(answers(line)).toEqual(told);
  });

  it('is told by a fenced block of JSON, of any members, beside lines', () => {
    expect(filledIn(['so', '```json', '{ "ticket": "CHG-7",', '"other": 1 }', '```', 'minutes: 5', 'done'], FIELDS)).toEqual({
      answers: { ticket: 'CHG-7', other: 1, minutes: 5 },
      rest: ['so', 'done'],
    });
    expect(filledIn(['~~~', '{"minutes": "5"}', '  ~~~'], FIELDS)).toEqual({ answers: { minutes: '5' }, rest: [] });
  });

  it('is told by lines within a fenced block that is no JSON', () => {
    expect(filledIn(['```yaml', 'ticket: CHG-7', '```', 'ok'], FIELDS)).toEqual({ answers: { ticket: 'CHG-7' }, rest: ['ok'] });
    for (const text of ['[1]', 'null', '7', '{ "ticket": ']) expect(answers('```', text, '```')).toBeUndefined();
    expect(answers('{"ticket": "CHG-7"}')).toBeUndefined();
    expect(answers('```', '{"ticket": "CHG-7"}')).toBeUndefined();
  });

  it.each([
    [':ticket: CHG-7'],
    ['tickett'],
    ['ticket CHG-7'],
    ['```', '{"ticket": "CHG-7"}', 'x'],
    ['see ```', '{"ticket": "CHG-7"}', '```'],
    ['```', '{"urgent": tr', 'ue}', '```'],
  ])('is told by nothing else: %j', (...lines) => {
    expect(filledIn(lines, FIELDS)).toEqual({ rest: lines });
  });

  it('leaves a comment as it is where it tells nothing, and where nothing is asked', () => {
    const lines = ['```', 'code', '```', 'fine'];
    expect(filledIn(lines, FIELDS)).toEqual({ rest: lines });
    expect(filledIn(['ticket: CHG-7'], [])).toEqual({ rest: ['ticket: CHG-7'] });
    expect(filledIn(['```', '{"ticket": 1}', '```'], [])).toEqual({ rest: ['```', '{"ticket": 1}', '```'] });
    expect(filledIn([], FIELDS)).toEqual({ rest: [] });
  });

  it('says which member is there twice', () => {
    expect(filledIn(['ticket: a', 'minutes: 1', 'ticket: b'], FIELDS)).toMatchObject({ twice: 'ticket' });
    expect(filledIn(['```', '{"minutes": 2}', '```', 'minutes: 1'], FIELDS)).toMatchObject({ twice: 'minutes' });
    expect(filledIn(['ticket: a', 'minutes: 1'], FIELDS)).not.toHaveProperty('twice');
  });

  it('says which member a block has twice, at any depth, whatever else is in it', () => {
    const block = (text: string) => filledIn(['```', text, '```'], FIELDS);
    expect(block('{"ticket": "A", "ticket": "B"}')).toMatchObject({ twice: 'ticket' });
    expect(block('{"x": [{"a": 1}, {"b": {"\\u0061": 1, "a": 2}}]}')).toMatchObject({ twice: 'a' });
    expect(filledIn(['more: {"a": 1, "a": 2}'], FIELDS)).toMatchObject({ twice: 'a' });
    for (const text of ['{"a": {"a": 1}, "b": {"a": 2}}', '{"x": "\\"x\\": 1, {", "y": ["y", "y"], "z": "x"}'])
      expect(block(text)).not.toHaveProperty('twice');
  });

  it.each([
    ['minutes: 9007199254740993', '9007199254740993'],
    ['minutes: 1.0', '1.0'],
    ['minutes: 1e400', '1e400'],
  ])('says which number would be kept as another one: %s', (line, altered) => {
    expect(filledIn([line], FIELDS)).toMatchObject({ altered });
    const [, number] = line.split(': ');
    expect(filledIn(['```', `{"list": [1, ${number}]}`, '```'], FIELDS)).toMatchObject({ altered });
    for (const good of ['0', '-1.5', '9007199254740992', '1e+21', '1e-7']) {
      expect(filledIn([`minutes: ${good}`], FIELDS)).not.toHaveProperty('altered');
      expect(filledIn(['```', `{"minutes": ${good}, "ticket": "${number}"}`, '```'], FIELDS)).not.toHaveProperty('altered');
    }
    expect(filledIn([`ticket: ${number}`], FIELDS)).toEqual({ answers: { ticket: number }, rest: [] });
  });

  it('leaves a block that tells nothing in the comment', () => {
    expect(filledIn(['so', '```', '{}', '```'], FIELDS)).toEqual({ rest: ['so', '```', '{}', '```'] });
  });

  it('gives back any text that a form asks for, and changes nothing of what objects are', () => {
    const fields: readonly FormField[] = [
      { name: 'ticket', isRequired: true, types: ['string'], about: '', choices: [] },
      { name: '__proto__', isRequired: true, types: ['string'], about: '', choices: [] },
    ];
    fc.assert(
      fc.property(fc.stringMatching(/^[^\s"'][^\r\n"']*$/), (text) => {
        const { answers: told } = filledIn([`ticket: ${text}`, `__proto__: ${text}`], fields);
        expect([told?.ticket, Object.hasOwn(told ?? {}, '__proto__'), Object.getPrototypeOf(told)]).toEqual([
          text.trim(),
          true,
          Object.prototype,
        ]);
      }),
    );
  });
});
