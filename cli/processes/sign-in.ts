import type { SecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import type { Person } from '../../domain/people/person.ts';
import type { Secret } from '../../domain/secret.ts';
import type { Authenticator } from '../../server/ports.ts';
import { createAuthenticator } from '../../server/tokens.ts';
import { CommandFailed } from '../errors.ts';
import { LOCAL_PERSON } from './connection-file.ts';

/** Everybody with a token: the people of the installation file, and whoever may read the data folder. Throws SecretMissing, CommandFailed. */
export async function signIn(installation: Installation, secrets: SecretResolver, local: Secret): Promise<Authenticator> {
  if (installation.people.some((person) => person.name === LOCAL_PERSON)) {
    throw new CommandFailed(
      `A person named ${LOCAL_PERSON} cannot be told from the server's own token`,
      `rename the person in ${installation.file}`,
    );
  }
  const people = installation.people.map(async ({ name, token }) => ({
    person: ownerOf(name),
    authentication: 'configured token',
    token: await secrets(token),
  }));
  const self = { person: ownerOf(LOCAL_PERSON), authentication: 'token of the data folder', token: local };
  return createAuthenticator([...(await Promise.all(people)), self]);
}

/** Where the installation gives no roles. */
function ownerOf(name: string): Person {
  return { name, groups: [], roles: [{ role: 'owner' }] };
}
