import { z } from 'zod';

/** What is read of GitHub's payloads, and nothing else of them: https://docs.github.com/webhooks/webhook-events-and-payloads */

const id = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);
/** Names that git and GitHub allow are shorter than that. */
const short = z
  .string()
  .min(1)
  .max(1_000)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'expected no control characters and no half letters');
const commit = z.string().regex(/^[0-9a-f]{40}$/, 'expected a commit');

const account = z.object({ id, login: z.string().min(1).max(100), type: z.string().max(50).optional() });
export const repository = z.object({ id, full_name: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, 'expected owner/name') });
const common = { repository, sender: account };
const action = z.string().max(100);
const named = z.object({ full_name: z.string().max(201) });
const installation = z.object({
  account: z.object({ login: z.string().max(100).optional(), slug: z.string().max(100).optional() }).nullish(),
});

export const PAYLOADS = {
  push: z.object({
    ...common,
    ref: short.regex(/^refs\/(heads|tags)\/./, 'expected refs/heads/… or refs/tags/…'),
    before: commit,
    after: commit,
    /** Gitea says nothing of it: it tells of what was deleted by another event. */
    deleted: z.boolean().optional(),
  }),
  create: z.object({ ...common, ref: short, ref_type: z.enum(['branch', 'tag']) }),
  release: z.object({ ...common, action, release: z.object({ id, tag_name: short, draft: z.boolean() }) }),
  workflow_run: z.object({
    ...common,
    action,
    workflow_run: z.object({ id, run_attempt: z.number().int().min(1).default(1), conclusion: z.string().nullish() }),
  }),
  check_suite: z.object({ ...common, action, check_suite: z.object({ id, conclusion: z.string().nullish() }) }),
  repository_dispatch: z.object({ ...common, action, client_payload: z.record(z.string(), z.unknown()).nullish() }),
  deployment: z.object({
    ...common,
    action,
    deployment: z.object({ id, environment: short, payload: z.unknown().optional() }),
  }),
  deployment_protection_rule: z.object({
    ...common,
    action,
    environment: short,
    deployment: z.object({ id }).nullish(),
    deployment_callback_url: z.string().max(2_000).nullish(),
  }),
  issue_comment: z.object({
    ...common,
    action,
    issue: z.object({ number: id }),
    comment: z.object({ id, body: z.string(), user: account.nullish() }),
  }),
  check_run: z.object({
    ...common,
    action,
    check_run: z.object({ id, external_id: z.string().max(500).nullish() }),
    requested_action: z.object({ identifier: z.string().max(100) }).nullish(),
  }),
  pull_request: z.object({ ...common, action, number: id }),
  installation: z.object({ action, installation }),
  installation_repositories: z.object({
    action,
    installation,
    repositories_added: z.array(named).default([]),
    repositories_removed: z.array(named).default([]),
  }),
  github_app_authorization: z.object({ action, sender: account }),
} as const;

/** What is read of a client_payload, which is whatever somebody sends. */
export const dispatchWish = z.object({
  application: z.string().max(1_000).nullish(),
  ref: short.or(z.literal('')).nullish(),
  images: z.record(z.string(), z.string().max(1_000)).nullish(),
});

const version = z.object({
  version: short,
  container_metadata: z.object({ tag: z.object({ name: z.string().max(200).nullish() }).nullish() }).nullish(),
});

/** `package` and the older `registry_package` differ in the name of a member. */
export const packagePayload = z.object({
  ...common,
  action,
  package: z.object({
    name: short,
    package_type: z.string().max(50),
    namespace: z.string().max(200).nullish(),
    owner: z.object({ login: short }).nullish(),
    package_version: version.nullish(),
  }),
});

export type PackagePayload = z.output<typeof packagePayload>;
