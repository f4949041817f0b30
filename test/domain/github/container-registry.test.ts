import { describe, expect, it } from '@jest/globals';
import { containerRegistryOf } from '../../../domain/github/container-registry.ts';

describe('the registry of a GitHub', () => {
  it.each([
    ['https://api.github.com', 'ghcr.io'],
    ['https://api.github.com/', 'ghcr.io'],
    ['https://api.octocorp.ghe.com', 'containers.octocorp.ghe.com'],
    ['https://github.example.com/api/v3', 'containers.github.example.com'],
    ['https://github.example.com:8443/api/v3', 'containers.github.example.com:8443'],
  ])('whose API is at %s is %s', (api, registry) => {
    expect(containerRegistryOf(api)).toBe(registry);
  });
});
