import { type Answer, page, refusal } from '../answers.ts';
import type { LocalAccount, RecordedCommit } from '../repository-records.ts';
import { RepositoryShapes } from '../repository-shapes.ts';
import { type Call, newestFirst, type Plays, type World } from './call.ts';

/** Who writes by the API: the account of the token. */
export const TOKEN_ACCOUNT: LocalAccount = { id: 1, login: 'tidegate', type: 'User' };

/** What is read of commits, branches and tags, and what is written to issues. */
export const REPOSITORY_PLAYS: Plays = {
  'get /repos/{owner}/{repo}/commits/{ref}': (call, world) => {
    const commit = commitAt(call.path.ref ?? '', call, world);
    if (commit === undefined) return refusal(422, `No commit found for SHA: ${call.path.ref}`);
    return { status: 200, body: shapesOf(call).commit(commit) };
  },
  'get /repos/{owner}/{repo}/git/ref/{ref}': (call, world) => {
    const sha = refAt(call.path.ref ?? '', call, world);
    return sha === undefined
      ? refusal(404, 'Not Found')
      : { status: 200, body: shapesOf(call).gitRef(call.name, call.path.ref ?? '', sha) };
  },
  'get /repos/{owner}/{repo}/compare/{basehead}': compare,
  // As GitHub does, it keeps no record of tags.
  'get /repos/{owner}/{repo}/activity': (call, world) => {
    const wanted = call.query.ref?.replace(/^(refs\/)?heads\//, '');
    const all = world.store
      .of('ref', call.name)
      .filter(({ ref }) => ref.startsWith('heads/') && [undefined, ref.slice(6)].includes(wanted));
    const shown = newestFirst(all).slice(0, Math.min(Number(call.query.per_page ?? 30), 100));
    return { status: 200, body: shown.map((record) => shapesOf(call).activity(record)) };
  },
  'get /repos/{owner}/{repo}/commits/{commit_sha}/pulls': () => ({ status: 200, body: [] }),
  'get /repos/{owner}/{repo}/issues/comments/{comment_id}': (call, world) => {
    const found = world.store.of('comment', call.name).find(({ id }) => String(id) === call.path.comment_id);
    return found === undefined ? refusal(404, 'Not Found') : { status: 200, body: shapesOf(call).comment(found) };
  },
  'get /repos/{owner}/{repo}/issues/{issue_number}/comments': (call, world) => {
    const since = Date.parse(call.query.since ?? new Date(0).toISOString());
    const all = world.store
      .of('comment', call.name)
      .filter(({ issue, createdAt }) => String(issue) === call.path.issue_number && Date.parse(createdAt) >= since);
    const shown = page(all, call.query, call.url);
    return { status: 200, body: shown.items.map((comment) => shapesOf(call).comment(comment)), headers: shown.headers };
  },
  'post /repos/{owner}/{repo}/issues/{issue_number}/comments': (call, world) => {
    const { body } = call.body as { readonly body: string };
    const issue = Number(call.path.issue_number);
    if (!(issue >= 1)) return refusal(404, 'Not Found');
    const comment = world.store.add({ kind: 'comment', ...call.name, issue, body, author: TOKEN_ACCOUNT });
    return { status: 201, body: shapesOf(call).comment(comment) };
  },
  'post /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': (call, world) => {
    const { content } = call.body as { readonly content: string };
    const comment = Number(call.path.comment_id);
    const known = world.store.of('reaction', call.name).find((one) => one.comment === comment && one.content === content);
    const reaction = known ?? world.store.add({ kind: 'reaction', ...call.name, comment, content });
    return { status: known === undefined ? 201 : 200, body: shapesOf(call).reaction(reaction) };
  },
};

function shapesOf({ url }: Call): RepositoryShapes {
  return new RepositoryShapes(new URL(url).origin);
}

function refAt(ref: string, { name }: Call, { store }: World): string | undefined {
  return store.of('ref', name).findLast((record) => record.ref === ref)?.sha || undefined;
}

function commitAt(ref: string, call: Call, world: World): RecordedCommit | undefined {
  const sha = refAt(ref, call, world) ?? ref;
  return world.store.of('commit', call.name).find((record) => record.sha === sha);
}

function compare(call: Call, world: World): Answer {
  const [baseName = '', headName = ''] = (call.path.basehead ?? '').split('...');
  const [base, head] = [commitAt(baseName, call, world), commitAt(headName, call, world)];
  if (base === undefined || head === undefined) return refusal(404, 'Not Found');
  const parents = new Map(world.store.of('commit', call.name).map(({ sha, parent }) => [sha, parent]));
  const status =
    base.sha === head.sha
      ? 'identical'
      : leadsTo(base.sha, head.sha, parents)
        ? 'ahead'
        : leadsTo(head.sha, base.sha, parents)
          ? 'behind'
          : 'diverged';
  return { status: 200, body: shapesOf(call).comparison(call.name, status, base, head.files) };
}

function leadsTo(base: string, head: string, parents: ReadonlyMap<string, string>): boolean {
  for (let at: string | undefined = head; at; at = parents.get(at)) if (at === base) return true;
  return false;
}
