import type { Authenticator } from './ports.ts';

/** The first that recognises a credential says whose it is; one that throws has the last word. */
export function firstOf(authenticators: readonly Authenticator[]): Authenticator {
  return async (credential) => {
    for (const authenticate of authenticators) {
      const signedIn = await authenticate(credential);
      if (signedIn !== undefined) return signedIn;
    }
    return undefined;
  };
}
