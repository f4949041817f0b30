import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Certificates for 127.0.0.1 and a client, of an authority that nobody else knows; PEM files in `directory`. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly certificate: string; readonly key: string };
  readonly client: { readonly certificate: string; readonly key: string };
}

/** Makes them with openssl. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const openssl = (...words: readonly string[]) => run('openssl', [...words], { cwd: directory });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=authority of a test');
  for (const [name, extension] of [
    ['server', 'subjectAltName=IP:127.0.0.1'],
    ['client', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    await writeFile(join(directory, `${name}.ext`), extension);
    await openssl('req', '-new', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  }
  const file = (name: string) => join(directory, name);
  return {
    ca: file('ca.pem'),
    server: { certificate: await readFile(file('server.pem'), 'utf8'), key: await readFile(file('server.key'), 'utf8') },
    client: { certificate: file('client.pem'), key: file('client.key') },
  };
}
