import { randomBytes } from 'node:crypto';
import { text as textOf } from 'node:stream/consumers';
import { type Answer, type Asked, json, refusal } from './answers.ts';
import type { Clock } from './clock.ts';

/** One repository and what is wanted of it: `repository:shop/web:pull,push`. */
export interface Scope {
  readonly name: string;
  readonly actions: readonly string[];
}

export interface TokenRules {
  /** Passwords by user. */
  readonly users: Readonly<Record<string, string>>;
  /** What a sign-in left instead of a password, by user. */
  readonly identityTokens: Readonly<Record<string, string>>;
  readonly lifetimeSeconds: number;
  /** Whether the answer says how long a token is good. */
  readonly saysLifetime: boolean;
  /** `user` is undefined for somebody who did not sign in. */
  readonly may: (user: string | undefined, name: string, action: string) => boolean;
}

/** Whoever has signed in may do everything, and nobody else anything, for five minutes. */
export function ordinaryRules(given: Partial<TokenRules>): TokenRules {
  return { users: {}, identityTokens: {}, lifetimeSeconds: 300, saysLifetime: true, may: (user) => user !== undefined, ...given };
}

interface Issued {
  readonly scopes: readonly Scope[];
  readonly expiresAt: number;
}

/** Hands out bearer tokens (distribution, "Token Authentication" and "OAuth2") and says what one allows. */
export class TokenService {
  readonly #issued = new Map<string, Issued>();

  constructor(
    private readonly rules: TokenRules,
    private readonly clock: Clock,
  ) {}

  async answer(asked: Asked): Promise<Answer> {
    return asked.method === 'POST' ? this.#exchange(new URLSearchParams(await textOf(asked.body))) : this.#give(asked);
  }

  /** The actions that a token allows on a repository; undefined when it is unknown or its time is over. */
  allowed(token: string, name: string): readonly string[] | undefined {
    const issued = this.#issued.get(token);
    if (issued === undefined || issued.expiresAt <= this.clock.now()) return undefined;
    return issued.scopes.filter((scope) => scope.name === name).flatMap(({ actions }) => actions);
  }

  /** Every token that was given out. */
  tokens(): string[] {
    return [...this.#issued.keys()];
  }

  #give(asked: Asked): Answer {
    const user = userOf(asked.headers.authorization, this.rules.users);
    return user === 'nobody' ? refusedSignIn() : this.#issue(user, asked.url.searchParams.getAll('scope'));
  }

  #exchange(form: URLSearchParams): Answer {
    const { users, identityTokens } = this.rules;
    const isRefresh = form.get('grant_type') === 'refresh_token';
    const user = isRefresh
      ? Object.keys(identityTokens).find((name) => identityTokens[name] === form.get('refresh_token'))
      : Object.keys(users).find((name) => name === form.get('username') && users[name] === form.get('password'));
    return user === undefined ? refusedSignIn() : this.#issue(user, form.getAll('scope'));
  }

  #issue(user: string | undefined, wanted: readonly string[]): Answer {
    const { may, lifetimeSeconds, saysLifetime } = this.rules;
    const scopes = wanted.flatMap((text) => text.split(' ')).flatMap(parseScope);
    const granted = scopes.map(({ name, actions }) => ({ name, actions: actions.filter((action) => may(user, name, action)) }));
    const token = randomBytes(24).toString('base64url');
    this.#issued.set(token, { scopes: granted, expiresAt: this.clock.now() + lifetimeSeconds });
    return json(200, { token, access_token: token, ...(saysLifetime && { expires_in: lifetimeSeconds }) });
  }
}

function parseScope(text: string): Scope[] {
  const [, name, actions] = /^repository:(.+):([a-z,*]+)$/.exec(text) ?? [];
  return name === undefined || actions === undefined ? [] : [{ name, actions: actions.split(',') }];
}

/** Undefined for somebody who gives no name; `nobody` for a wrong one. */
export function userOf(authorization: string | undefined, users: Readonly<Record<string, string>>): string | undefined {
  const [scheme = '', given = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [user = '', ...password] = Buffer.from(given, 'base64').toString('utf8').split(':');
  return Object.hasOwn(users, user) && users[user] === password.join(':') ? user : 'nobody';
}

function refusedSignIn(): Answer {
  return refusal(401, 'UNAUTHORIZED', 'authentication required');
}
