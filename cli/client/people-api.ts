import type { Scope as TokenScope } from '../../domain/people/person.ts';
import type { KeptToken } from '../../domain/people/token.ts';
import type { WhoAmI } from '../../server/schemas/people.ts';
import type { ApiRequests } from './api-requests.ts';

/** Who asks, and tokens. Every method throws ServerUnreachable, NotTidegate or ServerRefused. */
export class PeopleApi {
  constructor(private readonly requests: ApiRequests) {}

  whoami(): Promise<WhoAmI> {
    return this.requests.get('/whoami');
  }

  createToken(wish: {
    readonly person?: string;
    readonly note: string;
    readonly lifetime: string;
    readonly scope: TokenScope;
  }): Promise<KeptToken & { readonly token: string }> {
    return this.requests.post('/tokens', wish);
  }

  tokens(of: 'self' | 'everybody'): Promise<{ readonly tokens: readonly KeptToken[] }> {
    return this.requests.get(`/tokens?${new URLSearchParams({ of })}`);
  }

  revokeToken(id: string): Promise<KeptToken> {
    return this.requests.post(`/tokens/${encodeURIComponent(id)}/revocation`, {});
  }
}
