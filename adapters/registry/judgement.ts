import { types } from 'node:util';
import {
  AnswerMalformed,
  AnswerTooLarge,
  ManifestIncomplete,
  RegistryBusy,
  type RegistryExchange,
  RegistryFull,
  RegistryRefused,
  RegistryRejected,
  RegistryUnavailable,
  RegistryUntrusted,
  RepositoryMissing,
} from '../../activities/registry/errors.ts';
import { BodyTooLarge } from './bodies.ts';
import { TokenRefused } from './tokens.ts';

export type Place = Omit<RegistryExchange, 'seen'>;

/** A registry's refusal: its status, and what its body says. */
export interface Refusal {
  readonly status: number;
  /** Codes of the distribution specification; empty when the body is not a registry's. */
  readonly codes: readonly string[];
  readonly retryAfter: string | undefined;
  readonly text: string;
  readonly who: string;
}

/** The codes in an error body. Nothing else of it is ever shown: it may repeat what we sent. */
export function codesOf(text: string): string[] {
  try {
    const { errors } = Object(JSON.parse(text));
    return Array.isArray(errors)
      ? errors.map((error) => String(Object(error).code)).filter((code) => /^[A-Z][A-Z_]{2,39}$/.test(code))
      : [];
  } catch {
    return [];
  }
}

/** Why an answer is none that was hoped for, as an error. */
export function judge(place: Place, refusal: Refusal): Error {
  const { status, codes, retryAfter, text, who } = refusal;
  const exchange = { ...place, seen: `it answered ${status}${codes.length > 0 ? ` (${codes.join(', ')})` : ''}` };
  if (status === 429 || (status === 503 && retryAfter !== undefined)) return new RegistryBusy(exchange, delayOf(retryAfter));
  if (status === 507 || /no space left|disk (?:is )?full|quota exceeded/i.test(text)) return new RegistryFull(exchange);
  if (status >= 500 || status === 408) return new RegistryUnavailable(exchange);
  if (status === 401 || status === 403) return new RegistryRefused({ ...exchange, seen: `${exchange.seen} to a request ${who}` });
  if (codes.some((code) => code === 'MANIFEST_BLOB_UNKNOWN' || (code === 'BLOB_UNKNOWN' && status === 400)))
    return new ManifestIncomplete(exchange);
  if (codes.includes('NAME_UNKNOWN')) return new RepositoryMissing(exchange);
  if (codes.includes('TOOMANYREQUESTS')) return new RegistryBusy(exchange, delayOf(retryAfter));
  if (codes.includes('DENIED') || codes.includes('UNAUTHORIZED')) return new RegistryRefused(exchange);
  if (status === 404 && codes.length === 0)
    return new AnswerMalformed({ ...exchange, seen: 'answered 404 without saying what it lacks, as a registry would' });
  return new RegistryRejected(exchange);
}

/** What broke an exchange off, under the registry's name. Errors that have a name already are left alone. */
export function named(place: Place, error: unknown): unknown {
  const exchange = { ...place, seen: wordsOf(error) };
  const options = { cause: error };
  if (error instanceof TokenRefused) return withoutToken(exchange, error);
  if (error instanceof BodyTooLarge) return new AnswerTooLarge(exchange, error.limit);
  if (!types.isNativeError(error) || !isOfConnection(error)) return error;
  if (UNTRUSTED.test(codeOf(error))) return new RegistryUntrusted(exchange, options);
  return new RegistryUnavailable(exchange, options);
}

function withoutToken(exchange: RegistryExchange, error: TokenRefused): Error {
  const { status = 0, retryAfter } = error.answer ?? {};
  if (status === 429 || (status === 503 && retryAfter !== undefined)) return new RegistryBusy(exchange, delayOf(retryAfter));
  return status >= 500 ? new RegistryUnavailable(exchange, { cause: error }) : new RegistryRefused(exchange, { cause: error });
}

const UNTRUSTED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID|INVALID_CA|HOSTNAME_MISMATCH)$/;

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

/** Whether an error is undici's, the socket's or one of ours about a body. */
export function isOfConnection(error: Error): boolean {
  return error.name === 'BodyTooSlow' || codeOf(error) !== '';
}

/** Whether a connection that was kept alive turned out to be gone: nothing was answered, and asking again is no repetition. */
export function isStaleConnection(error: unknown): boolean {
  return types.isNativeError(error) && ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

function wordsOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return 'it accepted the request and did not answer in time';
  if (code === 'UND_ERR_BODY_TIMEOUT') return 'its answer stopped in the middle';
  return error.message || code || error.name;
}

/** Retry-After in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
function delayOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.round(seconds * 1000));
}
