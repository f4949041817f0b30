import { SourceUnavailable, UnknownCommit } from '../../../activities/images/errors.ts';
import { textIn } from '../answers.ts';
import { type Looker, membersOf, type SourceRepository, strange } from './look.ts';

export const COMMIT = /^[0-9a-f]{40}$/;

/** A branch, tag or short commit in the letters that git-check-ref-format(1) allows and people use, as sources read by git have them. */
const REF = /^(?!-)(?!.*(?:\.\.|@\{|\/\/|\/$))[\w./@+-]{1,200}$/;

interface Asking {
  readonly signal: AbortSignal;
}

/** The commit that a branch, tag or commit names now. Throws UnknownCommit and SourceUnavailable. */
export async function resolveCommit(look: Looker, repository: SourceRepository, ref: string, { signal }: Asking): Promise<string> {
  if (!REF.test(ref)) throw unknown(repository, ref);
  for (const name of COMMIT.test(ref) || ref === 'HEAD' ? [ref] : [`heads/${ref}`, `tags/${ref}`, ref]) {
    const found = await readCommit(look, repository, name, { signal });
    if (found === undefined) continue;
    const commit = textIn(found, 'sha');
    if (!COMMIT.test(commit) || (COMMIT.test(ref) && commit !== ref)) throw strange(repository, `to ${name} was about another commit`);
    return commit;
  }
  throw unknown(repository, ref);
}

/** What GitHub says of a commit; undefined where the repository is there and has no such one. */
export async function readCommit(
  look: Looker,
  repository: SourceRepository,
  ref: string,
  { signal }: Asking,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const parameters = { ref, per_page: 1 };
  const { status, data } = await look(repository, { route: 'GET /repos/{owner}/{repo}/commits/{ref}', parameters, signal });
  if (status === 404) throw unseen(repository);
  return status === 200 ? membersOf(repository, data) : undefined;
}

export function unknown({ application, place }: SourceRepository, ref: string): UnknownCommit {
  return new UnknownCommit(application, place, ref);
}

/** GitHub tells nobody that a repository exists who may not see it. */
function unseen({ application, place }: SourceRepository): SourceUnavailable {
  return new SourceUnavailable(application, place, 'there is no such repository, or we may not see it');
}
