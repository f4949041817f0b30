import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCommand, reasonOf } from '../../../domain/github/command.ts';

const PLAN = '3f9a2c1b77aa';
const parse = (body: string) => parseCommand(body, ['shop']);

describe('a comment', () => {
  it('is a command where its first line is one, and what is below belongs to the reason', () => {
    expect(parse(`/approve shop#12 production ${PLAN} looks good\r\nto me`)).toEqual({
      verb: 'approve',
      release: { application: 'shop', number: 12 },
      stage: 'production',
      seen: PLAN,
      comment: 'looks good',
      below: ['to me'],
    });
    expect(parse(`  /reject 12 production ${PLAN}`)).toMatchObject({ verb: 'reject', release: { number: 12 }, comment: '', below: [] });
    expect(parse('/promote shop/12 staging')).toMatchObject({ verb: 'promote', release: { application: 'shop' }, stage: 'staging' });
    expect(parse('/explain #12')).toEqual({ verb: 'explain', release: { number: 12 } });
    expect(parse('/rollback production to 11 checkout fails')).toEqual({
      verb: 'rollback',
      environment: 'production',
      to: 11,
      reason: 'checkout fails',
    });
    expect(parse('/rollback shop production checkout fails')).toMatchObject({
      application: 'shop',
      environment: 'production',
      reason: 'checkout fails',
    });
  });

  it.each([
    ['/approve', 'approve', '/approve RELEASE STAGE SEEN [comment]'],
    ['/approve 12 production', 'approve', '/approve RELEASE STAGE SEEN [comment]'],
    [`/approve 12 ${PLAN}`, 'approve', '/approve RELEASE STAGE SEEN [comment]'],
    ['/reject', 'reject', '/reject RELEASE STAGE SEEN [comment]'],
    ['/reject 12', 'reject', '/reject RELEASE STAGE SEEN [comment]'],
    ['/rollback production', 'rollback', '/rollback [APPLICATION] ENVIRONMENT [to NUMBER] reason'],
    ['/rollback', 'rollback', '/rollback [APPLICATION] ENVIRONMENT [to NUMBER] reason'],
    ['/rollback\nit fails', 'rollback', '/rollback [APPLICATION] ENVIRONMENT [to NUMBER] reason'],
    ['/rollback shop production', 'rollback', '/rollback [APPLICATION] ENVIRONMENT [to NUMBER] reason'],
    ['/promote twelve staging', 'promote', '/promote RELEASE STAGE [reason]'],
    ['/promote 12', 'promote', '/promote RELEASE STAGE [reason]'],
    ['/explain', 'explain', '/explain RELEASE [STAGE]'],
    ['/explain 0', 'explain', '/explain RELEASE [STAGE]'],
    ['/explain 01', 'explain', '/explain RELEASE [STAGE]'],
    ['/explain 1234567890', 'explain', '/explain RELEASE [STAGE]'],
    ['/explain x12', 'explain', '/explain RELEASE [STAGE]'],
    ['/explain 12x', 'explain', '/explain RELEASE [STAGE]'],
    ['/explain Shop#12', 'explain', '/explain RELEASE [STAGE]'],
    ['/explain 1shop#12', 'explain', '/explain RELEASE [STAGE]'],
  ])('is told how it is written where it is not whole: %s', (body, verb, form) => {
    expect(parse(body)).toEqual({ verb, form, isOneOfSeveral: false });
  });

  it.each([
    'looks good',
    `I would say /approve 12 production ${PLAN}`,
    '/assign @rita',
    '/Approve 12',
    '/approved 12',
    '/toString 12',
    '/approve-it 12',
    'approve 12',
    '//approve 12',
    '/ approve 12',
    '',
    '/',
    '> /approve 12 production',
    '    /explain 12',
    '\t/explain 12',
    ' \t/explain 12',
    '```\n/explain 12\n```',
    'first\n/explain 12',
  ])('is none otherwise: %j', (body) => {
    expect(parse(body)).toBeUndefined();
  });

  it.each([
    '/explain 12',
    '   /explain 12  ',
    '\n \r\n\t\n/explain 12\n\n',
    '/explain\t12',
    '/explain   12',
    '/explain 12\r\n',
    '/explain 12 \r\nplease',
  ])('is one with space around it, and lines that are empty: %j', (body) => {
    expect(parse(body)).toStrictEqual({ verb: 'explain', release: { number: 12 } });
  });

  it('is of one command: with more of them it is none of them', () => {
    const several = { verb: 'approve', form: '/approve RELEASE STAGE SEEN [comment]', isOneOfSeveral: true };
    for (const more of ['/reject 12 production 3f9a2c1b77aa', '  /rollback production it fails', 'so\r\n/explain 12', '/promote'])
      expect(parse(`/approve 12 production ${PLAN}\n${more}`)).toEqual(several);
    for (const more of ['    /reject 12', '> /reject 12', 'or /reject 12', '/assign rita'])
      expect(parse(`/approve 12 production ${PLAN}\n${more}`)).toMatchObject({ below: [more] });
  });

  it('names what it is about, and nothing that it does not name', () => {
    expect(parse('/explain shop-2/12 production')).toEqual({
      verb: 'explain',
      release: { application: 'shop-2', number: 12 },
      stage: 'production',
    });
    expect(parse('/explain shop##12')).toEqual({ verb: 'explain', release: { application: 'shop', number: 12 } });
    expect(parse('/explain 123456789')).toEqual({ verb: 'explain', release: { number: 123_456_789 } });
    expect(parse('/promote 12 staging once more\r\nplease \n')).toEqual({
      verb: 'promote',
      release: { number: 12 },
      stage: 'staging',
      reason: 'once more\nplease',
    });
    expect(parse('/promote 12 staging')).toMatchObject({ reason: '' });
  });

  it.each([
    ['/rollback production it fails', { environment: 'production', reason: 'it fails' }],
    ['/rollback shop production it fails', { application: 'shop', environment: 'production', reason: 'it fails' }],
    ['/rollback shop to 11 it fails', { environment: 'shop', to: 11, reason: 'it fails' }],
    ['/rollback shop production to 11 it fails', { application: 'shop', environment: 'production', to: 11, reason: 'it fails' }],
    ['/rollback production to eleven', { environment: 'production', reason: 'to eleven' }],
    ['/rollback production since 11 o’clock', { environment: 'production', reason: 'since 11 o’clock' }],
    ['/rollback production to 11th street', { environment: 'production', reason: 'to 11th street' }],
    ['/rollback production to 1234567890 it', { environment: 'production', reason: 'to 1234567890 it' }],
    ['/rollback production back to 11', { environment: 'production', reason: 'back to 11' }],
    ['/rollback kiosk production it fails', { environment: 'kiosk', reason: 'production it fails' }],
    ['/rollback production\nit fails', { environment: 'production', reason: 'it fails' }],
  ])('returns an environment: %j', (body, wanted) => {
    expect(parse(body)).toStrictEqual({ verb: 'rollback', ...wanted });
  });

  it('has a reason of at most 2,000 characters, without space around it', () => {
    expect(reasonOf('said', [])).toBe('said');
    expect(reasonOf('', ['', ' below ', ''])).toBe('below');
    expect(reasonOf('x'.repeat(3_000), ['more'])).toBe('x'.repeat(2_000));
    expect(parse(`/promote 12 staging ${'y'.repeat(3_000)}`)).toMatchObject({ reason: 'y'.repeat(2_000) });
  });

  it('never makes anything but a command of its words, whatever is written', () => {
    const words = fc.array(fc.oneof(fc.string(), fc.constantFrom('/approve', '/rollback', 'shop', '12', 'to', PLAN, '\n')), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(words, (some) => {
        const read = parse(some.join(' '));
        if (read !== undefined && 'release' in read) expect(read.release.number).toBeGreaterThan(0);
      }),
    );
  });
});
