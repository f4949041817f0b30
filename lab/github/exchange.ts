import type { FastifyRequest } from 'fastify';
import { type Answer, invalid, refusal } from './answers.ts';
import type { ContractFault, GitHubContract, Operation } from './contract.ts';
import type { World } from './operations/call.ts';
import { OPERATIONS } from './operations.ts';
import { type Rights, refuseCredentials, refusePermission } from './rights.ts';

export interface Rules extends Rights {
  readonly contract: GitHubContract;
  readonly repositories: readonly string[] | undefined;
}

/** A request as the endpoint reads it; the body is undefined where there is none, and text where it is not JSON. */
export interface Heard {
  readonly request: FastifyRequest;
  readonly body: unknown;
}

/** What GitHub answers: credentials first, then the description's word, then what the operation does. */
export function exchange(operation: Operation | undefined, heard: Heard, rules: Rules, world: World): Answer {
  const refused = refuseCredentials(operation, heard.request, rules);
  if (refused !== undefined) return refused;
  if (operation === undefined) return refusal(404, 'Not Found');
  return (
    refusePermission(operation, rules) ??
    refuseRequest(operation, heard, rules) ??
    checked(operation, play(operation, heard, world), rules.contract)
  );
}

function refuseRequest(operation: Operation, { request, body }: Heard, rules: Rules): Answer | undefined {
  const { owner, repo } = request.params as Readonly<Record<string, string | undefined>>;
  const wanted = `${owner}/${repo}`.toLowerCase();
  const exists = owner === undefined || (rules.repositories?.some((name) => name.toLowerCase() === wanted) ?? true);
  if (!exists) return refusal(404, 'Not Found');
  if (typeof body === 'string') return refusal(400, 'Problems parsing JSON');
  const faults = rules.contract.requestFaults(operation, request.query as Record<string, unknown>, body);
  return faults.length === 0 ? undefined : invalid(...faults.map((fault) => ({ resource: resourceOf(operation), ...fault })));
}

function play(operation: Operation, { request, body }: Heard, world: World): Answer {
  const act = OPERATIONS[`${operation.method} ${operation.path}`];
  if (act === undefined) return refusal(501, `The local GitHub does not play ${operation.method.toUpperCase()} ${operation.path}`);
  const path = request.params as Readonly<Record<string, string | undefined>>;
  const name = { owner: path.owner ?? '', repo: path.repo ?? '' };
  const [address] = request.url.split('?');
  const url = `${request.protocol}://${request.host}${address}`;
  const accept = request.headers.accept ?? '';
  return act({ name, path, query: request.query as Record<string, string>, body, accept, url }, world);
}

/** An answer that GitHub would never give is our fault, and must not teach anyone a wrong GitHub. */
function checked(operation: Operation, answer: Answer, contract: GitHubContract): Answer {
  // A file as it is has no description.
  if (/^application\/vnd\.github\.\S*raw/.test(answer.headers?.['content-type'] ?? '')) return answer;
  const faults = contract.answerFaults(
    operation,
    answer.status,
    answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body)),
  );
  if (faults.length === 0) return answer;
  return refusal(500, `The local GitHub breaks GitHub's description: ${printFaults(faults)}`);
}

function printFaults(faults: readonly ContractFault[]): string {
  return faults.map((fault) => fault.message).join('; ');
}

function resourceOf(operation: Operation): string {
  if (operation.path.endsWith('/statuses/{sha}')) return 'Status';
  if (operation.path.endsWith('/{deployment_id}/statuses')) return 'DeploymentStatus';
  if (operation.path.includes('/check-runs')) return 'CheckRun';
  return operation.path.endsWith('/deployments') ? 'Deployment' : 'Request';
}
