import { ManifestIncomplete, RegistryFull, RepositoryMissing } from '../../activities/registry/content-errors.ts';
import {
  AnswerMalformed,
  RegistryBusy,
  type RegistryExchange,
  RegistryRefused,
  RegistryRejected,
  RegistryUnavailable,
} from '../../activities/registry/errors.ts';

/** Whom a message names. */
export type Place = Omit<RegistryExchange, 'seen'>;

/** A registry's refusal: its status, and what its body says. */
export interface Refusal {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
  /** As whom we asked. */
  readonly who: string;
}

/** The codes in an error body (distribution-spec, "Error Codes"); none when no registry wrote it. Nothing else of a body is ever shown: it may repeat what we sent. */
export function codesOf(text: string): readonly string[] {
  try {
    const { errors } = Object(JSON.parse(text));
    const codes = Array.isArray(errors) ? errors.map((error) => String(Object(error).code)) : [];
    return codes.filter((code) => /^[A-Z][A-Z_]{2,39}$/.test(code));
  } catch {
    return [];
  }
}

/** Storage says so in words, as Go prints ENOSPC; distribution 2 gives the bare number. */
const FULL = /no space left|"Err":28\b|disk (?:is )?full|quota exceeded|exceeds? (?:the )?(?:storage )?quota/i;

/** Why an answer is none that was hoped for, as an error. */
export function judge(place: Place, { status, retryAfter, text, who }: Refusal): Error {
  const codes = codesOf(text);
  const exchange = { ...place, seen: `it answered ${status}${codes.length > 0 ? ` (${codes.slice(0, 5).join(', ')})` : ''}` };
  const isBusy = status === 429 || (status === 503 && retryAfter !== undefined) || codes.includes('TOOMANYREQUESTS');
  if (isBusy) return new RegistryBusy(exchange, delayOf(retryAfter));
  if (status === 507 || FULL.test(text)) return new RegistryFull(exchange);
  // A code that says what is wrong counts more than the status: distribution refuses a foreign layer with 500.
  if (codes.includes('MANIFEST_BLOB_UNKNOWN')) return new ManifestIncomplete(exchange);
  if (status >= 500 || status === 408 || status === 425) return new RegistryUnavailable(exchange);
  if (status === 401 || status === 403) return new RegistryRefused({ ...exchange, seen: `${exchange.seen} to a request ${who}` });
  return status >= 400 && codes.length > 0 ? byCode(exchange, codes) : new AnswerMalformed(exchange);
}

function byCode(exchange: RegistryExchange, codes: readonly string[]): Error {
  if (codes.includes('BLOB_UNKNOWN')) return new ManifestIncomplete(exchange);
  if (codes.includes('NAME_UNKNOWN')) return new RepositoryMissing(exchange);
  if (codes.includes('DENIED') || codes.includes('UNAUTHORIZED')) return new RegistryRefused(exchange);
  return new RegistryRejected(exchange);
}

/** Retry-After in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
export function delayOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.round(seconds * 1000));
}
