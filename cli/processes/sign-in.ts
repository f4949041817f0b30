import type { PeopleStore } from '../../adapters/ledger/people-store.ts';
import type { SecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import { findPerson, OWNER_OF_ALL } from '../../domain/people/directory.ts';
import type { Secret } from '../../domain/secret.ts';
import { firstOf } from '../../server/credentials.ts';
import { createOidcSignIn } from '../../server/oidc/oidc-sign-in.ts';
import { providerKeys } from '../../server/oidc/provider-keys.ts';
import type { Authenticator, KnownPeople, ServerLog, SignInOffer } from '../../server/ports.ts';
import { rememberNames } from '../../server/remember-names.ts';
import { createTokenDesk, type TokenDesk } from '../../server/token-desk.ts';
import { createAuthenticator } from '../../server/tokens.ts';
import { LOCAL_PERSON } from './connection-file.ts';

export interface FrontDoor {
  readonly people: Authenticator;
  readonly tokens: TokenDesk;
  readonly signIn?: SignInOffer;
}

/**
 * Everybody who may come in: by the tokens of the installation file, by the one of the data folder, by tokens that people made, and by the
 * provider's word. Throws SecretMissing.
 */
export async function openDoor(
  installation: Installation,
  parts: { readonly secrets: SecretResolver; readonly local: Secret; readonly store: PeopleStore; readonly log: ServerLog },
): Promise<FrontDoor> {
  const { store, log } = parts;
  const { people: listed, groups, roles, signIn, tokens } = installation;
  const people: KnownPeople = { listed, directory: { groups, roles } };
  await rememberNames(store, people, log);
  const desk = createTokenDesk({ installation: installation.name, store, people, longestMs: tokens.longestMs, log, now: Date.now });
  const configured = await configuredTokens(people, installation, parts.secrets, parts.local);
  if (signIn === undefined) return { people: firstOf([configured, desk.authenticate]), tokens: desk };
  const oidc = createOidcSignIn({ rules: signIn, keys: providerKeys(signIn.issuer), people, store, now: Date.now });
  const { issuer, client, scopes } = signIn;
  return { people: firstOf([configured, desk.authenticate, oidc]), tokens: desk, signIn: { issuer, client, scopes } };
}

async function configuredTokens(
  { directory }: KnownPeople,
  { people }: Installation,
  secrets: SecretResolver,
  local: Secret,
): Promise<Authenticator> {
  const holders = people.map(async ({ name, token }) =>
    token === undefined ? [] : [{ person: findPerson(directory, name), authentication: 'configured token', token: await secrets(token) }],
  );
  // Whoever can read the data folder can change everything in it: the first owner, whatever the roles say.
  const self = {
    person: { name: LOCAL_PERSON, groups: [], roles: OWNER_OF_ALL },
    authentication: 'token of the data folder',
    token: local,
  };
  return createAuthenticator([...(await Promise.all(holders)).flat(), self]);
}
