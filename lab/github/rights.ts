import type { FastifyRequest } from 'fastify';
import type { Secret } from '../../domain/secret.ts';
import { type Answer, refusal } from './answers.ts';
import type { LabApp, Permissions } from './app.ts';
import type { Operation } from './contract.ts';

/** Who may ask, and for what. */
export interface Rights {
  readonly token: Secret;
  readonly app: LabApp | undefined;
  /** What the token may do, where it is fine-grained; everything by default. */
  readonly permissions: Permissions | undefined;
}

/** Operations that an App asks as itself, with its JWT. */
const AS_APP = /^\/(app(\/|$)|repos\/\{owner\}\/\{repo\}\/installation$)/;
/** What an operation needs, by a part of its path. */
const NEEDS: readonly (readonly [RegExp, string])[] = [
  [/\/statuses\/\{sha\}$|\/commits\/\{ref\}\/status(es)?$/, 'statuses'],
  [/\/deployments(\/|$)|\/deployment_protection_rule$/, 'deployments'],
  [/\/check-runs/, 'checks'],
  [/\/issues\//, 'issues'],
  [/^\/orgs\/\{org\}\/hooks(\/|$)/, 'organization_hooks'],
  [/\/hooks(\/|$)/, 'repository_hooks'],
  [/\/actions\/runs\/\{run_id\}(\/pending_deployments)?$/, 'actions'],
  [/\/git\/|\/contents\/|\/tarball\//, 'contents'],
];

/** GitHub's 401 to whoever is nobody there. */
export function refuseCredentials(operation: Operation | undefined, request: FastifyRequest, rights: Rights): Answer | undefined {
  // The code is the credential.
  if (operation?.path === '/app-manifests/{code}/conversions') return undefined;
  const [, given] = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (given === undefined) return refusal(401, 'Requires authentication');
  if (operation !== undefined && AS_APP.test(operation.path)) return refuseJwt(given, rights);
  const isKnown = given === rights.token.reveal() || rights.app?.knows(given) === true;
  return isKnown ? undefined : refusal(401, 'Bad credentials');
}

/** GitHub's 403 to whoever may do less. */
export function refusePermission(operation: Operation, { app, permissions }: Rights): Answer | undefined {
  const granted = app?.permissions ?? permissions;
  const [, needed] = NEEDS.find(([path]) => path.test(operation.path)) ?? [];
  if (granted === undefined || needed === undefined) return undefined;
  const wanted = operation.method === 'get' ? ['read', 'write'] : ['write'];
  if (wanted.includes(granted[needed] ?? '')) return undefined;
  return refusal(403, `Resource not accessible by ${app === undefined ? 'personal access token' : 'integration'}`);
}

function refuseJwt(given: string, { app }: Rights): Answer | undefined {
  const objection = app === undefined ? 'A JSON web token could not be decoded' : app.objectionTo(given);
  return objection === undefined ? undefined : refusal(401, objection);
}
