import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentPolicy, findTrustPolicy } from '../../config/environment-policy.ts';
import { InstallationInvalid, PipelineInvalid } from '../../config/errors.ts';
import { loadInstallation, parseInstallation } from '../../config/installation-file.ts';
import { parsePipelineFor } from '../../config/pipeline-in-installation.ts';
import { Signer } from '../support/signed.ts';
import { SMALL_INSTALLATION, SMALL_PIPELINE } from './documents.ts';

const [ci, boss] = [new Signer('ci'), new Signer('boss', 'ed25519')] as const;
const inline = (name: string, pem: string) => `{ name: ${name}, pem: ${JSON.stringify(pem)} }`;
const CI = inline('ci', ci.key.pem);
const BOSS = inline('boss', boss.key.pem);
const SIGNED = '{ name: signed, signatures: { keys: [ci] } }';

const fileOf = (keys: readonly string[], policies: readonly string[], protection = 'trust: signed') =>
  `${SMALL_INSTALLATION.replace('hosts: [one]', `hosts: [one], protection: { ${protection} }`)}trust:\n  keys: [${keys.join(', ')}]\n  policies: [${policies.join(', ')}]\n`;
const read = (text: string) => parseInstallation(text, '/etc/tidegate/tidegate.yaml', 'tidegate.yaml');

function problemOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InstallationInvalid || error instanceof PipelineInvalid) return error.message;
    throw error;
  }
  throw new Error('the file was accepted');
}

