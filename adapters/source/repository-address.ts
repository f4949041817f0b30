import { isAbsolute } from 'node:path';
import { Secret } from '../../domain/secret.ts';
import type { GitCredential } from './git.ts';

/** Where a repository is, its password apart. */
export interface RepositoryAddress {
  /** As git and messages take it; nothing secret is in it. */
  readonly url: string;
  /** What stood in the URL before the @, if it held a password. */
  readonly credential?: GitCredential;
}

const PROTOCOLS = ['https:', 'http:', 'ssh:', 'git:', 'file:'];

/** `user@host:path`, ssh for short. */
const SCP_FORM = /^\w[\w.-]*@\w[\w.-]*:[^-].*$/;

/**
 * Reads a repository's address: an absolute path, an https, http, ssh, git or file URL, or `user@host:path`.
 * Throws MalformedRepository for anything else: git would take an option or a program for an address.
 */
export function parseRepositoryAddress(text: string): RepositoryAddress {
  if (/[\0\n\r]/.test(text)) throw new MalformedRepository('it holds a line break');
  if (isAbsolute(text) || SCP_FORM.test(text)) return { url: text };
  if (!URL.canParse(text)) throw new MalformedRepository(`${JSON.stringify(text)} is none of these`);
  const url = new URL(text);
  if (!PROTOCOLS.includes(url.protocol)) throw new MalformedRepository(`git over ${url.protocol.slice(0, 20)} is not supported`);
  if (url.hostname.startsWith('-')) throw new MalformedRepository('its host begins with a hyphen');
  return withoutPassword(url, text);
}

function withoutPassword(url: URL, text: string): RepositoryAddress {
  const isWeb = url.protocol.startsWith('http');
  if (url.password === '' && !(isWeb && url.username !== '')) return { url: text };
  // A token alone may stand where the user does.
  const credential = { username: decodeURIComponent(url.username), password: new Secret(decodeURIComponent(url.password)) };
  url.username = '';
  url.password = '';
  return { url: url.href, credential };
}

export class MalformedRepository extends Error {
  override readonly name = 'MalformedRepository';

  constructor(reason: string) {
    super(`Expected a git repository, an absolute path, https://…, ssh://… or user@host:path: ${reason}`);
  }
}
