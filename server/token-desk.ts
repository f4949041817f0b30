import type { PeopleStore } from '../adapters/ledger/people-store.ts';
import { findPerson } from '../domain/people/directory.ts';
import { type Holder, LISTED } from '../domain/people/identity.ts';
import type { Scope } from '../domain/people/person.ts';
import { parsePersonName } from '../domain/people/person-name.ts';
import {
  creationOf,
  type KeptToken,
  meanwhileScope,
  objectionToToken,
  revocationOf,
  type TokenActor,
  usableScope,
} from '../domain/people/token.ts';
import type { Secret } from '../domain/secret.ts';
import { isOutage } from './outage.ts';
import type { Authenticator, KnownPeople, ServerLog, SignedIn } from './ports.ts';
import { NoSuchThing, Unauthenticated, UnfitRequest } from './problems.ts';
import { RecentTokens } from './recent-tokens.ts';
import { isWholeToken, keptHash, makeToken, sameHash, TOKEN_PATTERN } from './tokens.ts';

/** Where tokens are made, shown, revoked and recognised. */
export interface TokenDesk {
  /** The token itself is returned once, and kept nowhere. Throws UnfitRequest. */
  create(wish: TokenWish, actor: TokenActor): Promise<{ readonly secret: Secret; readonly token: KeptToken }>;
  list(person: string | undefined): Promise<readonly KeptToken[]>;
  /** Throws NoSuchThing. */
  find(id: string): Promise<KeptToken>;
  /** Counts from the next request on, on every server of the installation. */
  revoke(token: KeptToken, actor: TokenActor): Promise<KeptToken>;
  readonly authenticate: Authenticator;
}

export interface TokenWish {
  readonly person: string;
  readonly note: string;
  readonly scope: Scope;
  readonly lifetimeMs: number;
  /** ISO 8601: what it must not outlive. */
  readonly notAfter?: string;
}

export interface TokenDeskParts {
  readonly installation: string;
  readonly store: PeopleStore;
  readonly people: KnownPeople;
  readonly longestMs: number;
  readonly log: ServerLog;
  readonly now: () => number;
}

const ID_DIGITS = 10;
const LIST_HINT = "'tidegate token list' shows them";
/** That a token was used is written down once in this time. */
const USED_MS = 60_000;

export function createTokenDesk(parts: TokenDeskParts): TokenDesk {
  const { store } = parts;
  const recent = new RecentTokens();
  return {
    create: (wish, actor) => create(parts, wish, actor),
    list: (person) => store.tokens(person),
    find: (id) => find(parts, id),
    revoke: async (token, actor) => {
      const at = new Date(parts.now()).toISOString();
      recent.forget(token.id);
      await store.revokeToken(token.id, actor.person, at, revocationOf(token, actor, at));
      return find(parts, token.id);
    },
    authenticate: (credential) => authenticate(parts, recent, credential),
  };
}

async function create(parts: TokenDeskParts, wish: TokenWish, { person: createdBy, ...known }: TokenActor) {
  const holder = await holderOf(parts, wish.person);
  const secret = makeToken();
  const hash = keptHash(parts.installation, secret.reveal());
  const createdAt = parts.now();
  const token: KeptToken = {
    id: hash.slice(0, ID_DIGITS),
    person: wish.person,
    holder,
    note: wish.note,
    scope: wish.scope,
    createdAt: new Date(createdAt).toISOString(),
    createdBy,
    expiresAt: new Date(endOf(wish, createdAt, parts.longestMs)).toISOString(),
  };
  await parts.store.keepToken(token, hash, creationOf(token, { person: createdBy, ...known }));
  return { secret, token };
}

function endOf({ lifetimeMs, notAfter }: TokenWish, now: number, longestMs: number): number {
  const days = longestMs / 86_400_000;
  if (lifetimeMs > longestMs)
    throw new UnfitRequest(
      'lifetime',
      `No token lives longer than ${days} days here`,
      'ask for less, or have an owner raise tokens.longest',
    );
  const end = now + lifetimeMs;
  if (notAfter !== undefined && end > Date.parse(notAfter))
    throw new UnfitRequest('lifetime', `The token that asks ends at ${notAfter}, and can make none that outlives it`, 'ask for less');
  return end;
}

