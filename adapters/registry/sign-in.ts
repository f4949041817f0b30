import type { RegistryCredential, RegistryCredentials } from '../../activities/images.ts';
import { Secret } from '../../domain/secret.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { realmOf } from './realm.ts';
import { covers, printScope, type Scope } from './scopes.ts';
import { basic, readToken, type Token, type TokenQuestion, tokenQuestion } from './tokens.ts';

/** Asks a token server; the text of its answer of status 200. */
export type AskTokenServer = (question: TokenQuestion) => Promise<string>;

interface SignInOptions {
  readonly registry: string;
  readonly origin: URL;
  readonly tokenHosts: readonly string[];
  readonly credentials: RegistryCredentials;
  readonly ask: AskTokenServer;
}

/** Who we are to one registry: learns from its challenges how it wants to know, and keeps what it gave. */
export class SignIn {
  #scheme:
    | { readonly kind: 'unknown' }
    | { readonly kind: 'basic'; readonly value: Secret }
    | { readonly kind: 'bearer'; readonly challenge: Challenge } = {
    kind: 'unknown',
  };
  #tokens: Token[] = [];
  readonly #asked = new Map<string, Promise<Token>>();
  #identity: { readonly given: string; readonly next: Secret } | undefined;
  #who = 'without credentials';

  constructor(private readonly options: SignInOptions) {}

  /** As whom the registry was asked last, for messages. */
  get who(): string {
    return this.#who;
  }

  /** The Authorization to send, undefined as long as the registry has not asked for any. */
  async authorization(scopes: readonly Scope[]): Promise<Secret | undefined> {
    if (this.#scheme.kind === 'basic') return this.#scheme.value;
    if (this.#scheme.kind === 'unknown') return undefined;
    return bearer(this.#kept(scopes) ?? (await this.#token(this.#scheme.challenge, scopes)));
  }

  /** What to send after a 401 to `sent`; undefined when there is nothing else to say. Throws TokenRefused and what credentials throw. */
  async afterChallenge(header: string, scopes: readonly Scope[], sent: Secret | undefined): Promise<Secret | undefined> {
    const challenges = parseChallenges(header);
    const challenge = challenges.find(({ scheme }) => scheme === 'bearer');
    if (challenge === undefined) return this.#basic(challenges);
    this.#scheme = { kind: 'bearer', challenge };
    this.#tokens = this.#tokens.filter((token) => bearer(token).reveal() !== sent?.reveal());
    return bearer(this.#kept(scopes) ?? (await this.#token(challenge, scopes)));
  }

  async #basic(challenges: readonly Challenge[]): Promise<Secret | undefined> {
    const credential = await this.#credential();
    if (!challenges.some(({ scheme }) => scheme === 'basic') || credential === undefined || !('username' in credential)) return undefined;
    const value = new Secret(basic(credential));
    this.#scheme = { kind: 'basic', value };
    return value;
  }

  #kept(scopes: readonly Scope[]): Token | undefined {
    this.#tokens = this.#tokens.filter(({ expiresAt }) => performance.now() < expiresAt);
    return this.#tokens.find((token) => covers(token.scopes, scopes));
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
    const answer = await ask(tokenQuestion({ realm, challenge, scopes, credential }));
    const token = readToken(realm, answer, scopes, started);
    this.#tokens.push(token);
    if (token.nextIdentity !== undefined && given !== undefined && 'identityToken' in given)
      this.#identity = { given: given.identityToken.reveal(), next: token.nextIdentity };
    return token;
  }

  /** An identity token that was exchanged for a newer one, unless the user has signed in anew. */
  #current(given: RegistryCredential | undefined): RegistryCredential | undefined {
    if (given === undefined || !('identityToken' in given) || this.#identity?.given !== given.identityToken.reveal()) return given;
    return { identityToken: this.#identity.next };
  }

  async #credential(): Promise<RegistryCredential | undefined> {
    const credential = await this.options.credentials(this.options.registry);
    this.#who = asWhom(credential);
    return credential;
  }
}

function bearer(token: Token): Secret {
  return new Secret(`Bearer ${token.value.reveal()}`);
}

function asWhom(credential: RegistryCredential | undefined): string {
  if (credential === undefined) return 'without credentials';
  return 'username' in credential ? `as ${credential.username}` : 'with the identity token that is kept for it';
}
