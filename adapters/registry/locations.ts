import { AnswerMalformed, RedirectRefused } from '../../activities/registry/errors.ts';
import { type RegistryConnection, textOf } from './connection.ts';
import type { HttpAnswer } from './transport.ts';

/**
 * Where a registry says that an upload goes on. A registry behind a proxy that ends TLS often calls itself by plain HTTP: it is taken
 * at its name, never at that. Throws AnswerMalformed or RedirectRefused.
 */
export function locationOf(connection: RegistryConnection, image: string, answer: HttpAnswer): URL {
  const text = textOf(answer.headers.location);
  const place = connection.place(image);
  if (text === undefined || !URL.canParse(text, answer.url.href))
    throw new AnswerMalformed({ ...place, seen: `it answered ${answer.status} without saying where the upload goes on` });
  const url = new URL(text, answer.url);
  const isOwn = url.hostname === connection.origin.hostname && (url.port === '' || url.port === connection.origin.port);
  if (isOwn && url.protocol === 'http:' && connection.origin.protocol === 'https:')
    return new URL(`${url.pathname}${url.search}`, connection.origin);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && connection.origin.protocol === 'http:')) return url;
  throw new RedirectRefused({ ...place, seen: `an upload to ${url.protocol}//${url.host}, out of TLS` });
}

/** A URL with one more parameter; the others stay as they are, since they may be signed. */
export function withParameter(url: URL, name: string, value: string): URL {
  return new URL(`${url.search === '' ? '?' : `${url.search}&`}${name}=${encodeURIComponent(value)}`, url);
}
