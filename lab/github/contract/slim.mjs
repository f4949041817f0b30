// Cuts GitHub's official OpenAPI description (13 MB) to the operations below, with everything they refer to.
// How slim.json was made:
//   npm install --no-save --prefix /tmp/description @octokit/openapi@23.0.2
//   node lab/github/contract/slim.mjs /tmp/description/node_modules/@octokit/openapi/generated/api.github.com.json
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATIONS = {
  '/repos/{owner}/{repo}/statuses/{sha}': ['post'],
  '/repos/{owner}/{repo}/commits/{ref}/status': ['get'],
  '/repos/{owner}/{repo}/commits/{ref}/statuses': ['get'],
  '/repos/{owner}/{repo}/deployments': ['get', 'post'],
  '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses': ['get', 'post'],
  '/repos/{owner}/{repo}/deployments/{deployment_id}': ['get'],
  '/repos/{owner}/{repo}/check-runs': ['post'],
  '/repos/{owner}/{repo}/check-runs/{check_run_id}': ['get', 'patch'],
  '/repos/{owner}/{repo}/commits/{ref}/check-runs': ['get'],
  '/repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule': ['post'],
  '/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments': ['get'],
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['post', 'get'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['get'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': ['post', 'get'],
  '/repos/{owner}/{repo}/collaborators/{username}/permission': ['get'],
  '/repos/{owner}/{repo}': ['get'],
  '/repos/{owner}/{repo}/activity': ['get'],
  '/repos/{owner}/{repo}/branches/{branch}': ['get'],
  '/repos/{owner}/{repo}/commits': ['get'],
  '/repos/{owner}/{repo}/commits/{ref}': ['get'],
  '/repos/{owner}/{repo}/commits/{commit_sha}/pulls': ['get'],
  '/repos/{owner}/{repo}/commits/{commit_sha}/branches-where-head': ['get'],
  '/repos/{owner}/{repo}/compare/{basehead}': ['get'],
  '/repos/{owner}/{repo}/contents/{path}': ['get'],
  '/repos/{owner}/{repo}/git/ref/{ref}': ['get'],
  '/repos/{owner}/{repo}/git/tags/{tag_sha}': ['get'],
  '/repos/{owner}/{repo}/pulls/{pull_number}': ['get'],
  '/repos/{owner}/{repo}/tarball/{ref}': ['get'],
  '/repos/{owner}/{repo}/hooks': ['get', 'post'],
  '/repos/{owner}/{repo}/hooks/{hook_id}/deliveries': ['get'],
  '/repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}': ['get'],
  '/repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}/attempts': ['post'],
  '/orgs/{org}/hooks': ['get'],
  '/orgs/{org}/hooks/{hook_id}/deliveries': ['get'],
  '/orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}': ['get'],
  '/repos/{owner}/{repo}/releases': ['post', 'get'],
  '/repos/{owner}/{repo}/releases/{release_id}': ['get'],
  '/repos/{owner}/{repo}/actions/runs/{run_id}': ['get'],
  '/repos/{owner}/{repo}/check-suites/{check_suite_id}': ['get'],
  '/repos/{owner}/{repo}/installation': ['get'],
  '/app': ['get'],
  '/app/hook/config': ['get'],
  '/app/hook/deliveries': ['get'],
  '/app/hook/deliveries/{delivery_id}': ['get'],
  '/app/hook/deliveries/{delivery_id}/attempts': ['post'],
  '/app/installations': ['get'],
  '/app/installations/{installation_id}': ['get'],
  '/app/installations/{installation_id}/access_tokens': ['post'],
  '/app-manifests/{code}/conversions': ['post'],
  '/rate_limit': ['get'],
  '/user': ['get'],
};

/** octokit asks for this media type; the description names application/json alone. */
const OCTOKIT_MEDIA_TYPE = 'application/vnd.github.v3+json';

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('Give the path of api.github.com.json: node slim.mjs PATH');
const description = JSON.parse(readFileSync(source, 'utf8'));
const slim = { openapi: description.openapi, info: description.info, servers: description.servers, paths: {}, components: {} };
const copied = new Set();

function copyReferences(node) {
  if (node === null || typeof node !== 'object') return;
  if (typeof node.$ref === 'string' && !copied.has(node.$ref)) copyReference(node.$ref);
  for (const member of Object.values(node)) copyReferences(member);
}

function copyReference(reference) {
  copied.add(reference);
  const steps = reference
    .slice('#/'.length)
    .split('/')
    .map((step) => step.replace(/~1/g, '/').replace(/~0/g, '~'));
  const last = steps.pop();
  let from = description;
  let to = slim;
  for (const step of steps) {
    from = from[step];
    to[step] ??= {};
    to = to[step];
  }
  to[last] = from[last];
  copyReferences(from[last]);
}

function answerOctokit(node) {
  if (node === null || typeof node !== 'object') return;
  const json = node.content?.['application/json'];
  if (json !== undefined) node.content[OCTOKIT_MEDIA_TYPE] ??= json;
  for (const member of Object.values(node)) answerOctokit(member);
}

for (const [path, methods] of Object.entries(OPERATIONS)) {
  const item = description.paths[path];
  if (item === undefined) throw new Error(`${source} does not describe ${path}`);
  slim.paths[path] = Object.fromEntries(Object.entries(item).filter(([key]) => key === 'parameters' || methods.includes(key)));
  copyReferences(slim.paths[path]);
}
for (const item of Object.values(slim.paths)) for (const operation of Object.values(item)) answerOctokit(operation.responses);
answerOctokit(slim.components.responses);
writeFileSync(new URL('./slim.json', import.meta.url), JSON.stringify(slim));
