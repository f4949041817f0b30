import { type Granted, missingOf } from '../../domain/github-permissions.ts';
import { accountIn, listIn, numberIn, objectIn, optionalText, textIn } from './answers.ts';
import type { Ask } from './ask.ts';
import { hookReads } from './hook-reads.ts';
import type { Comparison, GitHubReads } from './reads.ts';

const REPOSITORY = '/repos/{owner}/{repo}';
/** GitHub lists no more files of a comparison than that. */
const LISTED_FILES = 300;
const PAGE = 100;

const METADATA = { name: 'Metadata', access: 'read', scope: 'repo' } as const;
const CONTENTS = { name: 'Contents', access: 'read', scope: 'repo' } as const;
const PULLS = { name: 'Pull requests', access: 'read', scope: 'repo' } as const;
const ACTIONS = { name: 'Actions', access: 'read', scope: 'repo' } as const;
const CHECKS = { name: 'Checks', access: 'read', scope: 'repo' } as const;
const DEPLOYMENTS = { name: 'Deployments', access: 'read', scope: 'repo_deployment' } as const;
const ISSUES = { name: 'Issues', access: 'read', scope: 'repo' } as const;
const ISSUES_WRITE = { name: 'Issues', access: 'write', scope: 'repo' } as const;

/** Reads GitHub's REST API: https://docs.github.com/rest */
export function createGitHubReads(ask: Ask): GitHubReads {
  return { ...contents(ask), ...events(ask), ...app(ask), ...comments(ask), ...hookReads(ask) };
}

function contents(ask: Ask): Pick<GitHubReads, 'repository' | 'commit' | 'target' | 'compare' | 'labels' | 'pushes'> {
  return {
    repository: async (repository, { signal }) => {
      const found = await ask({ permission: METADATA, route: `GET ${REPOSITORY}`, repository, signal });
      if (found === undefined) return undefined;
      const members = objectIn(found);
      return { id: numberIn(members, 'id'), name: textIn(members, 'full_name'), defaultBranch: textIn(members, 'default_branch') };
    },
    commit: async (repository, ref, { signal }) => {
      const found = await ask({
        permission: CONTENTS,
        route: `GET ${REPOSITORY}/commits/{ref}`,
        repository,
        parameters: { ref, per_page: 1 },
        signal,
      });
      return found === undefined ? undefined : textIn(objectIn(found), 'sha');
    },
    target: async (repository, ref, { signal }) => {
      const found = await ask({ permission: CONTENTS, route: `GET ${REPOSITORY}/git/ref/{ref}`, repository, parameters: { ref }, signal });
      return found === undefined ? undefined : textIn(objectIn(objectIn(found).object), 'sha');
    },
    compare: async (repository, base, head, { signal }) => {
      const parameters = { basehead: `${base}...${head}`, per_page: PAGE };
      const found = await ask({ permission: CONTENTS, route: `GET ${REPOSITORY}/compare/{basehead}`, repository, parameters, signal });
      return found === undefined ? undefined : comparisonOf(objectIn(found));
    },
    pushes: async (repository, branch, { signal }) => {
      const parameters = { ref: `refs/heads/${branch}`, per_page: PAGE };
      const found = await ask({ permission: CONTENTS, route: `GET ${REPOSITORY}/activity`, repository, parameters, signal });
      if (found === undefined) return undefined;
      // A server that does not know the filter would tell of every branch.
      const here = listIn(found).filter(({ ref }) => ref === parameters.ref);
      return here.map((push) => ({ before: optionalText(push, 'before'), after: textIn(push, 'after'), actor: accountIn(push.actor) }));
    },
    labels: async (repository, commit, { signal }) => {
      const route = `GET ${REPOSITORY}/commits/{commit_sha}/pulls`;
      const found = await ask({ permission: PULLS, route, repository, parameters: { commit_sha: commit, per_page: PAGE }, signal });
      const merged = listIn(found).filter(({ merged_at }) => typeof merged_at === 'string');
      return merged.flatMap(({ labels }) => listIn(labels).map((label) => textIn(label, 'name')));
    },
  };
}

function comparisonOf(members: Readonly<Record<string, unknown>>): Comparison {
  const listed = listIn(members.files);
  // What was moved away from a path has changed it, too.
  const files = listed.flatMap((file) => [textIn(file, 'filename'), optionalText(file, 'previous_filename')]).filter((path) => path !== '');
  return { status: textIn(members, 'status') as Comparison['status'], files: listed.length < LISTED_FILES ? files : undefined };
}

