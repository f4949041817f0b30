import { describe, expect, it } from '@jest/globals';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import { signWebhooks } from '../../cli/processes/webhook-secrets.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { SMALL_INSTALLATION } from '../config/documents.ts';

const LONG = 'sixteen-letters-and-more';
const installation = parseInstallation(
  SMALL_INSTALLATION.replace(
    'hosts: [one]',
    "hosts: [one], alarms: [{ name: pager, webhook: { header: authorization, secrets: ['${env:NEW}', '${env:OLD}'] } }]",
  ),
  '/etc/tidegate/tidegate.yaml',
);
const secretsOf = (env: Record<string, string>) => createSecretResolver({ env, directory: '/' });
const delivery = (token: string) => ({ headers: { authorization: `Bearer ${token}` }, body: Buffer.from('{}') });

describe('the webhooks of an installation', () => {
  it('are known by the secrets that it names, each for its environment and alarm', async () => {
    const isKnown = await signWebhooks(installation, secretsOf({ NEW: LONG, OLD: `${LONG}-before` }));
    const pager = { environment: 'production', alarm: 'pager' };
    expect(isKnown(pager, delivery(LONG))).toBe(true);
    expect(isKnown(pager, delivery(`${LONG}-before`))).toBe(true);
    expect(isKnown(pager, delivery(`${LONG}-after`))).toBe(false);
    expect(isKnown({ ...pager, environment: 'staging' }, delivery(LONG))).toBe(false);
    expect(isKnown({ ...pager, alarm: 'other' }, delivery(LONG))).toBe(false);
  });

  it('keep the server from starting without their secrets, and with one that can be found out by trying', async () => {
    await expect(signWebhooks(installation, secretsOf({ NEW: LONG }))).rejects.toThrow('${env:OLD}');
    const short = signWebhooks(installation, secretsOf({ NEW: LONG, OLD: 'fifteen-letters' }));
    await expect(short).rejects.toThrow('The secret ${env:OLD} is shorter than 16 characters');
    await expect(short).rejects.not.toThrow('fifteen-letters');
  });
});
