import { describe, expect, it } from '@jest/globals';
import { parseChallenges } from '../../../adapters/registry/challenge.ts';
import { realmOf } from '../../../adapters/registry/realm.ts';

function realm(registry: string, url: string, { hasCredential = true, tokenHosts = [] as readonly string[] } = {}) {
  const [challenge] = parseChallenges(`Bearer realm="${url}"`);
  if (challenge === undefined) throw new Error('it is a challenge');
  return realmOf(challenge, { origin: new URL(registry), tokenHosts, hasCredential }).href;
}

describe('the realm of a challenge', () => {
  it.each([
    ['https://registry-1.docker.io', 'https://auth.docker.io/token'],
    ['https://registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
    ['https://ghcr.io', 'https://ghcr.io/token'],
    ['https://harbor.example.com:8443', 'https://harbor.example.com/service/token'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token'],
  ])('of %s may be %s', (registry, url) => {
    expect(realm(registry, url)).toBe(url);
  });

  it.each([
    ['https://registry.example.com', 'https://evil.example.org/token'],
    ['https://ghcr.io', 'https://evil.io/token'],
    ['https://10.0.0.1', 'https://0.0.1/token'],
    ['https://registry.example.com', 'http://registry.example.com/token'],
    ['http://127.0.0.1:5000', 'http://127.0.0.2:5000/token'],
  ])('of %s may not be %s', (registry, url) => {
    expect(() => realm(registry, url)).toThrow(/gives no token/);
  });

  it('may be elsewhere where it is listed, and where no credential goes there', () => {
    const [registry, url] = ['https://registry.example.com', 'https://tokens.example.org/t'];
    expect(realm(registry, url, { tokenHosts: ['tokens.example.org'] })).toBe(url);
    expect(realm(registry, url, { hasCredential: false })).toBe(url);
  });
});
