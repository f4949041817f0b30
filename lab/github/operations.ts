import { APPS } from './operations/apps.ts';
import type { Plays } from './operations/call.ts';
import { CHECK_RUNS } from './operations/check-runs.ts';
import { DEPLOYMENTS } from './operations/deployments.ts';
import { HOOK_PLAYS } from './operations/hooks.ts';
import { REPOSITORY_PLAYS } from './operations/repository.ts';
import { RUNS } from './operations/runs.ts';
import { sourcePlays } from './operations/source.ts';
import { STATUSES } from './operations/statuses.ts';

/** The operations that the endpoint plays: method and path of the description. */
export const OPERATIONS: Plays = {
  'get /repos/{owner}/{repo}': ({ name }, { shapes }) => ({ status: 200, body: shapes.repository(name) }),
  ...STATUSES,
  ...DEPLOYMENTS,
  ...CHECK_RUNS,
  ...APPS,
  ...RUNS,
  ...REPOSITORY_PLAYS,
  ...sourcePlays(REPOSITORY_PLAYS),
  ...HOOK_PLAYS,
};
