import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PROGRAMS } from './plan.mjs';
import { isExecutable, run, which } from './programs.mjs';
import { GO_TOOLS, toolInCache, variableOf } from './registry-tools.mjs';
import { temporalInCache } from './temporal.mjs';
import { timeSkippingServerInCache } from './time-skipping-server.mjs';

/** Where engines and network tools lie, which the PATH of an ordinary user leaves out. */
const SYSTEM_FOLDERS = '/usr/local/sbin:/usr/sbin:/sbin';

/** What there is on this machine, looked at and not touched. */
export async function gatherFacts(cache, environment = process.env) {
  const configured = environment.TEMPORAL_CLI || environment.TIDEGATE_TEMPORAL_CLI;
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    systemd: existsSync('/run/systemd/system'),
    apparmor:
      existsSync('/sys/module/apparmor/parameters/enabled') &&
      readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y'),
    programs: PROGRAMS.filter(
      (program) => which(program, [environment.PATH, SYSTEM_FOLDERS, ...postgresFolders()].join(':')) !== undefined,
    ),
    docker: await findDocker(environment),
    temporalAddress: environment.TEMPORAL_ADDRESS,
    temporalProgram: configured ?? which('temporal') ?? [temporalInCache(cache)].find(isExecutable),
    timeSkippingCached: isExecutable(timeSkippingServerInCache(cache)),
    pythonMakesEnvironments: await succeeds('python3', ['-c', 'import venv, ensurepip']),
    go: await findGo(),
    registryTools: findRegistryTools(cache, environment),
  };
}

/** Debian has a folder of programs for each version of PostgreSQL. */
function postgresFolders() {
  const root = '/usr/lib/postgresql';
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
}

async function findGo() {
  const path = which('go');
  if (path === undefined) return undefined;
  const answer = await run(path, ['env', 'GOVERSION'], { timeout: 10_000, env: { ...process.env, GOTOOLCHAIN: 'local' } }).catch(() => '');
  const version = /go(\d+\.\d+(?:\.\d+)?)/.exec(answer)?.[1];
  return version === undefined ? undefined : { path, version };
}

/** By name, where each is: as the environment says, on PATH, or built before. Any registry on PATH may be of another version. */
function findRegistryTools(cache, environment) {
  const found = GO_TOOLS.map((tool) => [
    tool.name,
    environment[variableOf(tool.name)] || (tool.program === tool.name && which(tool.name)) || [toolInCache(cache, tool)].find(isExecutable),
  ]);
  return Object.fromEntries(found.filter(([, path]) => path));
}

/** The engine that Docker's own client would use; `named` when the user chose it rather than the default, `silent` when that one does not answer. */
async function findDocker(environment) {
  const named = environment.DOCKER_HOST || (await contextHost(environment));
  if (named) return { address: named, named: true, ...((await answers(named)) ? {} : { silent: true }) };
  const usual = ['/var/run/docker.sock', join(homedir(), '.docker/run/docker.sock')].map((path) => `unix://${path}`);
  for (const address of usual) if (await answers(address)) return { address, named: false };
  return undefined;
}

/** The address of the chosen context; the default one chooses nothing. */
async function contextHost(environment) {
  const file = join(environment.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
  const chosen = environment.DOCKER_CONTEXT || (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).currentContext : undefined);
  if (!chosen || chosen === 'default' || which('docker') === undefined) return undefined;
  return (await run('docker', ['context', 'inspect', chosen, '--format', '{{.Endpoints.docker.Host}}'], { timeout: 5_000 })).trim();
}

/** An address that only Docker's client can reach (SSH, TLS) is asked through it. */
async function answers(address) {
  if (address.startsWith('unix://')) return pings(address.slice('unix://'.length));
  return which('docker') !== undefined && succeeds('docker', ['--host', address, 'version'], { timeout: 10_000 });
}

function pings(socketPath) {
  return new Promise((resolve) => {
    const request = get({ socketPath, path: '/_ping', timeout: 3_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}

function succeeds(program, args, options) {
  return run(program, args, options).then(
    () => true,
    () => false,
  );
}
