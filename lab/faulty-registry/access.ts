import { type Answer, type Heard, refusal } from './answers.ts';
import type { Route } from './routes.ts';
import { type TokenService, userOf } from './token-service.ts';

/** Who is let in. */
export type Access =
  | { readonly kind: 'everybody' }
  /** By name and password with each request. */
  | { readonly kind: 'basic'; readonly users: Readonly<Record<string, string>> }
  /** By a token from the token service; `realm` is where the challenge says that it is. */
  | { readonly kind: 'token'; readonly service: TokenService; readonly realm: () => string };

/** The refusal of a request that may not pass; undefined lets it in. */
export function refuse(access: Access, asked: Heard, route: Route): Answer | undefined {
  if (access.kind === 'everybody' || route.operation === 'token') return undefined;
  return access.kind === 'basic' ? refuseUser(access.users, asked) : refuseToken(access.service, access.realm(), asked, route);
}

function refuseUser(users: Readonly<Record<string, string>>, asked: Heard): Answer | undefined {
  const user = userOf(asked.headers.authorization, users);
  return user === undefined || user === 'nobody' ? challenge('Basic realm="lab registry"') : undefined;
}

function refuseToken(service: TokenService, realm: string, asked: Heard, route: Route): Answer | undefined {
  const wanted = wantedBy(asked, route);
  const scope = wanted.map(({ name, actions }) => `repository:${name}:${actions.join(',')}`).join(' ');
  const bearer = `Bearer realm="${realm}",service="lab"${scope === '' ? '' : `,scope="${scope}"`}`;
  const [, token] = /^bearer (.+)$/i.exec(asked.headers.authorization ?? '') ?? [];
  if (token === undefined) return challenge(bearer);
  if (service.allowed(token, '') === undefined) return challenge(`${bearer},error="invalid_token"`);
  const isEnough = wanted.every(({ name, actions }) => actions.every((action) => service.allowed(token, name)?.includes(action)));
  return isEnough ? undefined : challenge(`${bearer},error="insufficient_scope"`);
}

function wantedBy(asked: Heard, { operation, name }: Route): { readonly name: string; readonly actions: readonly string[] }[] {
  if (name === undefined) return [];
  const from = operation === 'mountBlob' ? asked.url.searchParams.get('from') : null;
  return [{ name, actions: actionsOf(asked.method) }, ...(from === null ? [] : [{ name: from, actions: ['pull'] }])];
}

function actionsOf(method: string): readonly string[] {
  if (method === 'DELETE') return ['delete'];
  return method === 'GET' || method === 'HEAD' ? ['pull'] : ['pull', 'push'];
}

function challenge(header: string): Answer {
  return refusal(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': header });
}
