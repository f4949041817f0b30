import { createHash } from 'node:crypto';
import type { HashFunction } from '../domain/canonical.ts';

/** `sha256:` and the hash of a text's UTF-8 bytes in hexadecimal. */
export const sha256: HashFunction = (text) => `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
