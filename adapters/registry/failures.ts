import { types } from 'node:util';
import {
  AnswerTooLarge,
  RegistryBusy,
  type RegistryExchange,
  RegistryRefused,
  RegistryUnavailable,
  RegistryUntrusted,
} from '../../activities/registry/errors.ts';
import { BodyTooLarge, BodyTooSlow } from './bodies.ts';
import { delayOf, type Place } from './judgement.ts';
import { TokenRefused } from './tokens.ts';

/** What broke an exchange off, under the registry's name. What has a name of its own already is left alone. */
export function named(place: Place, error: unknown): unknown {
  const exchange = { ...place, seen: wordsOf(error) };
  if (error instanceof TokenRefused) return withoutToken(exchange, error);
  if (error instanceof BodyTooLarge) return new AnswerTooLarge(exchange, error.limit);
  if (error instanceof BodyTooSlow) return new RegistryUnavailable(exchange, { cause: error });
  // undici's and the socket's errors have a code, and nothing else that gets here has.
  if (codeOf(error) === '') return error;
  return UNTRUSTED.test(codeOf(error))
    ? new RegistryUntrusted(exchange, { cause: error })
    : new RegistryUnavailable(exchange, { cause: error });
}

/** Whether a connection that was kept alive turned out to be gone: nothing was answered, and asking again is no repetition. */
export function isStaleConnection(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

/** What OpenSSL and Node say of a certificate that they do not take. */
const UNTRUSTED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID|INVALID_CA|HOSTNAME_MISMATCH)$/;

function withoutToken(exchange: RegistryExchange, error: TokenRefused): Error {
  const { status = 0, retryAfter } = error.answer ?? {};
  if (status === 429 || (status === 503 && retryAfter !== undefined)) return new RegistryBusy(exchange, delayOf(retryAfter));
  return status >= 500 ? new RegistryUnavailable(exchange, { cause: error }) : new RegistryRefused(exchange, { cause: error });
}

function codeOf(error: unknown): string {
  return types.isNativeError(error) && 'code' in error ? String(error.code) : '';
}

function wordsOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return 'it accepted the request and did not answer in time';
  if (code === 'UND_ERR_BODY_TIMEOUT') return 'its answer stopped in the middle';
  // A failure to connect to every address of a name has a code and no words.
  return error.message || code || error.name;
}
