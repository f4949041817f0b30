import { AnswerMalformed } from '../../activities/registry/errors.ts';
import { drop } from './bodies.ts';
import type { Question, RegistryConnection } from './connection.ts';
import type { Bounded } from './contents.ts';
import { pagesFrom } from './paging.ts';
import { isTag, printRepository, type Repository } from './reference.ts';
import { pull } from './scopes.ts';
import type { HttpAnswer } from './transport.ts';

const PAGE = 1000;

/** A repository's tags, in the registry's order; none when there is no such repository (distribution-spec, "Listing Tags"). Throws the registry's errors. */
export async function* tagsOf(connection: RegistryConnection, repository: Repository, { signal }: Bounded): AsyncGenerator<string> {
  const image = printRepository(repository);
  const at = `/v2/${repository.path}/tags/list`;
  const question: Question = { method: 'GET', at, scopes: [pull(repository)], image, hopes: [200, 404], signal };
  const first = await firstPage(connection, question);
  if (await connection.isAbsent(image, first)) return;
  const beginnings = new Set<string>();
  for await (const { tags: unread } of pagesFrom(connection, question, first)) {
    const tags = readTags(connection, image, unread);
    const [beginning] = tags;
    if (beginning === undefined) continue;
    // A registry that takes no notice of `last` gives the same page for ever.
    if (beginnings.has(beginning)) throw malformed(connection, image, 'it lists the same page again and again');
    beginnings.add(beginning);
    yield* tags;
  }
}

/** Some registries take no page of this size, or of any. */
async function firstPage(connection: RegistryConnection, question: Question): Promise<HttpAnswer> {
  const answer = await connection.ask({ ...question, at: `${question.at}?n=${PAGE}`, hopes: [...question.hopes, 400] });
  if (answer.status !== 400) return answer;
  await drop(answer);
  return connection.ask(question);
}

/** `null` is how some say that there are none. */
function readTags(connection: RegistryConnection, image: string, tags: unknown): readonly string[] {
  if (tags === null || tags === undefined) return [];
  if (!Array.isArray(tags)) throw malformed(connection, image, 'its tags are no list');
  const wrong = tags.findIndex((tag) => typeof tag !== 'string' || !isTag(tag));
  if (wrong >= 0) throw malformed(connection, image, `its entry ${wrong + 1} is no tag`);
  return tags;
}

function malformed(connection: RegistryConnection, image: string, seen: string): AnswerMalformed {
  return new AnswerMalformed({ ...connection.place(image), seen });
}
