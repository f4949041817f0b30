import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SshEndpoint } from './endpoint.ts';

/** What an SSH client needs in order to know its host. */
export interface HostKeyCheck {
  /** Takes the key as the host presents it, in SSH's wire format. */
  readonly verify: (key: Buffer) => boolean;
  /** Key algorithms to ask for; undefined leaves the choice to the client. */
  readonly algorithms?: readonly HostKeyAlgorithm[];
}

type HostKeyAlgorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS][number];

/** Key types of known_hosts with the signature algorithms to ask for; SHA-1 signatures are not among them. */
const ALGORITHMS = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;

/**
 * How to recognise the host of an endpoint, by fingerprint or by a known_hosts file (sshd(8), SSH_KNOWN_HOSTS).
 * Throws UnknownHostKey when the endpoint says nothing, or the file does not know the host: no key is ever trusted on first use.
 */
export function hostKeyCheck(endpoint: SshEndpoint): HostKeyCheck {
  const { hostKey } = endpoint;
  if (hostKey === undefined) throw new UnknownHostKey(endpoint, 'neither a fingerprint nor a known_hosts file is given');
  if ('fingerprint' in hostKey) return byFingerprint(endpoint, hostKey.fingerprint);
  const keys = knownKeys(readKnownHosts(endpoint, hostKey.knownHosts), endpoint);
  if (keys.length === 0) throw new UnknownHostKey(endpoint, `${hostKey.knownHosts} does not know it`);
  const algorithms = [...new Set(keys.flatMap(({ type }) => [...ALGORITHMS[type]]))];
  return { algorithms, verify: (key) => keys.some((known) => same(known.key, key)) };
}

function byFingerprint(endpoint: SshEndpoint, fingerprint: string): HostKeyCheck {
  if (!/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(fingerprint)) {
    throw new UnknownHostKey(endpoint, `${JSON.stringify(fingerprint)} is no fingerprint as 'ssh-keygen -lf' prints it, SHA256:…`);
  }
  const expected = Buffer.from(fingerprint.slice('SHA256:'.length), 'base64');
  return { verify: (key) => same(createHash('sha256').update(key).digest(), expected) };
}

function readKnownHosts(endpoint: SshEndpoint, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UnknownHostKey(endpoint, `${path} cannot be read`, { cause });
  }
}

interface KnownKey {
  readonly type: keyof typeof ALGORITHMS;
  readonly key: Buffer;
}

/** Keys that a known_hosts text has for a host. Certificate authorities are no keys of hosts, and revoked keys no keys at all. */
function knownKeys(text: string, at: { readonly host: string; readonly port: number }): KnownKey[] {
  const name = at.port === 22 ? at.host : `[${at.host}]:${at.port}`;
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const revoked = lines.flatMap(([marker, , , key]) => (marker === '@revoked' && key !== undefined ? [key] : []));
  return lines.flatMap(([names, type, key]) => {
    if (names === undefined || type === undefined || key === undefined || /^[#@]/.test(names)) return [];
    return isKnownType(type) && matches(names, name) && !revoked.includes(key) ? [{ type, key: Buffer.from(key, 'base64') }] : [];
  });
}

function isKnownType(type: string): type is keyof typeof ALGORITHMS {
  return Object.hasOwn(ALGORITHMS, type);
}

function matches(names: string, name: string): boolean {
  const [, version, salt, hash] = names.split('|');
  if (version === '1' && salt !== undefined && hash !== undefined) {
    const expected = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
    return same(expected, Buffer.from(hash, 'base64'));
  }
  const patterns = names.split(',');
  const fits = (pattern: string) => globToPattern(pattern).test(name);
  return (
    patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern)) && !patterns.some((p) => p.startsWith('!') && fits(p.slice(1)))
  );
}

function globToPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
}

function same(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Nothing says which key the host must have, or what says it does not know the host. */
export class UnknownHostKey extends Error {
  override readonly name = 'UnknownHostKey';

  constructor(endpoint: SshEndpoint, reason: string, options?: ErrorOptions) {
    super(
      `Expected to know the SSH key of ${endpoint.host}:${endpoint.port}, and ${reason}. Print it on that host with 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' and configure its fingerprint, or name a known_hosts file that has it`,
      options,
    );
  }
}
