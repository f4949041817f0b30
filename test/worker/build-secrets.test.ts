import { describe, expect, it } from '@jest/globals';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { buildSecretsOf } from '../../worker/connect-adapters.ts';
import { SMALL_INSTALLATION } from '../config/documents.ts';

describe('the secrets of builds', () => {
  const text = SMALL_INSTALLATION.replace(
    'git: ../shop }',
    "git: ../shop }, buildSecrets: { npmrc: '${env:NPMRC}' } }\n  - { name: kiosk, source: { git: ../kiosk }",
  );
  const installation = parseInstallation(text, '/etc/tidegate/tidegate.yaml');
  const variables: Record<string, string> = { NPMRC: 'first' };
  const secrets = buildSecretsOf(installation, createSecretResolver({ env: variables, directory: '/etc/tidegate' }));

  it('are looked up when a build begins, for its own application alone', async () => {
    expect((await secrets('shop', 'npmrc'))?.reveal()).toBe('first');
    variables.NPMRC = 'second';
    expect((await secrets('shop', 'npmrc'))?.reveal()).toBe('second');
    expect(String(await secrets('shop', 'npmrc'))).toBe('[redacted]');
    for (const [application = '', id = ''] of [
      ['kiosk', 'npmrc'],
      ['shop', 'pypi'],
      ['shop', 'toString'],
      ['nobody', 'npmrc'],
    ])
      expect(await secrets(application, id)).toBeUndefined();
  });

  it('that are configured and not there are refused by their reference', async () => {
    delete variables.NPMRC;
    await expect(secrets('shop', 'npmrc')).rejects.toThrow(/\$\{env:NPMRC\}.*not set/);
  });
});
