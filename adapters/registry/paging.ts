import { AnswerMalformed } from '../../activities/registry/errors.ts';
import { type Question, type RegistryConnection, textOf } from './connection.ts';
import type { HttpAnswer } from './transport.ts';

const MOST_PAGES = 10_000;
const LARGEST_PAGE = 4 * 1024 * 1024;

type Page = Readonly<Record<string, unknown>>;

/** A first answer's content, and that of all pages after it (`Link: <…>; rel="next"`, RFC 8288). Throws AnswerMalformed or AnswerTooLarge. */
export async function* pagesFrom(connection: RegistryConnection, question: Question, first: HttpAnswer): AsyncGenerator<Page> {
  const visited = new Set<string>();
  for (let answer = first; ; ) {
    if (visited.has(answer.url.href) || visited.size >= MOST_PAGES) throw malformed(connection, question, 'its pages never end');
    visited.add(answer.url.href);
    yield parse(connection, question, await connection.readWhole(question, answer, LARGEST_PAGE));
    const next = nextOf(connection, question, answer);
    if (next === undefined) return;
    answer = await connection.ask({ ...question, at: next, hopes: [200] });
  }
}

function nextOf(connection: RegistryConnection, question: Question, { headers, url }: HttpAnswer): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(textOf(headers.link) ?? '')?.[1];
  if (target === undefined) return undefined;
  if (!URL.canParse(target, url.href)) throw malformed(connection, question, 'the address of its next page is none');
  const next = new URL(target, url);
  // Behind a proxy that ends TLS a registry may call itself by plain HTTP.
  if (next.host === connection.origin.host) next.protocol = connection.origin.protocol;
  if (next.origin !== connection.origin.origin) throw malformed(connection, question, `its next page is at ${next.origin}`);
  return next;
}

function parse(connection: RegistryConnection, question: Question, bytes: Buffer): Page {
  try {
    return Object(JSON.parse(bytes.toString('utf8')));
  } catch {
    throw malformed(connection, question, 'it answered something that is no JSON');
  }
}

function malformed(connection: RegistryConnection, { image }: Question, seen: string): AnswerMalformed {
  return new AnswerMalformed({ ...connection.place(image), seen });
}
