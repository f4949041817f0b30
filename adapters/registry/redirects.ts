import { RedirectRefused } from '../../activities/registry/errors.ts';
import type { Place } from './judgement.ts';
import type { HttpAnswer } from './transport.ts';

const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 5;

export function isRedirect({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): boolean {
  return REDIRECTS.includes(status) && headers.location !== undefined;
}

/** The way of one request through redirects. */
export class RedirectTrail {
  readonly #visited: Set<string>;

  constructor(
    start: URL,
    private readonly place: Place,
  ) {
    this.#visited = new Set([start.href]);
  }

  /** Where a redirect sends us on. Throws RedirectRefused. */
  next(method: string, { status, headers, url }: HttpAnswer): URL {
    const { location } = headers;
    if (typeof location !== 'string' || !URL.canParse(location, url.href)) throw this.#refused(`${status} to what is no address`);
    const to = new URL(location, url);
    const seen = `${status} to ${to.protocol}//${to.host}`;
    // A browser would go on with a GET, and what was to be sent would be lost.
    if (method !== 'GET' && method !== 'HEAD' && status < 307) throw this.#refused(`${seen} for a ${method}`);
    if (to.protocol !== 'https:' && !(to.protocol === 'http:' && url.protocol === 'http:')) throw this.#refused(`${seen}, out of TLS`);
    if (this.#visited.has(to.href)) throw this.#refused(`${seen}, in a circle`);
    if (this.#visited.size > MOST_REDIRECTS) throw this.#refused(`more than ${MOST_REDIRECTS} times`);
    this.#visited.add(to.href);
    return to;
  }

  #refused(seen: string): RedirectRefused {
    return new RedirectRefused({ ...this.place, seen });
  }
}
