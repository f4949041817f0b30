import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { types } from 'node:util';
import { Secret } from '../../domain/secret.ts';
import type { RegistryAccess } from './settings.ts';

/** PEM files, by what they are for. */
export interface CertificateFiles {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** Reads whom to trust and who we are. Throws CertificateUnreadable, naming the file, when TLS could not use it. */
export async function readCertificates(files: CertificateFiles): Promise<Pick<RegistryAccess, 'ca' | 'client'>> {
  const { certificate: certificateFile, key: keyFile } = files;
  const ca = files.ca === undefined ? undefined : await read(files.ca, (pem) => ({ ca: pem }));
  const certificate = certificateFile === undefined ? undefined : await read(certificateFile, (pem) => ({ cert: pem }));
  if (certificate === undefined || keyFile === undefined) return { ...(ca !== undefined && { ca }) };
  const key = await read(keyFile, (pem) => ({ key: pem, cert: certificate }));
  return { ...(ca !== undefined && { ca }), client: { certificate, key: new Secret(key) } };
}

async function read(path: string, use: (pem: string) => tls.SecureContextOptions): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    // OpenSSL takes a file without any certificate for an empty bundle.
    if (!pem.includes('-----BEGIN ')) throw new Error('it is no PEM file');
    tls.createSecureContext(use(pem));
    return pem;
  } catch (cause) {
    throw new CertificateUnreadable(path, types.isNativeError(cause) ? cause.message : String(cause), { cause });
  }
}

/** A file that TLS needs is not there, or holds nothing that TLS can use. */
export class CertificateUnreadable extends Error {
  override readonly name = 'CertificateUnreadable';

  constructor(path: string, seen: string, options?: ErrorOptions) {
    super(`Expected ${path} to be a PEM file for TLS: ${seen}. A key must be without passphrase, and belong to its certificate`, options);
  }
}
