import { AnswerMalformed } from '../../activities/registry/errors.ts';
import type { Question, RegistryConnection } from './connection.ts';
import type { Bounded } from './contents.ts';
import { pagesFrom } from './paging.ts';
import { isTag, printRepository, type Repository } from './reference.ts';
import { pull } from './scopes.ts';

const PAGE = 1000;

/** A repository's tags, in the registry's order; none when there is no such repository. Throws the registry's errors. */
export async function* tagsOf(connection: RegistryConnection, repository: Repository, { signal }: Bounded): AsyncGenerator<string> {
  const image = printRepository(repository);
  const at = `/v2/${repository.path}/tags/list?n=${PAGE}`;
  const question: Question = { method: 'GET', at, scopes: [pull(repository)], image, hopes: [200, 404], signal };
  const first = await connection.ask(question);
  if (await connection.isAbsent(image, first)) return;
  const beginnings = new Set<string>();
  for await (const { content } of pagesFrom(connection, question, first)) {
    const tags = read(connection, image, content.tags);
    const [beginning] = tags;
    if (beginning === undefined) continue;
    if (beginnings.has(beginning)) throw malformed(connection, image, `it lists ${beginning} again and again`);
    beginnings.add(beginning);
    yield* tags;
  }
}

/** `null` is how some say that there are none. */
function read(connection: RegistryConnection, image: string, tags: unknown): readonly string[] {
  if (tags === null || tags === undefined) return [];
  if (!Array.isArray(tags)) throw malformed(connection, image, 'its tags are no list');
  const wrong = tags.find((tag) => typeof tag !== 'string' || !isTag(tag));
  if (wrong !== undefined) throw malformed(connection, image, `it lists ${JSON.stringify(wrong).slice(0, 140)}, which is no tag`);
  return tags;
}

function malformed(connection: RegistryConnection, image: string, seen: string): AnswerMalformed {
  return new AnswerMalformed({ ...connection.place(image), seen });
}
