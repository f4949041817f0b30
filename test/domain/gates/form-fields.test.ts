import { describe, expect, it } from '@jest/globals';
import { fieldsOf, fieldWords } from '../../../domain/gates/form-fields.ts';

describe('the members of an approval’s form', () => {
  it('are told as its schema has them, in its order', () => {
    const form = {
      type: 'object',
      required: ['ticket', 7],
      properties: {
        ticket: { type: 'string', title: 'The change', description: 'unsaid' },
        risk: { enum: ['low', 2], description: 'How bad' },
        minutes: { type: ['integer', 'null', 7], title: 7 },
        any: true,
      },
    };
    expect(fieldsOf(form)).toEqual([
      { name: 'ticket', isRequired: true, types: ['string'], about: 'The change', choices: [] },
      { name: 'risk', isRequired: false, types: [], about: 'How bad', choices: ['low', 2] },
      { name: 'minutes', isRequired: false, types: ['integer', 'null'], about: '', choices: [] },
      { name: 'any', isRequired: false, types: [], about: '', choices: [] },
    ]);
    expect(fieldsOf(form).map(fieldWords)).toEqual([
      'ticket (required, string): The change',
      'risk (one of low, 2): How bad',
      'minutes (integer or null)',
      'any',
    ]);
  });

  it.each([
    [{}],
    [{ properties: null }],
    [{ properties: ['ticket'] }],
    [{ properties: 'ticket' }],
    [{ properties: {}, required: 'ticket' }],
  ])('are none of a schema that names none: %j', (form) => {
    expect(fieldsOf(form)).toEqual([]);
  });

  it('are told of by required ones alone where nothing else is said', () => {
    const [field] = fieldsOf({ properties: { a: {} }, required: ['a'] });
    expect(field && fieldWords(field)).toBe('a (required)');
  });
});
