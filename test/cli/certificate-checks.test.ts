import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { certificateChecks } from '../../cli/diagnosis/certificate-checks.ts';
import { runCheck } from '../../cli/diagnosis/check.ts';
import { readEnvironment } from '../../cli/environment.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { ROUTER, SMALL_INSTALLATION } from '../config/documents.ts';
import { selfSigned } from '../support/certificates.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What doctor says of one certificate, whose key may be another's. */
async function verdict(days: number, key?: string) {
  const given = await selfSigned(folder, ['shop.example'], days);
  await writeFile(join(folder, 'shop.pem'), given.chain);
  await writeFile(join(folder, 'shop.key'), key ?? given.key);
  const certificate = "{ name: shop, chain: '${file:shop.pem}', key: '${file:shop.key}' }";
  const text = SMALL_INSTALLATION.replace(`image: '${ROUTER}'`, `image: '${ROUTER}', https: 443`).replace(
    'hosts: [one] }',
    `hosts: [one], tls: { certificates: [${certificate}] } }`,
  );
  const [check] = certificateChecks(parseInstallation(text, join(folder, 'tidegate.yaml')), readEnvironment({}));
  return check && (await runCheck(check));
}

describe('doctor', () => {
  it('tells for whom a certificate is and for how long, warns before its end, and fails after it', async () => {
    expect(await verdict(90)).toMatchObject({
      name: 'certificate shop of production',
      state: 'ok',
      detail: expect.stringMatching(/^for shop\.example, until \d{4}-\d\d-\d\d \(\d+ days\)$/),
    });
    expect(await verdict(10)).toMatchObject({ state: 'warn', wayOut: expect.stringContaining('${file:shop.pem}') });
    expect(await verdict(-1)).toMatchObject({ state: 'fail', detail: expect.stringContaining('it expired on') });
  });

  it('fails for a key that is not its own, without a word of it', async () => {
    const result = await verdict(90, 'hunter2');
    expect(result).toMatchObject({ state: 'fail', detail: expect.stringContaining('is not the key') });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});
