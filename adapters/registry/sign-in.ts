import type { RegistryCredential, RegistryCredentials } from '../../activities/images.ts';
import { Secret } from '../../domain/secret.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { realmOf } from './realm.ts';
import { covers, printScope, type Scope } from './scopes.ts';
import { basic, readToken, type Token, type TokenQuestion, tokenQuestion } from './tokens.ts';

/** How a registry wants to know who we are, as far as it has said. */
type Scheme =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'basic'; readonly authorization: Secret }
  | { readonly kind: 'bearer'; readonly challenge: Challenge };

interface SignInOptions {
  readonly registry: string;
  readonly origin: URL;
  readonly tokenHosts: readonly string[];
  readonly credentials: RegistryCredentials;
  /** Asks a token server; the text of its answer of status 200. */
  readonly ask: (question: TokenQuestion) => Promise<string>;
}

/** Who we are to one registry: learns from its challenges how it wants to know, and keeps what it gave. */
export class SignIn {
  #scheme: Scheme = { kind: 'unknown' };
  /** From the oldest to the newest. */
  #tokens: readonly Token[] = [];
  readonly #asked = new Map<string, Promise<Token>>();
  #identity: { readonly given: Secret; readonly next: Secret } | undefined;
  #who = 'without credentials';

  constructor(private readonly options: SignInOptions) {}

  /** As whom the registry was asked last, for messages. */
  get who(): string {
    return this.#who;
  }

  /** The Authorization to send; undefined as long as the registry has asked for none. Throws TokenRefused and what credentials throw. */
  async authorization(scopes: readonly Scope[]): Promise<Secret | undefined> {
    if (this.#scheme.kind === 'unknown') return undefined;
    return this.#scheme.kind === 'basic' ? this.#scheme.authorization : this.#bearer(this.#scheme.challenge, scopes);
  }

  /** What to send after a 401 to `sent`; undefined when there is nothing else to say. Throws TokenRefused and what credentials throw. */
  async afterChallenge(header: string, scopes: readonly Scope[], sent: Secret | undefined): Promise<Secret | undefined> {
    const challenges = parseChallenges(header);
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer === undefined) return challenges.some(({ scheme }) => scheme === 'basic') ? this.#basic() : undefined;
    this.#scheme = { kind: 'bearer', challenge: bearer };
    // What the registry takes no more was revoked, and whatever is older with it.
    const refused = this.#tokens.findIndex((token) => bearerOf(token).reveal() === sent?.reveal());
    this.#tokens = this.#tokens.slice(refused + 1);
    return this.#bearer(bearer, scopes);
  }

  async #basic(): Promise<Secret | undefined> {
    const credential = await this.#credential();
    if (credential === undefined || !('username' in credential)) return undefined;
    const authorization = new Secret(basic(credential));
    this.#scheme = { kind: 'basic', authorization };
    return authorization;
  }

  async #bearer(challenge: Challenge, scopes: readonly Scope[]): Promise<Secret> {
    this.#tokens = this.#tokens.filter(({ expiresAt }) => performance.now() < expiresAt);
    return bearerOf(this.#tokens.findLast((token) => covers(token.scopes, scopes)) ?? (await this.#token(challenge, scopes)));
  }

  /** One request at a time for the same scopes, however many wait for it. */
  #token(challenge: Challenge, scopes: readonly Scope[]): Promise<Token> {
    const key = scopes.map(printScope).sort().join(' ');
    const asked = this.#asked.get(key) ?? this.#request(challenge, scopes).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    return asked;
  }

  async #request(challenge: Challenge, scopes: readonly Scope[]): Promise<Token> {
    const given = await this.#credential();
    const credential = this.#current(given);
    const { origin, tokenHosts, ask } = this.options;
    const realm = realmOf(challenge, { origin, tokenHosts, hasCredential: credential !== undefined });
    const started = performance.now();
    const token = readToken(realm, await ask(tokenQuestion({ realm, challenge, scopes, credential })), scopes, started);
    this.#tokens = [...this.#tokens, token];
    const { nextIdentity: next } = token;
    if (next !== undefined && given !== undefined && 'identityToken' in given) this.#identity = { given: given.identityToken, next };
    return token;
  }

  /** An identity token may have been exchanged for a newer one meanwhile, unless the user has signed in anew. */
  #current(given: RegistryCredential | undefined): RegistryCredential | undefined {
    if (this.#identity === undefined || given === undefined || !('identityToken' in given)) return given;
    return given.identityToken.reveal() === this.#identity.given.reveal() ? { identityToken: this.#identity.next } : given;
  }

  async #credential(): Promise<RegistryCredential | undefined> {
    const credential = await this.options.credentials(this.options.registry);
    this.#who = asWhom(credential);
    return credential;
  }
}

function bearerOf(token: Token): Secret {
  return new Secret(`Bearer ${token.value.reveal()}`);
}

function asWhom(credential: RegistryCredential | undefined): string {
  if (credential === undefined) return 'without credentials';
  return 'username' in credential ? `as ${credential.username}` : 'with the identity token that is kept for it';
}
