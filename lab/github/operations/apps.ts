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
  // Nothing is checked here, and nothing is published.
  'get /repos/{owner}/{repo}/check-suites/{check_suite_id}': () => MISSING,
  'get /repos/{owner}/{repo}/releases/{release_id}': () => MISSING,
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

function isAnother({ path }: Call, installation: number): boolean {
  return path.installation_id !== String(installation);
}
