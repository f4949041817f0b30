import { type Answer, invalid, page, refusal } from '../answers.ts';
import type { CheckRun, RecordedCheckRun } from '../store.ts';
import { type Call, newestFirst, type Plays, type World } from './call.ts';

/** https://docs.github.com/rest/checks/runs, which GitHub Apps alone may make. */
export const CHECK_RUNS: Plays = {
  'post /repos/{owner}/{repo}/check-runs': createCheckRun,
  'patch /repos/{owner}/{repo}/check-runs/{check_run_id}': updateCheckRun,
  'get /repos/{owner}/{repo}/check-runs/{check_run_id}': readCheckRun,
  'get /repos/{owner}/{repo}/commits/{ref}/check-runs': listCheckRuns,
};

interface CheckRunBody {
  readonly name?: string;
  readonly head_sha?: string;
  readonly external_id?: string;
  readonly details_url?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly output?: { readonly title?: string; readonly summary: string };
  readonly actions?: readonly { readonly label: string; readonly description: string; readonly identifier: string }[];
}

function createCheckRun(call: Call, world: World): Answer {
  const body = call.body as CheckRunBody;
  if (world.app === undefined) return refusal(403, 'You must authenticate via a GitHub App.');
  const { name = '', head_sha: sha = '' } = body;
  if (!/^[0-9a-f]{40}$/.test(sha)) return refusal(422, `No commit found for SHA: ${sha}`);
  const refused = refuseCompletion(body);
  if (refused !== undefined) return refused;
  const { id } = world.store.add({ kind: 'check-run', ...call.name, run: null, sha, ...changeOf({ status: 'queued', ...body }), name });
  return answerOf(id, 201, call, world);
}

function updateCheckRun(call: Call, world: World): Answer {
  const id = Number(call.path.check_run_id);
  const before = runsOf(call, world).find((run) => run.id === id);
  if (before === undefined) return refusal(404, 'Not Found');
  const refused = refuseCompletion(call.body as CheckRunBody);
  if (refused !== undefined) return refused;
  const { name, sha } = before;
  world.store.add({ kind: 'check-run', ...call.name, run: id, sha, ...changeOf(call.body as CheckRunBody), name });
  return answerOf(id, 200, call, world);
}

/** GitHub's rules beyond its description. */
function refuseCompletion({ status, conclusion }: CheckRunBody): Answer | undefined {
  if (status !== 'completed' || conclusion !== undefined) return undefined;
  return invalid({ resource: 'CheckRun', code: 'missing_field', field: 'conclusion', message: 'conclusion is missing' });
}

function readCheckRun(call: Call, world: World): Answer {
  return answerOf(Number(call.path.check_run_id), 200, call, world);
}

function listCheckRuns(call: Call, world: World): Answer {
  const { check_name: name, filter = 'latest' } = call.query;
  const named = runsOf(call, world).filter((run) => run.sha === call.path.ref && (name === undefined || run.name === name));
  const newest = newestFirst(named);
  const wanted = filter === 'all' ? newest : newest.filter((run, index) => newest.findIndex((other) => other.name === run.name) === index);
  const shown = page(wanted, call.query, call.url);
  const runs = shown.items.map((run) => world.shapes.checkRun(run, world.app));
  return { status: 200, body: { total_count: wanted.length, check_runs: runs }, headers: shown.headers };
}

function answerOf(id: number, status: number, call: Call, world: World): Answer {
  const run = runsOf(call, world).find((other) => other.id === id);
  return run === undefined ? refusal(404, 'Not Found') : { status, body: world.shapes.checkRun(run, world.app) };
}

function runsOf(call: Call, world: World): readonly CheckRun[] {
  return checkRuns(world.store.of('check-run', call.name));
}

/** What was asked for, one change after the other: each as it is now. */
export function checkRuns(records: readonly RecordedCheckRun[]): readonly CheckRun[] {
  const runs = new Map<number, CheckRun>();
  for (const { run, ...change } of records) {
    const id = run ?? change.id;
    runs.set(id, { ...runs.get(id), ...change, id, createdAt: runs.get(id)?.createdAt ?? change.createdAt });
  }
  return [...runs.values()];
}

/** A conclusion completes a run; a status that is not completed takes the conclusion away. */
function changeOf({ external_id: externalId, details_url: detailsUrl, status, conclusion, output, actions }: CheckRunBody) {
  return {
    status: conclusion === undefined ? (status ?? 'queued') : 'completed',
    conclusion: conclusion ?? null,
    externalId: externalId ?? '',
    detailsUrl: detailsUrl ?? null,
    title: output?.title ?? null,
    summary: output?.summary ?? null,
    actions: actions ?? [],
  };
}
