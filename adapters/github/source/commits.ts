import { SourceUnavailable, UnknownCommit } from '../../../activities/images/errors.ts';
import { listIn, textIn } from '../answers.ts';
import { type Looker, membersOf, type SourceRepository, strange } from './look.ts';

export const COMMIT = /^[0-9a-f]{40}$/;

/** A branch, tag or short commit in the letters that git-check-ref-format(1) allows and people use, as sources read by git have them. */
const REF = /^(?!-)(?!.*(?:\.\.|@\{|\/\/|\/$))[\w./@+-]{1,200}$/;

interface Asking {
  readonly signal: AbortSignal;
}

/** What a name can be. GitHub has others, as `pull/5/head`: what somebody proposed, who may be anybody. */
const WHOLE_NAME = /^(?:refs\/)?((?:heads|tags)\/.+)$/;
const SHORT_COMMIT = /^[0-9a-f]{4,39}$/;

/**
 * The commit that a branch, tag or commit names now; a short commit counts where the default branch leads to it, as GitHub knows the commits of all forks.
 * Throws UnknownCommit and SourceUnavailable.
 */
export async function resolveCommit(look: Looker, repository: SourceRepository, ref: string, { signal }: Asking): Promise<string> {
  if (!REF.test(ref)) throw unknown(repository, ref);
  for (const name of namesFor(ref)) {
    const found = await readCommit(look, repository, name, { signal });
    if (found === undefined) continue;
    const commit = textIn(found, 'sha');
    if (!COMMIT.test(commit) || (COMMIT.test(ref) && commit !== ref)) throw strange(repository, `to ${name} was about another commit`);
    return commit;
  }
  const short = SHORT_COMMIT.test(ref) ? await commitOfDefault(look, repository, ref, { signal }) : undefined;
  if (short === undefined) throw unknown(repository, ref);
  return short;
}

function namesFor(ref: string): readonly string[] {
  if (COMMIT.test(ref) || ref === 'HEAD') return [ref];
  const [, whole] = WHOLE_NAME.exec(ref) ?? [];
  return [`heads/${ref}`, `tags/${ref}`, ...(whole === undefined ? [] : [whole])];
}

/** The whole commit of a short one that the default branch leads to. */
async function commitOfDefault(look: Looker, repository: SourceRepository, short: string, { signal }: Asking): Promise<string | undefined> {
  const found = await readCommit(look, repository, short, { signal });
  if (found === undefined) return undefined;
  const commit = textIn(found, 'sha');
  if (!COMMIT.test(commit) || !commit.startsWith(short)) throw strange(repository, `to ${short} was about another commit`);
  return (await isBelow(look, repository, { commit, name: 'HEAD', signal })) ? commit : undefined;
}

/** More are no hints any more. */
const MOST_NAMES = 4;

/**
 * Whether the default branch, the head of any branch, or a branch or tag of one of these names, leads to a commit now: GitHub knows the commits of all forks, and lists for no commit all that leads to it. Throws
 * SourceUnavailable.
 */
export async function leadsTo(
  look: Looker,
  repository: SourceRepository,
  { commit, refs, signal }: Asking & { readonly commit: string; readonly refs: readonly string[] },
): Promise<boolean> {
  if (!COMMIT.test(commit)) return false;
  const named = refs.filter((ref) => REF.test(ref)).slice(0, MOST_NAMES);
  if (await isBelow(look, repository, { commit, name: 'HEAD', signal })) return true;
  if (await isHead(look, repository, commit, signal)) return true;
  for (const name of named.flatMap((ref) => [`tags/${ref}`, `heads/${ref}`]))
    if (await isBelow(look, repository, { commit, name, signal })) return true;
  return false;
}

/** Whether a branch of the repository leads to this very commit. Forges that do not tell are asked by names. */
async function isHead(look: Looker, repository: SourceRepository, commit: string, signal: AbortSignal): Promise<boolean> {
  const route = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/branches-where-head';
  const { status, data } = await look(repository, { route, parameters: { commit_sha: commit }, signal });
  return status === 200 && listIn(data).some((branch) => Object(branch.commit).sha === commit);
}

/** Whether what a name stands for now leads to a commit. */
async function isBelow(
  look: Looker,
  repository: SourceRepository,
  { commit, name, signal }: Asking & { readonly commit: string; readonly name: string },
): Promise<boolean> {
  const found = await readCommit(look, repository, name, { signal });
  if (found === undefined) return false;
  const head = textIn(found, 'sha');
  if (head === commit) return true;
  const parameters = { basehead: `${head}...${commit}`, per_page: 1 };
  const { status, data } = await look(repository, { route: 'GET /repos/{owner}/{repo}/compare/{basehead}', parameters, signal });
  return status === 200 && ['behind', 'identical'].includes(textIn(membersOf(repository, data), 'status'));
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
