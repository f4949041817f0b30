import type { Block, BreakGlass, Delegation, Freeze, Hold, Scope, StandingDecision } from '../../domain/standing.ts';
import type { ApiRequests } from './api-requests.ts';
import { environmentPath } from './paths.ts';

/** What people decide beforehand, and the glass that they break. Every method throws ServerUnreachable, NotTidegate or ServerRefused. */
export class DecisionsApi {
  constructor(private readonly requests: ApiRequests) {}

  standing({ application, environment }: Scope): Promise<{ readonly decisions: readonly StandingDecision[] }> {
    const query = new URLSearchParams({
      ...(application !== undefined && { application }),
      ...(environment !== undefined && { environment }),
    });
    return this.requests.get(`/standing?${query}`);
  }

  freeze(wish: Pick<Freeze, 'scope' | 'reason' | 'until'> & Partial<Pick<Freeze, 'from' | 'owner'>>): Promise<Freeze> {
    return this.requests.post('/freezes', wish);
  }

  block(
    wish: { readonly reason: string } & ({ readonly digest: string } | { readonly application: string; readonly release: number }),
  ): Promise<Block> {
    return this.requests.post('/blocks', wish);
  }

  hold(application: string, environment: string, wish: Pick<Hold, 'reason'> & Partial<Pick<Hold, 'release' | 'until'>>): Promise<Hold> {
    return this.requests.post(`${environmentPath(application, environment)}/holds`, wish);
  }

  delegate(wish: Pick<Delegation, 'to' | 'until' | 'reason'>): Promise<Delegation> {
    return this.requests.post('/delegations', wish);
  }

  end(kind: Exclude<StandingDecision['kind'], 'break-glass'>, id: string, reason: string): Promise<StandingDecision> {
    return this.requests.post(`/${kind}s/${encodeURIComponent(id)}/end`, { reason });
  }

  breakGlass(
    application: string,
    environment: string,
    wish: { readonly release: number; readonly skips: readonly string[]; readonly incident: string; readonly reason: string },
  ): Promise<BreakGlass> {
    return this.requests.post(`${environmentPath(application, environment)}/break-glass`, wish);
  }

  ratify(id: string, reason: string): Promise<BreakGlass> {
    return this.requests.post(`/break-glass/${encodeURIComponent(id)}/ratification`, { reason });
  }
}
