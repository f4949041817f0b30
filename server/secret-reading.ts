import type { Secret } from '../domain/secret.ts';
import { SenderUnreadable } from './problems.ts';

/** Reads a sender's secrets, at once where they were read before. Rejects while they cannot be read. */
export type SecretReading = () => Promise<readonly Secret[]>;

/** The secrets that a sender is known by now. Throws SenderUnreadable. */
export async function secretsOf(secrets: readonly Secret[] | SecretReading): Promise<readonly Secret[]> {
  if (typeof secrets !== 'function') return secrets;
  try {
    return await secrets();
  } catch (cause) {
    throw new SenderUnreadable({ cause });
  }
}