/** Throws UnfitRequest for nobody's name: it would be waiting for whoever takes it. */
async function holderOf({ people, store }: TokenDeskParts, name: string): Promise<Holder> {
  const listed = people.listed.find((person) => person.name === name);
  if (listed !== undefined) return { issuer: LISTED, subject: listed.subject ?? '' };
  const identity = await store.identityNamed(name);
  if (identity?.doubt !== undefined)
    throw new UnfitRequest('person', `Whose name ${name} is, is not as the ledger recorded it`, "'tidegate audit verify' tells more");
  if (identity !== undefined && identity.issuer !== LISTED) return { issuer: identity.issuer, subject: identity.subject };
  const hint = 'a person is one of people in tidegate.yaml, or has signed in once';
  throw new UnfitRequest('person', parsePersonName(name) === undefined ? 'That is no name of a person' : `Nobody is named ${name}`, hint);
}

/** Whether the name is still that of whom the token was made for. */
async function isStillTheirs({ people, store }: TokenDeskParts, { person, holder }: KeptToken): Promise<boolean> {
  const listed = people.listed.find(({ name }) => name === person);
  if (holder.issuer === LISTED) return listed !== undefined && (holder.subject === '' || holder.subject === listed.subject);
  if (listed !== undefined) return listed.subject === holder.subject;
  const identity = await store.identity(holder.issuer, holder.subject);
  return identity?.name === person && identity.doubt === undefined;
}

async function find({ store }: TokenDeskParts, id: string): Promise<KeptToken> {
  const found = await store.findToken(id);
  if (found === undefined) throw new NoSuchThing('There is no such token', LIST_HINT);
  return found.token;
}

async function authenticate(parts: TokenDeskParts, recent: RecentTokens, credential: string): Promise<SignedIn | undefined> {
  if (!credential.startsWith('tdg_')) return undefined;
  if (!isWholeToken(credential)) {
    const seen = TOKEN_PATTERN.test(credential) ? 'has a typing error: its checksum does not fit' : 'is not as long as one of Tidegate';
    throw new Unauthenticated(`The request's token ${seen}`, 'copy it again from where it is kept');
  }
  const hash = keptHash(parts.installation, credential);
  try {
    const token = await lookUp(parts, hash);
    recent.keep(hash, token, parts.now());
    noteUse(parts, token);
    return signedInBy(parts, token, usableScope(token));
  } catch (error) {
    const token = isOutage(error) ? recent.find(hash, parts.now()) : undefined;
    if (token === undefined) throw error;
    return signedInBy(parts, token, meanwhileScope(usableScope(token)));
  }
}

/** Throws Unauthenticated for a token that opens nothing. */
async function lookUp(parts: TokenDeskParts, hash: string): Promise<KeptToken> {
  const found = await parts.store.findToken(hash.slice(0, ID_DIGITS));
  if (found === undefined || !sameHash(found.hash, hash)) {
    throw new Unauthenticated(
      "The request's token was not made by this installation",
      "name the server that made it, or 'tidegate login' to this one",
    );
  }
  if (found.doubt !== undefined)
    throw new Unauthenticated(
      'The row of this token in the database is not as the ledger recorded it',
      "make another with 'tidegate token create'; an owner sees more with 'tidegate audit verify'",
    );
  if (!(await isStillTheirs(parts, found.token)))
    throw new Unauthenticated('The person of this token is no longer known here', 'ask an owner');
  requireGood(found.token, parts.now());
  return found.token;
}

function requireGood(token: KeptToken, now: number): void {
  const objection = objectionToToken(token, now);
  if (objection !== undefined) throw new Unauthenticated(objection, "make another with 'tidegate token create', or 'tidegate login'");
}

function signedInBy(parts: TokenDeskParts, token: KeptToken, scope: Scope | undefined): SignedIn {
  requireGood(token, parts.now());
  return {
    person: { ...findPerson(parts.people.directory, token.person), ...(scope !== undefined && { scope }) },
    authentication: `token ${token.id}`,
    expiresAt: token.expiresAt,
    tokenId: token.id,
  };
}

/** Nobody waits for this, and nobody is refused for it. */
function noteUse({ store, now, log }: TokenDeskParts, { id, usedAt }: KeptToken): void {
  if (usedAt !== undefined && now() - Date.parse(usedAt) < USED_MS) return;
  store.tokenUsed(id, new Date(now()).toISOString()).catch((error: unknown) => {
    log.error({ err: error, token: id }, 'That a token was used is not written down');
  });
}