describe('trust policies', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidegate-trust-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read with the keys that they name, of which a file is read anew each time', async () => {
    const file = join(folder, 'tidegate.yaml');
    writeFileSync(file, fileOf(['{ name: ci, file: ci.pub }', BOSS], [SIGNED]));
    writeFileSync(join(folder, 'ci.pub'), ci.key.pem);
    const before = await loadInstallation(file);
    expect(findTrustPolicy(before, 'signed')).toMatchObject({ signatures: { keys: ['ci'], count: 1 }, attestations: [], keys: [ci.key] });
    expect(environmentPolicy(before, 'production')).toMatchObject({ protection: { trust: 'signed' } });
    expect(before.faults).toEqual([]);
    const signers = ({ key: { pem } }: Signer) => writeFileSync(join(folder, 'ci.pub'), pem);
    signers(new Signer('ci'));
    expect(findTrustPolicy(await loadInstallation(file), 'signed').revision).not.toBe(findTrustPolicy(before, 'signed').revision);
  });

  it.each<readonly [string, (path: string) => void, string]>([
    ['is gone', () => undefined, 'ci.pub cannot be read: ENOENT'],
    ['is a folder', (path) => mkdirSync(path), 'ci.pub is no file'],
    ['is too large', (path) => writeFileSync(path, 'x'.repeat(70_000)), 'ci.pub is too large for a key'],
    ['holds no key', (path) => writeFileSync(path, 'x'), 'is no public key in PEM'],
    ['holds a key that is there already', (path) => writeFileSync(path, boss.key.pem), 'is the key boss under another name'],
  ])('are met by nothing while the file of a key of theirs %s, and all else goes on', async (_, spoil, reason) => {
    const file = join(folder, 'tidegate.yaml');
    const path = join(folder, 'ci.pub');
    writeFileSync(file, fileOf(['{ name: ci, file: ci.pub }', BOSS], [SIGNED, '{ name: other, signatures: { keys: [boss] } }']));
    writeFileSync(path, ci.key.pem);
    const whole = await loadInstallation(file);
    rmSync(path);
    spoil(path);
    const spoilt = await loadInstallation(file);
    expect(spoilt.faults).toMatchObject([{ path: 'trust.keys[0].file', line: 12, message: expect.stringContaining(reason) }]);
    const policy = findTrustPolicy(spoilt, 'signed');
    expect(policy.unmeetable).toMatch(`the key ci cannot be used: `);
    expect(policy.unmeetable).toContain(reason);
    expect([policy.keys, policy.revision === findTrustPolicy(whole, 'signed').revision]).toEqual([[], false]);
    expect(findTrustPolicy(spoilt, 'other')).toEqual(findTrustPolicy(whole, 'other'));
    expect(environmentPolicy(spoilt, 'production')).toMatchObject({ unreadTrust: ['signed'] });
    expect(environmentPolicy(whole, 'production')).not.toHaveProperty('unreadTrust');
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, ci.key.pem);
    expect(environmentPolicy(await loadInstallation(file), 'production')).toEqual(environmentPolicy(whole, 'production'));
  });

  it('change the revision of the rules of an environment that demands them, with anything that they ask and with nothing else', () => {
    const policyOf = (keys: readonly string[], policy = SIGNED) => environmentPolicy(read(fileOf(keys, [policy])), 'production');
    const before = policyOf([CI, BOSS]);
    expect(policyOf([inline('ci', `${ci.key.pem}\n\n`), BOSS])).toEqual(before);
    expect(policyOf([CI])).toEqual(before);
    for (const other of [
      policyOf([inline('ci', new Signer('ci').key.pem)]),
      policyOf([CI.replace('name: ci', "name: ci, until: '2030-01-01T00:00:00Z'")]),
      policyOf([CI, BOSS], SIGNED.replace('[ci]', '[ci, boss]')),
      policyOf([CI], SIGNED.replace('name: signed', 'name: signed, signedAs: [a.test/b]')),
    ]) {
      expect(other.policyRevision).not.toBe(before.policyRevision);
      expect(other.trust).not.toEqual(before.trust);
    }
    expect(environmentPolicy(read(SMALL_INSTALLATION), 'production')).not.toHaveProperty('trust');
    const more = [SIGNED, '{ name: more, signatures: { keys: [boss] } }'];
    const besides = environmentPolicy(read(fileOf([CI, BOSS], more)), 'production');
    expect([besides.policyRevision, Object.keys(besides.trust ?? {})]).toEqual([before.policyRevision, ['signed', 'more']]);
    const idle = (policies: readonly string[]) =>
      environmentPolicy(read(fileOf([CI, BOSS], policies, 'soak: []')), 'production').policyRevision;
    expect(idle(more)).toBe(idle([SIGNED]));
  });

  const compressed = (({ x = '', y = '' }) => {
    const head = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');
    const sign = Buffer.from([(Buffer.from(y, 'base64url').at(-1) ?? 0) % 2 === 0 ? 2 : 3]);
    const der = Buffer.concat([head, sign, Buffer.from(x, 'base64url')]).toString('base64');
    return `-----BEGIN PUBLIC KEY-----\n${der}\n-----END PUBLIC KEY-----\n`;
  })(createPublicKey(ci.key.pem).export({ format: 'jwk' }));
  it('know a key in whatever form it is written', () => {
    expect(compressed).not.toBe(ci.key.pem);
    const revision = (key: string) => findTrustPolicy(read(fileOf([key], [SIGNED])), 'signed').revision;
    expect(revision(inline('ci', compressed))).toBe(revision(CI));
  });

  const secret = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
  it.each<readonly [string, readonly string[], readonly string[], string]>([
    ['a private key', [inline('ci', secret)], [SIGNED], 'trust.keys[0].pem: is a private key'],
    ['a key of RSA', [inline('ci', rsa)], [SIGNED], 'is of an algorithm that is not read: rsa'],
    ['a key of another curve', [inline('ci', p384)], [SIGNED], 'is of an algorithm that is not read: ec'],
    ['two keys in one', [inline('ci', ci.key.pem + boss.key.pem)], [SIGNED], 'is no public key in PEM'],
    ['no key', [inline('ci', 'ssh-ed25519 AAAA')], [SIGNED], 'is no public key in PEM'],
    ['a broken key', [inline('ci', ci.key.pem.replace(/M/g, 'A'))], [SIGNED], 'cannot be read as a public key'],
    ['a key nowhere', ['{ name: ci }'], [SIGNED], 'expected exactly one of pem, file'],
    ['a moment of no calendar', [CI.replace('name: ci', "name: ci, until: '2027-01-01'")], [SIGNED], 'is no moment'],
    ['one key under two names', [CI, inline('too', ci.key.pem)], [SIGNED], 'trust.keys[1].pem: is the key ci under another name'],
    ['one key in two forms', [CI, inline('too', compressed)], [SIGNED], 'trust.keys[1].pem: is the key ci under another name'],
    ['two keys of one name', [CI, inline('ci', boss.key.pem)], [SIGNED], 'ci is there twice'],
    ['two policies of one name', [CI], [SIGNED, SIGNED], 'signed is there twice'],
    ['a key that there is not', [CI], ['{ name: signed, signatures: { keys: [cj] } }'], 'no key is named cj'],
    [
      'more signatures than keys',
      [CI],
      ['{ name: signed, signatures: { keys: [ci], count: 2 } }'],
      'is more than the 1 keys that are named',
    ],
    ['no signatures', [CI], ['{ name: signed, signatures: { keys: [ci], count: 0 } }'], 'expected at least 1, saw 0'],
    ['a policy that asks for nothing', [CI], ['{ name: signed }'], 'asks for nothing'],
    [
      'a predicate type that is none',
      [CI],
      ['{ name: signed, attestations: [{ predicateType: sbom, keys: [ci] }] }'],
      'is no predicate type',
    ],
    [
      'another policy than there is',
      [CI],
      ['{ name: other, signatures: { keys: [ci] } }'],
      'environments[0].protection.trust: no trust policy is named signed',
    ],
  ])('are refused with %s', (_, keys, policies, message) => {
    expect(problemOf(() => read(fileOf(keys, policies)))).toContain(message);
  });

  it('are added by a pipeline, which has none of its own and takes none away', () => {
    const installation = read(fileOf([CI], [SIGNED, SIGNED.replace('name: signed', 'name: more')]));
    const pipeline = (trust: string) =>
      parsePipelineFor(
        installation,
        'shop',
        SMALL_PIPELINE.replace('environment: production', `environment: production, protection: { trust: ${trust} }`),
        'pipeline.yaml',
      );
    expect(pipeline('more').stages[0]).toMatchObject({ protection: { trust: 'more' } });
    expect(problemOf(() => pipeline('mine'))).toContain('no trust policy is named mine in tidegate.yaml; there are signed, more');
    expect(problemOf(() => pipeline('null'))).toContain('trust');
  });
});
