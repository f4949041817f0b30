import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';

/** What was given as a certificate: one that can be shown to users now, or why it cannot. Nothing of the key is told. */
export type CertificateReading =
  | {
      readonly kind: 'fit';
      /** Host names that it is for; `*.` stands for one label. */
      readonly names: readonly string[];
      readonly notAfter: Date;
      /** Of the certificates, by which a renewed one is told from the one before. */
      readonly fingerprint: string;
      /** Chain and key in one text, as HAProxy reads it. */
      readonly pem: string;
    }
  | { readonly kind: 'unfit'; readonly reason: string };

/** HAProxy takes no more through its runtime socket at once (tune.bufsize). */
const LARGEST = 15_000;

/** Reads a PEM chain, the server's own certificate first, and its PEM key, at a moment in milliseconds since the epoch. */
export function readCertificate(chain: string, key: string, now: number): CertificateReading {
  const certificates = blocks(chain, 'CERTIFICATE').map(parsed);
  const [own] = certificates;
  if (own === undefined) return unfit('its chain holds no PEM certificate');
  if (certificates.some((certificate) => certificate === undefined)) return unfit('its chain holds a certificate that cannot be read');
  if (!belongsTo(own, key)) return unfit('its key cannot be read, has a passphrase, or is not the key of its first certificate');
  const [from, until] = [new Date(own.validFrom), new Date(own.validTo)];
  if (now >= until.getTime()) return unfit(`it expired on ${day(until)}`);
  if (now < from.getTime()) return unfit(`it counts from ${day(from)} on`);
  const names = namesOf(own);
  if (names.length === 0) return unfit('it names no host');
  const pem = [...blocks(key, '[A-Z ]*PRIVATE KEY'), ...blocks(chain, 'CERTIFICATE')].join('\n');
  if (pem.length > LARGEST)
    return unfit(`with its key it has ${pem.length} bytes, and at most ${LARGEST} can be taken; leave the root out`);
  return { kind: 'fit', names, notAfter: until, fingerprint: fingerprintOf(blocks(chain, 'CERTIFICATE')), pem };
}

/** Whether a certificate for these names is one for a host. */
export function fitsHost(names: readonly string[], host: string): boolean {
  const parent = `*${host.slice(host.indexOf('.'))}`;
  return names.some((name) => name === host || (host.includes('.') && name === parent));
}

function unfit(reason: string): CertificateReading {
  return { kind: 'unfit', reason };
}

/** PEM blocks without the empty lines and comments around them, which would end a command of HAProxy's. */
function blocks(text: string, label: string): string[] {
  const found = text.match(new RegExp(`-----BEGIN ${label}-----[\\s\\S]*?-----END ${label}-----`, 'g')) ?? [];
  return found.map((block) =>
    block
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
      .join('\n'),
  );
}

/** Undefined where it is no certificate. */
function parsed(block: string | undefined): X509Certificate | undefined {
  try {
    return block === undefined ? undefined : new X509Certificate(block);
  } catch {
    // The reason of OpenSSL tells people nothing, and `unfit` says it in words.
    return undefined;
  }
}

function belongsTo(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // What OpenSSL says of a key may repeat parts of it.
    return false;
  }
}

function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name.toLowerCase());
}

function fingerprintOf(certificates: readonly string[]): string {
  return createHash('sha256').update(certificates.join('\n')).digest('hex').slice(0, 16);
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
