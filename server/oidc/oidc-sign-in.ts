import type { JWTVerifyGetKey } from 'jose';
import type { FoundIdentity, PeopleStore } from '../../adapters/ledger/people-store.ts';
import { findPerson } from '../../domain/people/directory.ts';
import { bindingOf } from '../../domain/people/identity.ts';
import { lookAlike, PERSON_NAME_HINT, parsePersonName, RESERVED_NAMES, skeletonOf } from '../../domain/people/person-name.ts';
import type { Authenticator, KnownPeople } from '../ports.ts';
import { Unauthenticated } from '../problems.ts';
import { type IdTokenRules, looksLikeJwt, type SignedClaims, verifyIdToken } from './id-token.ts';

export interface OidcParts {
  readonly rules: IdTokenRules;
  readonly keys: JWTVerifyGetKey;
  readonly people: KnownPeople;
  readonly store: PeopleStore;
  readonly now: () => number;
}

/**
 * Recognises people by the ID tokens of the installation's provider. Who somebody is stands in issuer and subject, which the provider never gives
 * to another; their name here is the one of their first sign-in, and stays theirs.
 */
export function createOidcSignIn(parts: OidcParts): Authenticator {
  // A binding never changes: whoever was here before is known while the ledger does not answer, and can roll back.
  const bound = new Map<string, string>();
  return async (credential) => {
    if (!looksLikeJwt(credential)) return undefined;
    const claims = await verifyIdToken(credential, parts.rules, parts.keys);
    const name = await nameOf(parts, claims, bound);
    return {
      person: findPerson(parts.people.directory, name, claims.groups),
      authentication: `sign-in at ${parts.rules.issuer}`,
      expiresAt: claims.expiresAt,
    };
  };
}

async function nameOf(parts: OidcParts, claims: SignedClaims, bound: Map<string, string>): Promise<string> {
  const { people, store, rules } = parts;
  const listed = people.listed.find((person) => person.subject === claims.subject);
  if (listed !== undefined) return listed.name;
  const known = bound.get(claims.subject) ?? vouchedName(await store.identity(rules.issuer, claims.subject));
  const name = known ?? freshName(parts, claims);
  // Also of somebody who signed in before the list named another one so.
  if (people.listed.some((person) => person.name === name)) throw taken(name);
  if (known === undefined) await bind(parts, claims.subject, name);
  bound.set(claims.subject, name);
  return name;
}

/** The name that a newcomer asks for. Throws Unauthenticated where it could be taken for that of somebody whom the installation lists. */
function freshName({ people, rules }: OidcParts, { name: claimed }: SignedClaims): string {
  const name = claimed === undefined ? undefined : parsePersonName(claimed);
  if (name === undefined) {
    const seen =
      claimed === undefined
        ? `has no claim ${rules.nameClaim}`
        : `names its holder in letters that can be taken for others (claim ${rules.nameClaim})`;
    throw new Unauthenticated(
      `The request's sign-in ${seen}`,
      `have the provider change the name, or an owner choose another nameClaim: ${PERSON_NAME_HINT}`,
    );
  }
  const others = [...RESERVED_NAMES, ...people.listed.map((person) => person.name)];
  const other = others.find((one) => one === name) ?? lookAlike(name, others);
  if (other !== undefined) throw taken(name);
  return name;
}

/** Throws Unauthenticated where the ledger does not vouch for whose name it is: somebody may have written their own subject beside it. */
function vouchedName(found: FoundIdentity | undefined): string | undefined {
  if (found?.doubt === undefined) return found?.name;
  const seen = `That this sign-in is ${found.name} is not as the ledger recorded it`;
  throw new Unauthenticated(
    seen,
    "an owner sees more with 'tidegate audit verify', and says whose name it is by 'subject' of people in tidegate.yaml",
  );
}

async function bind({ store, rules, now }: OidcParts, subject: string, name: string): Promise<void> {
  const identity = { issuer: rules.issuer, subject, name, at: new Date(now()).toISOString() };
  if (await store.bindIdentity(identity, skeletonOf(name), bindingOf(identity))) return;
  // Two requests of one newcomer: the first has bound the name.
  if (vouchedName(await store.identity(rules.issuer, subject)) !== name) throw taken(name);
}

function taken(name: string): Unauthenticated {
  const hint = "an owner says whose name it is, by 'subject' of people in tidegate.yaml";
  return new Unauthenticated(`The name ${name}, or one that looks like it, is somebody else's here`, hint);
}
