import { format, inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../domain/secret.ts';

const secret = new Secret('hunter2');
const within = { registry: { token: secret } };

describe('a secret', () => {
  it('gives its value to who asks for it by name', () => {
    expect(secret.reveal()).toBe('hunter2');
  });

  it.each([
    ['text', String(secret)],
    ['a template', `token ${secret}`],
    ['a joined list', [secret].join()],
    ['JSON', JSON.stringify(within)],
    ['an inspection', inspect(within, { depth: 9, showHidden: true, getters: true })],
    ['an inspection without custom printing', inspect(within, { customInspect: false, showHidden: true, depth: 9 })],
    ['a log line', format('%s %o %O %j %i', secret, secret, secret, secret, secret)],
    ['an error', inspect(new Error(`refused ${secret}`, { cause: within }))],
    ['its members', JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret).map(String), { ...secret }])],
    ['a copy', inspect(structuredClone({ ...within, token: { ...secret } }))],
    ['its class', `${Object.prototype.toString.call(secret)} ${Secret}`],
  ])('is not shown by %s', (_where, printed) => {
    expect(printed).not.toContain('hunter2');
  });

  it('says that something was left out', () => {
    expect(`${secret} ${JSON.stringify(secret)} ${inspect(secret)}`).toBe('[redacted] "[redacted]" [redacted]');
  });
});
