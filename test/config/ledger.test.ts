import { describe, expect, it } from '@jest/globals';
import { InstallationInvalid } from '../../config/errors.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { documentedExample, SMALL_INSTALLATION } from './documents.ts';

const read = (text: string) => parseInstallation(text, '/srv/demo/tidegate.yaml').ledger;
const withLedger = (ledger: string) => read(`${SMALL_INSTALLATION}ledger: ${ledger}\n`);

describe('the ledger of an installation', () => {
  it('is a file in the data folder that is published nowhere, unless the installation says otherwise', () => {
    expect(read(SMALL_INSTALLATION)).toEqual({
      origin: 'tidegate/demo',
      key: '/srv/demo/.tidegate/ledger.key',
      checkpoints: { records: 256, intervalMs: 600_000, publish: [] },
    });
  });

  it('is a database where the documented example says so, with a checked certificate', () => {
    expect(read(documentedExample('tidegate.yaml'))).toMatchObject({
      database: { host: '10.0.0.5', port: 5432, name: 'tidegate', user: 'tidegate', tls: 'verify', ca: '/srv/demo/tls/postgres-ca.pem' },
      checkpoints: {
        publish: [
          { kind: 'image', repository: '10.0.0.1:5000/tidegate/ledger' },
          { kind: 'git', repository: 'git@github.com:shop/audit.git', branch: 'checkpoints', file: 'checkpoint' },
        ],
      },
    });
  });

  it('publishes to files and webhooks, each with its path or secret', () => {
    const publish = "[{ file: /mnt/audit/checkpoint }, { webhook: { url: 'https://audit.example/hook', secret: '${env:HOOK}' } }]";
    expect(withLedger(`{ checkpoints: { publish: ${publish} } }`).checkpoints.publish).toEqual([
      { kind: 'file', path: '/mnt/audit/checkpoint' },
      { kind: 'webhook', url: 'https://audit.example/hook', secret: '${env:HOOK}' },
    ]);
  });

  it.each([
    ['a password in plain text', '{ database: { address: "db:5432", password: hunter2 } }', 'is a secret in plain text'],
    ['an address without a port', '{ database: { address: db } }', 'is no address with a port'],
    ['two places in one', '{ checkpoints: { publish: [{ file: a, image: "r:5000/a" }] } }', 'expected exactly one of'],
    ['an image with a tag', '{ checkpoints: { publish: [{ image: "r:5000/a:v1" }] } }', 'is no repository'],
    ['an origin that no note can carry', '{ origin: "our ledger" }', 'is no origin'],
    ['checkpoints without end', '{ checkpoints: { interval: 0s } }', 'is out of range'],
  ])('refuses %s', (_, ledger, message) => {
    expect(() => withLedger(ledger)).toThrow(InstallationInvalid);
    expect(() => withLedger(ledger)).toThrow(message);
  });
});
