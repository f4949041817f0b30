import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider from 'oidc-provider';
import { close, listen } from './signing-provider.ts';

/** A real provider of OpenID Connect on loopback, for one client that uses the device flow, and for anybody who says who they are. */
export interface LocalProvider {
  readonly issuer: string;
  /** What the browser does: enters the code, says who it is, and agrees. */
  confirm(address: string, login: string): Promise<void>;
  refuse(address: string): Promise<void>;
  stop(): Promise<void>;
}

export const CLIENT = 'tidegate-cli';

/** Seconds that an ID token lives. */
export async function startLocalProvider({ idTokenSeconds = 3_600 } = {}): Promise<LocalProvider> {
  const server = createServer();
  await listen(server);
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = {
    ...(await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey)),
    use: 'sig',
    alg: 'RS256',
    kid: 'first',
  };
  const provider = new Provider(issuer, configurationOf(key, idTokenSeconds));
  server.on('request', provider.callback());
  return {
    issuer,
    confirm: (address, login) => new Browser(issuer).confirm(address, login),
    refuse: (address) => new Browser(issuer).refuse(address),
    stop: () => close(server),
  };
}

function configurationOf(key: JWK, idTokenSeconds: number): object {
  return {
    jwks: { keys: [key] },
    cookies: { keys: ['of the tests'] },
    clients: [
      {
        client_id: CLIENT,
        token_endpoint_auth_method: 'none',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true } },
    scopes: ['openid', 'offline_access', 'profile'],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    conformIdTokenClaims: false,
    ttl: {
      IdToken: idTokenSeconds,
      AccessToken: 600,
      DeviceCode: 600,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 86_400,
      Interaction: 600,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    findAccount: async (_context: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: id, groups: id.startsWith('r') ? ['/platform/releases'] : [] }),
    }),
  };
}

/** Follows pages, keeps cookies and sends forms, as a person's browser does. */
class Browser {
  readonly #cookies = new Map<string, string>();
  readonly #issuer: string;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  async confirm(address: string, login: string): Promise<void> {
    let page = await this.#send(address);
    for (let step = 0; step < 6; step++) {
      const form = formIn(page.text);
      if (form === undefined) break;
      if (form.fields.has('login') || page.text.includes('name="login"')) form.fields.set('login', login).set('password', 'any');
      page = await this.#send(form.action === '' ? page.url : form.action, form.fields);
    }
    if (!/Sign-in Success/i.test(page.text)) throw new Error(`The provider did not sign anybody in: ${page.text.slice(0, 500)}`);
  }

  async refuse(address: string): Promise<void> {
    const page = await this.#send(address);
    const form = formIn(page.text);
    if (form === undefined) throw new Error('The provider shows no form');
    form.fields.set('abort', 'yes').delete('confirm');
    await this.#send(form.action, form.fields);
  }

  async #send(address: string, fields?: ReadonlyMap<string, string>): Promise<{ readonly url: string; readonly text: string }> {
    let url = new URL(address, this.#issuer).href;
    let body = fields === undefined ? undefined : new URLSearchParams([...fields]);
    for (;;) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        redirect: 'manual',
        headers: { cookie },
        ...(body && { body }),
      });
      for (const set of answer.headers.getSetCookie()) this.#keep(set);
      const location = answer.headers.get('location');
      if (location === null) return { url, text: await answer.text() };
      await answer.arrayBuffer();
      url = new URL(location, url).href;
      body = undefined;
    }
  }

  #keep(set: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
    if (value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

function formIn(text: string): { readonly action: string; readonly fields: Map<string, string> } | undefined {
  const [, form] = /(<form[\s\S]*?)<\/form>/.exec(text) ?? [];
  if (form === undefined) return undefined;
  const [, action = ''] = /<form[^>]*action="([^"]*)"/.exec(form) ?? [];
  const fields = [...form.matchAll(/<(?:input|button)[^>]*name="([^"]+)"[^>]*>/g)].map(([whole, name = '']): [string, string] => [
    name,
    /value="([^"]*)"/.exec(whole)?.[1] ?? '',
  ]);
  return { action: action.replaceAll('&amp;', '&'), fields: new Map(fields.filter(([name]) => name !== 'abort')) };
}
