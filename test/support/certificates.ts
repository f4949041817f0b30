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

/** A PEM chain and key, signed by itself, for host names; `days` may be negative for one that has expired. */
export async function selfSigned(
  directory: string,
  names: readonly string[],
  days = 30,
): Promise<{ readonly chain: string; readonly key: string }> {
  const file = join(directory, `${names[0]?.replace('*', 'any')}.${Math.random().toString(36).slice(2)}`);
  const alternatives = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${file}.key`];
  const request = ['req', '-new', ...newKey, '-subj', `/CN=${names[0]}`, '-addext', alternatives, '-out', `${file}.csr`];
  await run('openssl', request, { cwd: directory });
  await writeFile(`${file}.ext`, alternatives);
  // `ca` alone takes a past; of `x509` only newer ones do.
  await writeFile(`${file}.index`, '');
  const config = `[ca]\ndefault_ca=own\n[own]\ndatabase=${file}.index\nrand_serial=yes\nnew_certs_dir=${directory}\npolicy=any\ndefault_md=sha256\n[any]\ncommonName=supplied\n`;
  await writeFile(`${file}.cnf`, config);
  const span = ['-startdate', stamp(Math.min(days, 0) - 2), '-enddate', stamp(days)];
  const sign = [
    'ca',
    '-batch',
    '-notext',
    '-config',
    `${file}.cnf`,
    '-selfsign',
    '-keyfile',
    `${file}.key`,
    '-extfile',
    `${file}.ext`,
    ...span,
  ];
  await run('openssl', [...sign, '-in', `${file}.csr`, '-out', `${file}.pem`], { cwd: directory });
  return { chain: await readFile(`${file}.pem`, 'utf8'), key: await readFile(`${file}.key`, 'utf8') };
}

/** As openssl writes a time, days from now. */
function stamp(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
}
