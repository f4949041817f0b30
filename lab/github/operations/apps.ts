import { type Answer, refusal } from '../answers.ts';
import type { Call, Plays, World } from './call.ts';

const MISSING = refusal(404, 'Not Found');

/** GitHub Apps: https://docs.github.com/rest/apps/apps */
export const APPS: Plays = {
  'get /app': (_call, world) => (world.app === undefined ? MISSING : { status: 200, body: world.shapes.app(world.app) }),
  'get /repos/{owner}/{repo}/installation': installationOf,
  'get /app/installations/{installation_id}': readInstallation,
  'post /app/installations/{installation_id}/access_tokens': createToken,
  'post /app-manifests/{code}/conversions': convertManifest,
  'post /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule': reviewDeployment,
  // Nothing runs here, and nothing is published.
  'get /repos/{owner}/{repo}/check-suites/{check_suite_id}': () => MISSING,
  'get /repos/{owner}/{repo}/releases/{release_id}': () => MISSING,
  'get /repos/{owner}/{repo}/actions/runs/{run_id}': () => MISSING,
  'get /rate_limit': (_call, { shapes }) => ({ status: 200, body: shapes.rateLimit() }),
};

function installationOf({ name }: Call, { app, shapes }: World): Answer {
  if (app === undefined || !app.isInstalledAt(`${name.owner}/${name.repo}`)) return MISSING;
  return { status: 200, body: shapes.installation(app) };
}

function readInstallation(call: Call, { app, shapes }: World): Answer {
  return app === undefined || isAnother(call, app.installation) ? MISSING : { status: 200, body: shapes.installation(app) };
}

function createToken(call: Call, { app, shapes }: World): Answer {
  if (app === undefined || isAnother(call, app.installation)) return MISSING;
  if (app.suspendedAt !== null) return refusal(403, 'This installation has been suspended');
  return { status: 201, body: shapes.installationToken(app.issue(), app.permissions) };
}

/** The code that GitHub's page sends to the address of the manifest; each may be used once. */
function convertManifest({ path }: Call, { manifests, shapes }: World): Answer {
  const app = manifests.get(path.code ?? '');
  if (app === undefined) return MISSING;
  manifests.delete(path.code ?? '');
  return { status: 201, body: shapes.convertedApp(app) };
}

/** https://docs.github.com/rest/actions/workflow-runs#review-custom-deployment-protection-rules-for-a-workflow-run */
function reviewDeployment({ name, path, body }: Call, { store }: World): Answer {
  const { environment_name: environment, state = null, comment = '' } = body as Readonly<Record<string, string | undefined>>;
  store.add({ kind: 'review', ...name, run: Number(path.run_id), environment: environment ?? '', state, comment });
  return { status: 204, body: undefined };
}

function isAnother({ path }: Call, installation: number): boolean {
  return path.installation_id !== String(installation);
}
