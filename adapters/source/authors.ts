import type { GitMirror } from './git-mirror.ts';

/** Author, committer, and those whom the message names as co-authors (Co-authored-by): a name and an address each. */
const FORMAT = '%an <%ae>%n%cn <%ce>%n%(trailers:key=Co-authored-by,valueonly=true)';

/** Who wrote a commit and what leads to it from an earlier one, each as `Name <address>`; the commit alone where there is no earlier one. */
export async function readAuthors(mirror: GitMirror, commit: string, since: string | undefined, signal: AbortSignal): Promise<string[]> {
  const resolved = await mirror.resolve(commit, signal);
  const from = since === undefined ? undefined : await mirror.resolve(since, signal);
  const range = from === undefined || from === resolved ? ['--max-count=1', resolved] : [resolved, `^${from}`];
  const { code, stdout, stderr } = await mirror.git(['log', `--format=${FORMAT}`, ...range], signal);
  if (code !== 0) throw mirror.unavailable(stderr.trim() || `git log ended with ${code}`);
  const lines = stdout.toString('utf8').split('\n');
  return [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))];
}
