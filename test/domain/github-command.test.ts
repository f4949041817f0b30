import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCommand } from '../../domain/github/command.ts';

const PLAN = '3f9a2c1b77aa';
const parse = (body: string) => parseCommand(body, ['shop']);

describe('a comment', () => {
  it('is a command where its first line is one, and what is below belongs to the reason', () => {
    expect(parse(`/approve shop#12 production ${PLAN} looks good\r\nto me`)).toEqual({
      verb: 'approve',
      release: { application: 'shop', number: 12 },
      stage: 'production',
      plan: PLAN,
      reason: 'looks good\nto me',
    });
    expect(parse(`  /reject 12 production ${PLAN}`)).toMatchObject({ verb: 'reject', release: { number: 12 }, reason: '' });
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
    '/approve 12 production',
    `/approve 12 ${PLAN}`,
    '/approve 12 production 3f9a',
    '/reject',
    '/rollback production',
    '/promote twelve staging',
    '/explain',
    '/approve 0 production 3f9a2c1b77aa',
  ])('is told how it is written where it is not whole: %s', (body) => {
    expect(parse(body)).toMatchObject({ form: expect.stringMatching(/^\//) });
  });

  it.each([
    'looks good',
    `I would say /approve 12 production ${PLAN}`,
    '/assign @rita',
    '/Approve 12',
    '',
    '/',
    '> /approve 12 production',
  ])('is none otherwise: %j', (body) => {
    expect(parse(body)).toBeUndefined();
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
