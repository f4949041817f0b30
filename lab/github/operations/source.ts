import { type Answer, page, refusal } from '../answers.ts';
import type { GitCommit, GitObject, GitRepository } from '../git-repository.ts';
import { exampleOf, type Shape } from '../shapes.ts';
import type { Call, Play, Plays, World } from './call.ts';

/** Commits that a comparison holds at most where nobody asks for its pages. */
const COMPARED = 250;

const BRANCHES = 'get /repos/{owner}/{repo}/commits/{commit_sha}/branches-where-head';

/** What is read of a repository that git has on this machine. For every other one there are the plays of before. */
export function sourcePlays(others: Plays): Plays {
  return {
    'get /repos/{owner}/{repo}/commits/{ref}': withGit(others, 'get /repos/{owner}/{repo}/commits/{ref}', readCommit),
    'get /repos/{owner}/{repo}/commits': withGit(others, 'get /repos/{owner}/{repo}/commits', listCommits),
    [BRANCHES]: withGit(others, BRANCHES, listBranchesAt),
    'get /repos/{owner}/{repo}/git/ref/{ref}': withGit(others, 'get /repos/{owner}/{repo}/git/ref/{ref}', readRef),
    'get /repos/{owner}/{repo}/compare/{basehead}': withGit(others, 'get /repos/{owner}/{repo}/compare/{basehead}', compare),
    'get /repos/{owner}/{repo}/contents/{path}': withGit(others, 'get /repos/{owner}/{repo}/contents/{path}', readContents),
    'get /repos/{owner}/{repo}/tarball/{ref}': withGit(others, 'get /repos/{owner}/{repo}/tarball/{ref}', leadToArchive),
  };
}

type GitPlay = (call: Call, git: GitRepository, world: World) => Answer;

function withGit(others: Plays, operation: string, play: GitPlay): Play {
  return (call, world) => {
    const git = world.git.get(`${call.name.owner}/${call.name.repo}`.toLowerCase());
    if (git !== undefined) return play(call, git, world);
    return others[operation]?.(call, world) ?? refusal(404, 'Not Found');
  };
}

function readCommit(call: Call, git: GitRepository): Answer {
  const sha = git.resolve(call.path.ref ?? '');
  if (sha === undefined) return refusal(422, `No commit found for SHA: ${call.path.ref}`);
  return { status: 200, body: commitShape(call, git.commit(sha)) };
}

function listBranchesAt(call: Call, git: GitRepository): Answer {
  const sha = git.resolve(call.path.commit_sha ?? '');
  if (sha === undefined) return refusal(422, `No commit found for SHA: ${call.path.commit_sha}`);
  const body = git.branchesAt(sha).map((name) => ({ name, commit: { sha, url: below(call, `commits/${sha}`) }, protected: false }));
  return { status: 200, body };
}

function listCommits(call: Call, git: GitRepository): Answer {
  const sha = git.resolve(call.query.sha ?? 'HEAD');
  if (sha === undefined) return refusal(404, 'Not Found');
  const shown = page(git.commits([sha]), call.query, call.url);
  return { status: 200, body: shown.items.map((commit) => commitShape(call, commit)), headers: shown.headers };
}

function readRef(call: Call, git: GitRepository): Answer {
  const sha = git.resolve(call.path.ref ?? '');
  if (sha === undefined) return refusal(404, 'Not Found');
  const object = { type: 'commit', sha, url: below(call, `git/commits/${sha}`) };
  const ref = `refs/${call.path.ref}`;
  return { status: 200, body: { ...exampleOf('git-ref', origin(call), call.name), ref, url: below(call, `git/${ref}`), object } };
}

