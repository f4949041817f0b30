import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import { knowSenders } from '../../cli/processes/webhook-secrets.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { until } from '../../lab/until.ts';
import { SMALL_INSTALLATION } from '../config/documents.ts';

const SECRET = 'sixteen-letters-and-more';
const BODY = Buffer.from('{}');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-senders-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An installation that believes what is signed with the secret in a file. */
const believing = (file: string) =>
  parseInstallation(
    `${SMALL_INSTALLATION}\ngithub: { token: '\${env:NONE}', webhooks: { secrets: ['\${file:${file}}'] } }\n`,
    join(folder, 'tidegate.yaml'),
  );

const signature = `sha256=${createHmac('sha256', SECRET).update(BODY).digest('hex')}`;
const delivery = { headers: { 'x-hub-signature-256': signature }, body: BODY };

it('do not keep the server from starting while their secret is not there, and are known once it is', async () => {
  const file = join(folder, 'hook.secret');
  const installation = believing(file);
  const lines: string[] = [];
  const log = { info: () => undefined, error: (facts: object, line: string) => void lines.push(`${line} ${JSON.stringify(facts)}`) };
  const senders = await knowSenders(installation, createSecretResolver({ env: {}, directory: folder }), log);
  expect(lines).toEqual([expect.stringContaining('"source":"github"')]);
  await expect(senders.proves('github', delivery)).rejects.toThrow('nothing was taken in');
  expect(await senders.mayBe('github', {})).toBe(false);
  writeFileSync(file, SECRET, { mode: 0o600 });
  await until('the secret to be read', 60_000, async () => {
    await pause(100);
    return senders.proves('github', delivery).catch(() => false);
  });
  expect(await senders.proves('github', { ...delivery, body: Buffer.from('{ }') })).toBe(false);
});

it('are believed no longer by a secret that another one has taken the place of, or that is gone, than it takes to look again', async () => {
  const file = join(folder, 'hook.secret');
  writeFileSync(file, SECRET, { mode: 0o600 });
  const log = { info: () => undefined, error: () => undefined };
  let now = 0;
  const senders = await knowSenders(believing(file), createSecretResolver({ env: {}, directory: folder }), log, () => now);
  expect(await senders.proves('github', delivery)).toBe(true);
  writeFileSync(file, 'another-secret-of-the-same', { mode: 0o600 });
  now = 10_000;
  expect(await senders.proves('github', delivery)).toBe(false);
  writeFileSync(file, SECRET, { mode: 0o600 });
  now = 19_999;
  expect(await senders.proves('github', delivery)).toBe(false);
  now = 20_000;
  expect(await senders.proves('github', delivery)).toBe(true);
  rmSync(file);
  now = 30_000;
  await expect(senders.proves('github', delivery)).rejects.toThrow('nothing was taken in');
});
