import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fitsHost, readCertificate } from '../../config/certificate.ts';
import { selfSigned } from '../support/certificates.ts';

type Given = Awaited<ReturnType<typeof selfSigned>>;

let folder: string;
let good: Given;
let other: Given;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-certificate-'));
  [good, other] = await Promise.all([selfSigned(folder, ['shop.example', '*.shop.example']), selfSigned(folder, ['other.example'])]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const reasonOf = (chain: string, key: string, now = Date.now()): string => {
  const reading = readCertificate(chain, key, now);
  return reading.kind === 'unfit' ? reading.reason : 'fit';
};

describe('a certificate', () => {
  it('is read with its names, its end, and its key without what is around it', () => {
    const reading = readCertificate(`a comment\n\n${good.chain}\n\n`, `\n${good.key}`, Date.now());
    expect(reading).toMatchObject({ kind: 'fit', names: ['shop.example', '*.shop.example'] });
    if (reading.kind !== 'fit') return;
    expect(reading.pem).not.toMatch(/\n\n|comment/);
    expect(reading.pem).toMatch(/^-----BEGIN PRIVATE KEY-----[\s\S]*-----END CERTIFICATE-----$/);
    expect(reading.notAfter.getTime()).toBeGreaterThan(Date.now());
  });

  it('has another fingerprint when it is another one', () => {
    const fingerprint = (given: Given) => {
      const reading = readCertificate(given.chain, given.key, Date.now());
      return reading.kind === 'fit' ? reading.fingerprint : '';
    };
    expect(fingerprint(good)).toBe(fingerprint(good));
    expect(fingerprint(good)).not.toBe(fingerprint(other));
  });

  it('is refused with a key that is not its own, and its key is not repeated', () => {
    expect(reasonOf(good.chain, other.key)).toMatch(/is not the key of its first certificate/);
    expect(reasonOf(good.chain, 'hunter2')).not.toContain('hunter2');
    expect(reasonOf(`${other.chain}\n${good.chain}`, good.key)).toMatch(/is not the key of its first certificate/);
  });

  it('is refused when it has expired, or does not count yet', () => {
    const day = 86_400_000;
    expect(reasonOf(good.chain, good.key, Date.now() + 31 * day)).toMatch(/it expired on \d{4}-\d\d-\d\d/);
    expect(reasonOf(good.chain, good.key, Date.now() - 10 * day)).toMatch(/it counts from/);
  });

  it.each([
    ['nothing', '', 'holds no PEM certificate'],
    ['something else', 'hello', 'holds no PEM certificate'],
    ['a broken one', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'holds no PEM certificate'],
  ])('is refused when it is %s', (_, chain, reason) => {
    expect(reasonOf(chain, good.key)).toContain(reason);
  });
});

describe('a name of a certificate', () => {
  it.each([
    ['shop.example', true],
    ['www.shop.example', true],
    ['a.www.shop.example', false],
    ['example', false],
    ['other.example', false],
  ])('fits %s: %s', (host, fits) => {
    expect(fitsHost(['shop.example', '*.shop.example'], host)).toBe(fits);
  });
});
