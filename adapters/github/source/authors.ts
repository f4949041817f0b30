import { SourceUnavailable } from '../../../activities/images/errors.ts';
import { listIn, numberIn, objectIn, optionalText, textIn } from '../answers.ts';
import { readCommit, unknown } from './commits.ts';
import { type Looker, membersOf, type SourceRepository } from './look.ts';

const PAGE = 100;
/** So many pages make ten thousand commits: what is more is for git itself. */
const MOST_PAGES = 100;
const CO_AUTHOR = /^co-authored-by[ \t]*:[ \t]*(.+)$/i;

type Commit = Readonly<Record<string, unknown>>;

interface Range {
  readonly commit: string;
  readonly since: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Who wrote a commit and all that is in only one of it and an earlier one, each as `Name <address>`; all that leads to it where there is no earlier one. All of
 * them, or none: throws UnknownCommit, and SourceUnavailable where GitHub does not list every commit, as whoever is not listed could judge their own work.
 */
export async function readAuthors(look: Looker, repository: SourceRepository, { commit, since, signal }: Range): Promise<string[]> {
  const own = await known(look, repository, commit, signal);
  if (since !== undefined) await known(look, repository, since, signal);
  const others =
    since === undefined ? await leadingTo(look, repository, commit, signal) : await between(look, repository, since, commit, signal);
  return [...new Set([own, ...others].flatMap((one) => authorsOf(repository, one)))];
}

async function known(look: Looker, repository: SourceRepository, commit: string, signal: AbortSignal): Promise<Commit> {
  const found = await readCommit(look, repository, commit, { signal });
  if (found === undefined) throw unknown(repository, commit);
  return found;
}

/** Of both sides, as what is taken away is a change too. */
async function between(look: Looker, repository: SourceRepository, since: string, commit: string, signal: AbortSignal): Promise<Commit[]> {
  const sides = [`${since}...${commit}`, `${commit}...${since}`];
  return (await Promise.all(sides.map((basehead) => compared(look, repository, basehead, signal)))).flat();
}

/** GitHub lists 250 commits of a comparison, and all of them page by page; how many there are it says each time. */
async function compared(look: Looker, repository: SourceRepository, basehead: string, signal: AbortSignal): Promise<Commit[]> {
  const found = new Map<string, Commit>();
  let total = 0;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const parameters = { basehead, page, per_page: PAGE };
    const { status, data } = await look(repository, { route: 'GET /repos/{owner}/{repo}/compare/{basehead}', parameters, signal });
    if (status !== 200) throw untold(repository, `GitHub does not compare ${basehead}, as neither may lead to the other`);
    const members = membersOf(repository, data);
    total = numberIn(members, 'total_commits');
    const listed = listIn(members.commits);
    for (const one of listed) found.set(textIn(one, 'sha'), one);
    if (listed.length === 0 || found.size >= total) break;
  }
  if (found.size === total) return [...found.values()];
  throw untold(repository, `GitHub lists ${found.size} of the ${total} commits of ${basehead}`);
}

async function leadingTo(look: Looker, repository: SourceRepository, sha: string, signal: AbortSignal): Promise<Commit[]> {
  const found: Commit[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const parameters = { sha, page, per_page: PAGE };
    const { status, data, headers } = await look(repository, { route: 'GET /repos/{owner}/{repo}/commits', parameters, signal });
    if (status !== 200 || !Array.isArray(data)) throw untold(repository, `GitHub does not list what leads to ${sha}`);
    found.push(...listIn(data));
    if (!String(headers.link ?? '').includes('rel="next"')) return found;
  }
  throw untold(
    repository,
    `more than ${MOST_PAGES * PAGE} commits lead to ${sha}; read the source by git, or release what has fewer first`,
  );
}

function untold({ application, place }: SourceRepository, seen: string): SourceUnavailable {
  return new SourceUnavailable(application, place, `${seen}, so that it cannot be told who wrote them all`);
}

/** Author, committer, and whom the message names as co-authors: anywhere in it, as a squashed merge has such lines in its middle. */
function authorsOf(repository: SourceRepository, { commit, sha }: Commit): string[] {
  const { author, committer, message } = objectIn(commit);
  if (typeof message !== 'string') throw untold(repository, `GitHub shows ${String(sha)} without its message`);
  return [...[author, committer].map((person) => signature(repository, sha, person)), ...coAuthorsIn(message)];
}

function signature(repository: SourceRepository, sha: unknown, person: unknown): string {
  const members = objectIn(person);
  const [name, email] = [optionalText(members, 'name'), optionalText(members, 'email')];
  if (name === '' && email === '') throw untold(repository, `GitHub shows ${String(sha)} without its author or committer`);
  return `${name} <${email}>`;
}

/** A line that begins with white space goes on with the one before it (git-interpret-trailers(1)). */
function coAuthorsIn(message: string): string[] {
  const lines = message
    .replace(/\r/g, '')
    .replace(/\n[ \t]+/g, ' ')
    .split('\n');
  return lines.flatMap((line) => CO_AUTHOR.exec(line)?.[1]?.trim() ?? []).filter((author) => author !== '');
}
