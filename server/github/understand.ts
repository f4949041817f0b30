import type { z } from 'zod';
import type { Account, DispatchWish, GitHubEvent, GitRef, Understood } from '../../domain/github/event.ts';
import { isOfItsOwn } from '../inbox/notifications.ts';
import { parseJson } from '../parse-json.ts';
import { dispatchWish, PAYLOADS, type PackagePayload, packagePayload } from './payloads.ts';

/** A delivery of an event that is known does not have the members that it must have. */
export class PayloadUnfit extends Error {
  override readonly name = 'PayloadUnfit';
}

/** Reads GitHub's payload of an event, without asking anybody. `registry` is where this GitHub has its images. Throws PayloadUnfit. */
export function understand(event: string, payload: unknown, registry = 'ghcr.io'): Understood {
  const read = Object.hasOwn(READERS, event) ? READERS[event] : undefined;
  return read === undefined ? nothing(`${event} starts nothing`) : read(payload, registry);
}

type Reader = (payload: unknown, registry: string) => Understood;

const READERS: Readonly<Record<string, Reader>> = {
  ping: () => nothing('GitHub tried whether it reaches this server'),
  push: reader('push', PAYLOADS.push, ({ deleted, ref, before, after, ...common }) => {
    const pushed = refOf(ref);
    if (deleted ?? /^0+$/.test(after)) return nothing(`the ${pushed.kind} ${pushed.name} was deleted`);
    return happened(common, { kind: 'push', ref: pushed, before, commit: after }, `${ref} ${before} ${after}`);
  }),
  create: reader('create', PAYLOADS.create, ({ ref, ref_type: kind, ...common }) =>
    // A branch or tag that is created again is another event of the same words: its push tells what it leads to.
    happened(common, { kind: 'create', ref: { kind, name: ref } }),
  ),
  release: reader('release', PAYLOADS.release, ({ action, release: { id, tag_name: tag, draft }, ...common }) =>
    action === 'published' && !draft
      ? happened(common, { kind: 'release', id, tag }, `${id} published`)
      : nothing(`a release on GitHub was ${action}, not published`),
  ),
  workflow_run: reader('workflow_run', PAYLOADS.workflow_run, ({ action, workflow_run: { id, run_attempt: attempt }, ...common }) =>
    action === 'completed'
      ? happened(common, { kind: 'workflow_run', id, attempt }, `${id} ${attempt}`)
      : nothing(`a workflow run was ${action}, not completed`),
  ),
  check_suite: reader('check_suite', PAYLOADS.check_suite, ({ action, check_suite: { id }, ...common }) =>
    action === 'completed' ? happened(common, { kind: 'check_suite', id }) : nothing(`a check suite was ${action}, not completed`),
  ),
  package: (payload, registry) => packageEvent('package', payload, registry),
  registry_package: (payload, registry) => packageEvent('registry_package', payload, registry),
  repository_dispatch: reader('repository_dispatch', PAYLOADS.repository_dispatch, ({ action: type, client_payload: wish, ...common }) =>
    happened(common, { kind: 'repository_dispatch', type, wish: wishOf(wish ?? {}) }),
  ),
  deployment: reader('deployment', PAYLOADS.deployment, ({ deployment: { id, environment, payload }, ...common }) =>
    isOurs(payload)
      ? nothing('Tidegate made this deployment itself')
      : happened(common, { kind: 'deployment', id, environment }, String(id)),
  ),
  deployment_protection_rule: reader(
    'deployment_protection_rule',
    PAYLOADS.deployment_protection_rule,
    ({ action, environment, deployment, deployment_callback_url: url, ...common }) => {
      if (action !== 'requested') return nothing(`a protection rule was ${action}, not requested`);
      const run = runOf(url ?? '');
      if (run === undefined) return nothing('it does not say which run waits');
      const job = deployment?.id ?? 0;
      const same = job === 0 ? undefined : `${run} ${job} ${environment}`;
      return happened(common, { kind: 'protection', environment, run, deployment: job }, same);
    },
  ),
  issue_comment: reader('issue_comment', PAYLOADS.issue_comment, ({ action, issue, comment: { id, body, user }, ...common }) => {
    if (action !== 'created') return nothing(`a comment was ${action}: only new ones are commands`);
    if (!/^\s*\/[a-z]/.test(body)) return nothing('the comment is no command');
    if (user?.type === 'Bot' || common.sender.type === 'Bot') return nothing('a bot commands nothing');
    return happened(common, { kind: 'comment', id, issue: issue.number, body }, String(id));
  }),
  check_run: reader(
    'check_run',
    PAYLOADS.check_run,
    ({ action, check_run: { id, external_id: about }, requested_action: asked, ...common }) =>
      action === 'requested_action' && asked && about
        ? happened(common, { kind: 'button', checkRun: id, action: asked.identifier, about })
        : nothing(`a check run was ${action}: only its buttons do anything`),
  ),
  pull_request: reader('pull_request', PAYLOADS.pull_request, ({ number }) =>
    nothing(`pull request ${number} starts nothing: what it brings is built and deployed once it is on a branch of a trigger`),
  ),
  installation: reader('installation', PAYLOADS.installation, ({ action, installation }) =>
    appChange(WHAT_BECAME.get(action), installation),
  ),
  installation_repositories: reader(
    'installation_repositories',
    PAYLOADS.installation_repositories,
    ({ action, installation, repositories_added: added, repositories_removed: removed }) => {
      const names = [...added, ...removed].map((repository) => repository.full_name);
      return appChange(`has repositories ${action}`, installation, names);
    },
  ),
  github_app_authorization: reader('github_app_authorization', PAYLOADS.github_app_authorization, ({ sender }) =>
    nothing(`${sender.login} no longer lets the GitHub App act in their name, which Tidegate never does`),
  ),
};

