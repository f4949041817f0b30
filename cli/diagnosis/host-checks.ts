import { inspectImage } from '../../adapters/docker/inspect-image.ts';
import type { Installation } from '../../config/installation.ts';
import type { HostSettings } from '../../config/settings/host.ts';
import { printImage } from '../../domain/image.ts';
import type { HostConnection } from '../../worker/connect-hosts.ts';
import type { Environment } from '../environment.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';
import { connectHost } from './each-host.ts';
import { routerPorts } from './router-check.ts';

type Docker = HostConnection['docker'];

/** Docker 20.10. */
const LEAST_API = '1.41';
const SKEW_MS = 5_000;

/** Each host's engine by itself: one that is down says so and keeps no other from being checked. */
export function hostChecks(installation: Installation, environment: Environment): readonly Check[] {
  return installation.hosts.flatMap((host) => {
    const ask = async (look: (docker: Docker, signal: AbortSignal) => Promise<Finding>, signal: AbortSignal) =>
      look((await connectHost(installation, host, environment)).docker, signal);
    const wayOut = `see that the Docker engine of ${host.name} runs and can be reached from here`;
    return [
      { name: `host ${host.name}`, wayOut, look: (signal: AbortSignal) => ask(engine, signal) },
      {
        name: `router on ${host.name}`,
        wayOut,
        look: (signal: AbortSignal) => ask((docker, abort) => routerPorts(docker, installation, host, abort), signal),
      },
      {
        name: `router image on ${host.name}`,
        wayOut,
        look: (signal: AbortSignal) => ask((docker, abort) => routerImage(docker, installation, host, abort), signal),
      },
    ];
  });
}

async function engine(docker: Docker, signal: AbortSignal): Promise<Finding> {
  const asked = Date.now();
  const [version, info] = await Promise.all([get(docker, '/version', signal), get(docker, '/info', signal)]);
  const skew = Math.abs(Date.parse(String(info.SystemTime)) - (asked + Date.now()) / 2);
  const live = info.LiveRestoreEnabled === true;
  const api = String(version.ApiVersion);
  const text = `engine ${version.Version}, API ${api}, live-restore ${live ? 'on' : 'off'}`;
  if (!reaches(api, LEAST_API)) return fail(`${text}: too old`, `install an engine with API ${LEAST_API} (Docker 20.10) or later`);
  if (skew > SKEW_MS) return warn(`${text}; its clock is ${Math.round(skew / 1000)} s off`, 'run a time service there, such as chrony');
  if (!live) return warn(text, 'set "live-restore": true in its daemon.json, so that containers outlive a restart of the engine');
  return ok(text);
}

/** API versions count their second part as a whole number: 1.100 comes after 1.41. */
function reaches(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

async function routerImage(docker: Docker, installation: Installation, host: HostSettings, abortSignal: AbortSignal): Promise<Finding> {
  const name = printImage(installation.router.image);
  try {
    await inspectImage(docker, name, abortSignal);
    return ok(`${name} is there`);
  } catch (error) {
    if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 404)) throw error;
    return warn(`${name} is not there yet`, `the first deployment pulls it; 'docker pull ${name}' on ${host.name} shows whether it can`);
  }
}

/** dockerode's own calls of these take no signal, and would leave a silent connection open. */
function get(docker: Docker, path: string, abortSignal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    docker.modem.dial({ path, method: 'GET', abortSignal, statusCodes: { 200: true, 500: 'server error' } }, (error, answer) => {
      if (error) reject(error);
      else resolve(typeof answer === 'object' && answer !== null ? { ...answer } : {});
    });
  });
}
