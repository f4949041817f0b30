export type Headers = Readonly<Record<string, string | number | undefined>>;

const SECOND = 1000;
/** What GitHub asks for where a secondary limit names no time. */
const MINUTE = 60 * SECOND;
/** Its limits begin anew every hour: to wait longer is to believe a broken clock. */
const HOUR = 60 * MINUTE;

/** Whether a refusal means "later" and not "no": https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export function isRateLimit(status: number, headers: Headers, message: string): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0' || /rate limit|abuse detection/i.test(message);
}

/** How long GitHub asks to wait after a rate limit, in milliseconds: at most an hour, and a minute where it does not say. `now` is in milliseconds. */
export function rateLimitWait(headers: Headers, now: number): number {
  return retryAfter(headers, now) ?? untilReset(headers, now) ?? MINUTE;
}

/** Retry-After in milliseconds, from seconds or a date, between zero and an hour; undefined when there is none that can be read. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  return bounded(Number.isFinite(seconds) ? seconds * SECOND : Date.parse(String(text)) - answeredAt(headers, now));
}

function untilReset(headers: Headers, now: number): number | undefined {
  if (headers['x-ratelimit-remaining'] !== '0') return undefined;
  // A second more, as GitHub tells the moment to the second.
  return bounded(Number(headers['x-ratelimit-reset'] ?? Number.NaN) * SECOND + SECOND - answeredAt(headers, now));
}

/** GitHub's own clock where it tells it: ours may differ. */
function answeredAt(headers: Headers, now: number): number {
  const date = Date.parse(String(headers.date));
  return Number.isNaN(date) ? now : date;
}

function bounded(milliseconds: number): number | undefined {
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), HOUR);
}