function compare(call: Call, git: GitRepository): Answer {
  const [base, head] = (call.path.basehead ?? '').split('...').map((ref) => git.resolve(ref));
  if (base === undefined || head === undefined) return refusal(404, 'Not Found');
  const fork = git.mergeBase(base, head);
  if (fork === undefined) return refusal(404, `No common ancestor between ${base} and ${head}.`);
  const commits = git.commits([`${base}..${head}`]).toReversed();
  const behind = git.commits([`${head}..${base}`]).length;
  const isPaged = call.query.page !== undefined || call.query.per_page !== undefined;
  const shown = page(commits, isPaged ? call.query : { per_page: '100' }, call.url);
  const status = commits.length === 0 ? (behind === 0 ? 'identical' : 'behind') : behind === 0 ? 'ahead' : 'diverged';
  const example = exampleOf('commit-comparison', origin(call), call.name);
  const [file] = example.files as readonly Shape[];
  const files = Number(call.query.page ?? 1) === 1 ? git.changed(fork, head) : [];
  const body = {
    ...example,
    status,
    ahead_by: commits.length,
    behind_by: behind,
    total_commits: commits.length,
    base_commit: commitShape(call, git.commit(base)),
    merge_base_commit: commitShape(call, git.commit(fork)),
    commits: (isPaged ? shown.items : commits.slice(-COMPARED)).map((commit) => commitShape(call, commit)),
    files: files.map((filename) => ({ ...file, filename })),
  };
  return { status: 200, body, headers: isPaged ? shown.headers : {} };
}

function commitShape(call: Call, { sha, parents, author, committer, message }: GitCommit): Shape {
  const example = exampleOf('commit', origin(call), call.name);
  const { files: _, stats: _stats, ...rest } = example;
  return {
    ...rest,
    sha,
    url: below(call, `commits/${sha}`),
    commit: { ...(example.commit as Shape), author, committer, message },
    parents: parents.map((parent) => ({ sha: parent, url: below(call, `commits/${parent}`) })),
  };
}

function readContents(call: Call, git: GitRepository): Answer {
  const commit = git.resolve(call.query.ref ?? 'HEAD');
  if (commit === undefined) return refusal(404, `No commit found for the ref ${call.query.ref}`);
  const path = call.path.path ?? '';
  const found = git.at(commit, path);
  if (found === undefined) return refusal(404, 'Not Found');
  if (found.type === 'tree') return { status: 200, body: git.inside(commit, path).map((entry) => entryShape(call, entry)) };
  if (found.type === 'commit')
    return { status: 200, body: { ...entryShape(call, found), submodule_git_url: 'https://github.com/acme/sub.git' } };
  const content = git.blob(found.sha);
  const type = /application\/vnd\.github\.(?:v3\.)?(raw(?:\+json)?)/.exec(call.accept)?.[1];
  if (type !== undefined)
    return { status: 200, body: content.toString(), headers: { 'content-type': `application/vnd.github.${type}; charset=utf-8` } };
  return { status: 200, body: { ...entryShape(call, found), size: content.length, ...encoded(content) } };
}

/** Above a megabyte GitHub's JSON holds nothing of a file. */
function encoded(content: Buffer): Shape {
  return content.length <= 1024 * 1024 ? { content: content.toString('base64'), encoding: 'base64' } : { content: '', encoding: 'none' };
}

function entryShape(call: Call, { type, sha, path, mode }: GitObject): Shape {
  const url = below(call, `contents/${encodeURIComponent(path)}`);
  const kind = type === 'tree' ? 'dir' : type === 'commit' ? 'submodule' : mode === '120000' ? 'symlink' : 'file';
  return {
    // A link's own form lacks what it leads to; the JSON of files is never looked into.
    type: kind === 'symlink' ? 'file' : kind,
    size: 0,
    name: path.split('/').at(-1) ?? '',
    path,
    sha,
    url,
    git_url: below(call, `git/${type}s/${sha}`),
    html_url: null,
    download_url: null,
    _links: { self: url, git: null, html: null },
  };
}

/** To another host, with the right to this download in the address, as GitHub does; also for what is gone, which that host finds out. */
function leadToArchive(call: Call, _git: GitRepository, world: World): Answer {
  return { status: 302, body: undefined, headers: { location: world.archives.addressOf(call.name, call.path.ref ?? '') } };
}

function origin({ url }: Call): string {
  return new URL(url).origin;
}

function below(call: Call, path: string): string {
  return `${origin(call)}/repos/${call.name.owner}/${call.name.repo}/${path}`;
}