const WHAT_BECAME: ReadonlyMap<string, string> = new Map([
  ['created', 'was installed'],
  ['deleted', 'was uninstalled'],
  ['suspend', 'was suspended'],
  ['unsuspend', 'is no longer suspended'],
  ['new_permissions_accepted', 'has other permissions'],
]);

function appChange(
  what: string | undefined,
  { account }: z.output<typeof PAYLOADS.installation>['installation'],
  repositories: readonly string[] = [],
): Understood {
  if (what === undefined) return nothing('something became of the GitHub App that changes nothing here');
  return { kind: 'app', change: { what, account: account?.login ?? account?.slug ?? '', repositories } };
}

interface Common {
  readonly repository: { readonly id: number; readonly full_name: string };
  readonly sender: { readonly id: number; readonly login: string; readonly type?: string | undefined };
}

function happened({ repository, sender }: Common, event: GitHubEvent, same?: string): Understood {
  return {
    kind: 'event',
    event,
    repository: { id: repository.id, name: repository.full_name },
    sender: accountOf(sender),
    subject: same === undefined ? '' : `github/${repository.id}/${event.kind}/${same}`,
  };
}

function accountOf({ id, login, type = 'User' }: Common['sender']): Account {
  return { id, login, isPerson: type === 'User' };
}

function nothing(why: string): Understood {
  return { kind: 'nothing', why };
}

function reader<Schema extends z.ZodType>(event: string, schema: Schema, read: (payload: z.output<Schema>) => Understood): Reader {
  return (payload) => read(fitting(event, schema, payload));
}

function fitting<Schema extends z.ZodType>(event: string, schema: Schema, payload: unknown): z.output<Schema> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PayloadUnfit(`The payload of ${event} does not fit: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is wrong'}`);
}

function refOf(ref: string): GitRef {
  const [, folder = '', name = ''] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? [];
  return { kind: folder === 'tags' ? 'tag' : 'branch', name };
}

/** GitHub names the run in the address to answer to alone; the number is all that is taken from it. */
function runOf(url: string): number | undefined {
  const run = Number(/\/actions\/runs\/(\d{1,16})\/deployment_protection_rule$/.exec(url)?.[1]);
  return Number.isSafeInteger(run) && run > 0 ? run : undefined;
}

/** GitHub tells a payload as it was given: as an object, or as the text of one. */
function isOurs(told: unknown): boolean {
  const payload = typeof told === 'string' ? parseJson(told) : told;
  return typeof payload === 'object' && payload !== null && 'tidegate' in payload;
}

/** What does not fit is no reason to release something else: whoever asked for another commit or image does not want the newest. Empty is what a workflow gives for nothing. */
function wishOf(payload: Readonly<Record<string, unknown>>): DispatchWish {
  const parsed = dispatchWish.safeParse(payload);
  if (!parsed.success)
    return { fault: `client_payload does not fit: ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}` };
  const { application, ref, images } = parsed.data;
  return {
    ...(typeof application === 'string' && { application }),
    ...(ref && { ref }),
    ...(images && Object.keys(images).length > 0 && { images }),
  };
}

function packageEvent(event: 'package' | 'registry_package', payload: unknown, registry: string): Understood {
  const renamed = event === 'package' || typeof payload !== 'object' ? payload : { ...payload, package: Reflect.get(payload ?? {}, event) };
  return packageOf(fitting(event, packagePayload, renamed), registry);
}

function packageOf({ action, package: told, ...common }: PackagePayload, registry: string) {
  const { name, package_type: type, namespace, owner, package_version: version } = told;
  if (action !== 'published' && action !== 'updated') return nothing(`a package was ${action}, not published`);
  if (type.toUpperCase() !== 'CONTAINER' || version?.container_metadata == null) return nothing(`a package of ${type} is no image`);
  const path = `${owner?.login ?? namespace ?? ''}/${name}`.toLowerCase();
  const digest = version.version;
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new PayloadUnfit('The package names no digest');
  const tag = version.container_metadata.tag?.name ?? '';
  if (!isOfItsOwn(tag)) return nothing('the package has no tag of its own: it belongs to another image');
  return happened(common, { kind: 'package', image: { repository: `${registry}/${path}`, digest, tag } }, `${path} ${digest} ${tag}`);
}
