import type { GitMirror } from './git-mirror.ts';

/** Author, committer, and those whom the message names as co-authors (Co-authored-by): a name and an address each. */
const FORMAT = '%an <%ae>%n%cn <%ce>%n%(trailers:key=Co-authored-by,valueonly=true)';

/**
 * Who wrote a commit and all that is in only one of it and an earlier one, each as `Name <address>`: also where it is the older of the two, as
 * what is taken away is a change too. Where there is no earlier one, all that leads to it is new. Throws UnknownCommit or SourceUnavailable.
 */
export async function readAuthors(mirror: GitMirror, commit: string, since: string | undefined, signal: AbortSignal): Promise<string[]> {
  const resolved = await mirror.resolve(commit, signal);
  const from = since === undefined ? undefined : await mirror.resolve(since, signal);
  const own = await authorsIn(mirror, ['--no-walk', resolved], signal);
  const others = await authorsIn(mirror, [from === undefined ? resolved : `${from}...${resolved}`], signal);
  return [...new Set([...own, ...others])];
}

async function authorsIn(mirror: GitMirror, range: readonly string[], signal: AbortSignal): Promise<string[]> {
  const { code, stdout, stderr } = await mirror.git(['log', `--format=${FORMAT}`, ...range, '--'], signal);
  if (code !== 0) throw mirror.unavailable(stderr.trim() || `git log ended with ${code}`);
  const lines = stdout.toString('utf8').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}
