import { type Answer, invalid, page, refusal } from '../answers.ts';
import type { RecordedStatus } from '../store.ts';
import { type Call, newestFirst, type Plays, type World } from './call.ts';

interface StatusBody {
  readonly state: RecordedStatus['state'];
  readonly context?: string;
  readonly description?: string | null;
  readonly target_url?: string | null;
}

/** https://docs.github.com/rest/commits/statuses#create-a-commit-status */
const STATUS_LIMIT = 1000;
/** Characters. */
export const DESCRIPTION_LIMIT = 140;

export const STATUSES: Plays = {
  'post /repos/{owner}/{repo}/statuses/{sha}': createStatus,
  'get /repos/{owner}/{repo}/commits/{ref}/statuses': listStatuses,
  'get /repos/{owner}/{repo}/commits/{ref}/status': combineStatuses,
};

function createStatus(call: Call, world: World): Answer {
  const sha = call.path.sha ?? '';
  const body = call.body as StatusBody;
  const context = body.context ?? 'default';
  const refused = refuseStatus(sha, body, sameContext(statusesOf(sha, call, world), context));
  if (refused !== undefined) return refused;
  const { state, description = null, target_url: targetUrl = null } = body;
  const record = world.store.add({ kind: 'status', ...call.name, sha, context, state, description, targetUrl });
  return { status: 201, body: world.shapes.status(record) };
}

/** GitHub's rules beyond its description. */
function refuseStatus(sha: string, body: StatusBody, earlier: readonly RecordedStatus[]): Answer | undefined {
  const custom = (message: string, field?: string) =>
    invalid({ resource: 'Status', code: 'custom', ...(field === undefined ? {} : { field }), message });
  // Git's own word for no commit.
  if (!/^[0-9a-f]{40}$/.test(sha) || /^0+$/.test(sha)) return refusal(422, `No commit found for SHA: ${sha}`);
  if ([...(body.description ?? '')].length > DESCRIPTION_LIMIT)
    return custom(`description is too long (maximum is ${DESCRIPTION_LIMIT} characters)`, 'description');
  if (body.target_url && !/^https?:\/\//.test(body.target_url)) return custom('target_url must use http(s) scheme', 'target_url');
  if (earlier.length >= STATUS_LIMIT) return custom('This SHA and context has reached the maximum number of statuses.');
  return undefined;
}

function listStatuses(call: Call, world: World): Answer {
  const shown = page(newestFirst(statusesOf(call.path.ref ?? '', call, world)), call.query, call.url);
  return { status: 200, body: shown.items.map((record) => world.shapes.status(record)), headers: shown.headers };
}

function combineStatuses(call: Call, world: World): Answer {
  const ref = call.path.ref ?? '';
  const newest = newestOfEachContext(statusesOf(ref, call, world));
  const shown = page(newest, call.query, call.url);
  return { status: 200, body: world.shapes.combinedStatus(call.name, ref, newest, shown.items), headers: shown.headers };
}

export function statusesOf(sha: string, call: Call, world: World): readonly RecordedStatus[] {
  return world.store.of('status', call.name).filter((record) => record.sha === sha);
}

/** GitHub's contexts are not case-sensitive. */
function sameContext(records: readonly RecordedStatus[], context: string): readonly RecordedStatus[] {
  return records.filter((record) => record.context.toLowerCase() === context.toLowerCase());
}

export function newestOfEachContext(records: readonly RecordedStatus[]): readonly RecordedStatus[] {
  return [...new Map(records.map((record) => [record.context.toLowerCase(), record])).values()];
}