function events(ask: Ask): Pick<GitHubReads, 'workflowRun' | 'awaited' | 'checkSuite' | 'checkRun' | 'release' | 'deployment'> {
  return {
    workflowRun: async (repository, id, { signal }) => {
      const found = await ask({
        permission: ACTIONS,
        route: `GET ${REPOSITORY}/actions/runs/{run_id}`,
        repository,
        parameters: { run_id: id },
        signal,
      });
      if (found === undefined) return undefined;
      const run = objectIn(found);
      return {
        name: optionalText(run, 'name'),
        event: optionalText(run, 'event'),
        conclusion: optionalText(run, 'conclusion'),
        branch: optionalText(run, 'head_branch'),
        commit: textIn(run, 'head_sha'),
        headRepository: Number(objectIn(run.head_repository).id ?? 0),
        actors: [accountIn(run.actor), accountIn(run.triggering_actor)].filter((actor) => actor !== undefined),
      };
    },
    awaited: async (repository, run, { signal }) => {
      const route = `GET ${REPOSITORY}/actions/runs/{run_id}/pending_deployments`;
      const found = await ask({ permission: ACTIONS, route, repository, parameters: { run_id: run }, signal });
      return listIn(found).map(({ environment }) => textIn(objectIn(environment), 'name'));
    },
    checkSuite: async (repository, id, { signal }) => {
      const route = `GET ${REPOSITORY}/check-suites/{check_suite_id}`;
      const found = await ask({ permission: CHECKS, route, repository, parameters: { check_suite_id: id }, signal });
      if (found === undefined) return undefined;
      const suite = objectIn(found);
      return {
        conclusion: optionalText(suite, 'conclusion'),
        branch: optionalText(suite, 'head_branch'),
        commit: textIn(suite, 'head_sha'),
        app: optionalText(objectIn(suite.app), 'slug'),
        repository: Number(objectIn(suite.repository).id ?? 0),
      };
    },
    checkRun: async (repository, id, { signal }) => {
      const route = `GET ${REPOSITORY}/check-runs/{check_run_id}`;
      const found = await ask({ permission: CHECKS, route, repository, parameters: { check_run_id: id }, signal });
      if (found === undefined) return undefined;
      const run = objectIn(found);
      const { id: app } = objectIn(run.app);
      return { externalId: optionalText(run, 'external_id'), app: typeof app === 'number' ? app : undefined };
    },
    release: async (repository, id, { signal }) => {
      const found = await ask({
        permission: CONTENTS,
        route: `GET ${REPOSITORY}/releases/{release_id}`,
        repository,
        parameters: { release_id: id },
        signal,
      });
      if (found === undefined) return undefined;
      const release = objectIn(found);
      return { tag: textIn(release, 'tag_name'), isDraft: release.draft === true, isPrerelease: release.prerelease === true };
    },
    deployment: async (repository, id, { signal }) => {
      const route = `GET ${REPOSITORY}/deployments/{deployment_id}`;
      const found = await ask({ permission: DEPLOYMENTS, route, repository, parameters: { deployment_id: id }, signal });
      if (found === undefined) return undefined;
      const deployment = objectIn(found);
      const creator = accountIn(deployment.creator);
      return {
        environment: textIn(deployment, 'environment'),
        commit: textIn(deployment, 'sha'),
        ref: textIn(deployment, 'ref'),
        creator,
      };
    },
  };
}

function app(ask: Ask): Pick<GitHubReads, 'appStanding'> {
  return {
    appStanding: async (repository, { signal }) => {
      const route = `GET ${REPOSITORY}/installation`;
      const found = await ask({ permission: METADATA, route, repository, signal, asApp: true, isAnew: true });
      if (found === undefined) return undefined;
      const { suspended_at: suspendedAt, permissions } = objectIn(found);
      const missing = missingOf({ kind: 'app', permissions: objectIn(permissions) as Granted });
      return { isSuspended: suspendedAt != null, missing };
    },
  };
}

function comments(ask: Ask): Pick<GitHubReads, 'comment' | 'react' | 'replies' | 'reply'> {
  return {
    comment: async (repository, id, { signal }) => {
      const route = `GET ${REPOSITORY}/issues/comments/{comment_id}`;
      const found = await ask({ permission: ISSUES, route, repository, parameters: { comment_id: id }, signal });
      if (found === undefined) return undefined;
      const comment = objectIn(found);
      return {
        body: optionalText(comment, 'body'),
        author: accountIn(comment.user),
        isEdited: comment.created_at !== comment.updated_at,
        isByApp: comment.performed_via_github_app != null,
        createdAt: textIn(comment, 'created_at'),
      };
    },
    react: async (repository, comment, content, { signal }) => {
      const route = `POST ${REPOSITORY}/issues/comments/{comment_id}/reactions`;
      const made = await ask({ permission: ISSUES_WRITE, route, repository, parameters: { comment_id: comment, content }, signal });
      textIn(objectIn(made), 'content');
    },
    replies: async (repository, issue, since, { signal }) => {
      const route = `GET ${REPOSITORY}/issues/{issue_number}/comments`;
      const found = await ask({
        permission: ISSUES,
        route,
        repository,
        parameters: { issue_number: issue, since, per_page: PAGE },
        signal,
      });
      return listIn(found).map((comment) => optionalText(comment, 'body'));
    },
    reply: async (repository, issue, body, { signal }) => {
      const route = `POST ${REPOSITORY}/issues/{issue_number}/comments`;
      const made = await ask({ permission: ISSUES_WRITE, route, repository, parameters: { issue_number: issue, body }, signal });
      numberIn(objectIn(made), 'id');
    },
  };
}
