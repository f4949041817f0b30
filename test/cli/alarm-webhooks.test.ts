import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import { signChecks, signWebhooks } from '../../cli/processes/webhook-secrets.ts';
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

/** The secrets of an environment that is changed meanwhile. */
const secretsIn = (env: Record<string, string>) => async (reference: string) => secretsOf(env)(reference);

describe('the webhooks of an installation', () => {
  it('are known by the secrets that it names, each for its environment and alarm', async () => {
    const isKnown = await signWebhooks(installation, secretsOf({ NEW: LONG, OLD: `${LONG}-before` }));
    const pager = { environment: 'production', alarm: 'pager' };
    expect(await isKnown(pager, delivery(LONG))).toBe(true);
    expect(await isKnown(pager, delivery(`${LONG}-before`))).toBe(true);
    expect(await isKnown(pager, delivery(`${LONG}-after`))).toBe(false);
    expect(await isKnown({ ...pager, environment: 'staging' }, delivery(LONG))).toBe(false);
    expect(await isKnown({ ...pager, alarm: 'other' }, delivery(LONG))).toBe(false);
  });

  it('keep the server from starting without their secrets, and with one that can be found out by trying', async () => {
    await expect(signWebhooks(installation, secretsOf({ NEW: LONG }))).rejects.toThrow('${env:OLD}');
    const short = signWebhooks(installation, secretsOf({ NEW: LONG, OLD: 'fifteen-letters' }));
    await expect(short).rejects.toThrow('The secret ${env:OLD} is shorter than 16 characters');
    await expect(short).rejects.not.toThrow('fifteen-letters');
  });

  it('are known no longer by a secret that another one has taken the place of, or that is gone, than it takes to look again', async () => {
    const env: Record<string, string> = { NEW: LONG, OLD: `${LONG}-before` };
    let now = 0;
    const isKnown = await signWebhooks(installation, secretsIn(env), () => now);
    const pager = { environment: 'production', alarm: 'pager' };
    env.NEW = `${LONG}-after`;
    now = 9_999;
    expect(await isKnown(pager, delivery(LONG))).toBe(true);
    now = 10_000;
    expect(await isKnown(pager, delivery(LONG))).toBe(false);
    expect(await isKnown(pager, delivery(`${LONG}-after`))).toBe(true);
    delete env.OLD;
    now = 20_000;
    await expect(isKnown(pager, delivery(`${LONG}-before`))).rejects.toThrow('nothing was taken in');
  });
});

it('answers of external checks are known no longer by a secret that another one has taken the place of than it takes to look again', async () => {
  const env: Record<string, string> = { CHECK: LONG };
  let now = 0;
  const checks = "checks: [{ name: itsm, url: 'https://itsm.example.com', secrets: ['${env:CHECK}'] }]";
  const checked = parseInstallation(`${SMALL_INSTALLATION}\n${checks}\n`, '/etc/tidegate/tidegate.yaml');
  const isKnown = await signChecks(checked, secretsIn(env), () => now);
  const time = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac('sha256', LONG).update(`msg-1.${time}.{}`).digest('base64');
  const answer = {
    headers: { 'webhook-id': 'msg-1', 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` },
    body: Buffer.from('{}'),
  };
  expect(await isKnown('itsm', answer)).toBe(true);
  env.CHECK = `${LONG}-after`;
  now = 10_000;
  expect(await isKnown('itsm', answer)).toBe(false);
});
