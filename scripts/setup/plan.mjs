import { planRegistryTools } from './plan-registry-tools.mjs';
import { DATABASE_TOOL, DEBIAN_TOOLS, LEAST_GO } from './registry-tools.mjs';

/** What a lab of separate Docker engines needs: any one of the programs, from this Debian package. */
const LAB_PARTS = [
  { programs: ['dockerd'], package: 'docker.io' },
  { programs: ['docker-registry', 'registry'], package: 'docker-registry' },
  { programs: ['ip'], package: 'iproute2' },
  { programs: ['iptables'], package: 'iptables' },
  { programs: ['tini', 'docker-init'], package: 'tini' },
  { programs: ['unshare'], package: 'util-linux' },
  { programs: ['nsenter'], package: 'util-linux' },
];

/** The programs that set-up looks for before it decides. */
export const PROGRAMS = [
  ...LAB_PARTS.flatMap((part) => part.programs),
  ...DEBIAN_TOOLS.map((tool) => tool.program),
  DATABASE_TOOL.program,
  ...['apt-get', 'apparmor_parser', 'java', 'mvn'],
];

const NOTHING = { kind: 'none', packages: [] };
const NO_REGISTRY_TOOLS = { go: { kind: 'none' }, found: {}, build: [], absent: [], packages: [] };

/**
 * Decides what is used and what must be obtained first. Takes what the user has before anything is installed. Pure: the
 * facts come from `facts.mjs`, and `carry-out.mjs` acts.
 */
export function planSetup(purpose, facts) {
  if (purpose === 'bench') return planBench(facts);
  const engine = planEngine(purpose, facts);
  if (engine.kind === 'none') return { refused: refusal(purpose, facts) };
  const temporal = planTemporal(purpose, facts);
  if (temporal.kind === 'none') return { refused: temporalRefusal(purpose) };
  const timeSkipping = purpose === 'test' ? planTimeSkipping(facts) : { kind: 'none', packages: [] };
  const packages = [...new Set([...engine.packages, ...temporal.packages, ...timeSkipping.packages])];
  const registryTools = purpose === 'test' ? withDatabase(planRegistryTools(facts), facts) : NO_REGISTRY_TOOLS;
  return { engine, temporal, timeSkipping, registryTools, packages, startsServices: facts.systemd && packages.includes('docker.io') };
}

/** Tests of the ledger in PostgreSQL are left out where it cannot be had, like those with clients of registries. */
function withDatabase(tools, facts) {
  const canInstall = facts.root && has(facts, 'apt-get');
  return has(facts, DATABASE_TOOL.program) || !canInstall ? tools : { ...tools, packages: [...tools.packages, DATABASE_TOOL.package] };
}

/** Measurements take a registry and clients of registries, and neither engine nor Temporal. */
function planBench(facts) {
  const registryTools = planRegistryTools(facts);
  const registry = LAB_PARTS.find((part) => part.package === 'docker-registry');
  const isThere = registry.programs.some((program) => has(facts, program));
  const packages = isThere || !(facts.root && has(facts, 'apt-get')) ? [] : [registry.package];
  const canBuildOne = registryTools.absent.every(({ name }) => name !== 'distribution');
  if (!isThere && packages.length === 0 && !canBuildOne) return { refused: benchRefusal(facts) };
  return { engine: NOTHING, temporal: NOTHING, timeSkipping: NOTHING, registryTools, packages, startsServices: false };
}

/**
 * An engine that the user names is taken. Otherwise engines of the lab's own are better, being separate hosts, as long as
 * nothing must be installed for them; then comes an engine that already runs; then installing.
 */
function planEngine(purpose, facts) {
  const canHaveLab = facts.platform === 'linux' && facts.root;
  const missing = missingForLab(facts);
  const lab = { kind: 'lab', packages: missing };
  if (purpose === 'test' || purpose === 'lab')
    return canHaveLab && (missing.length === 0 || has(facts, 'apt-get')) ? lab : { kind: 'none' };
  if (facts.docker?.silent) return { kind: 'none' };
  if (facts.docker?.named) return { kind: 'given', docker: facts.docker.address, packages: [] };
  if (canHaveLab && missing.length === 0) return lab;
  if (facts.docker) return { kind: 'given', docker: facts.docker.address, packages: [] };
  return canHaveLab && has(facts, 'apt-get') ? lab : { kind: 'none' };
}

function missingForLab(facts) {
  const missing = LAB_PARTS.filter((part) => !part.programs.some((program) => has(facts, program))).map((part) => part.package);
  // Without its parser, an engine refuses to run any container on a kernel that has AppArmor on.
  if (facts.apparmor && !has(facts, 'apparmor_parser')) missing.push('apparmor');
  return [...new Set(missing)];
}

function planTemporal(purpose, facts) {
  if (purpose === 'demo' && facts.temporalAddress) return { kind: 'address', address: facts.temporalAddress, packages: [] };
  if (facts.temporalProgram) return { kind: 'program', path: facts.temporalProgram, packages: [] };
  if (facts.pythonMakesEnvironments) return { kind: 'obtain', packages: [] };
  return facts.root && has(facts, 'apt-get') ? { kind: 'obtain', packages: ['python3-venv'] } : { kind: 'none' };
}

/** Where it cannot be had this way, the SDK downloads its own on first use. */
function planTimeSkipping(facts) {
  const wanted = facts.timeSkippingCached
    ? [['java', 'default-jre-headless']]
    : [
        ['java', 'default-jre-headless'],
        ['mvn', 'maven'],
      ];
  const packages = wanted.filter(([program]) => !has(facts, program)).map(([, name]) => name);
  if (packages.length > 0 && !(facts.root && has(facts, 'apt-get'))) return { kind: 'none', packages: [] };
  return { kind: facts.timeSkippingCached ? 'program' : 'obtain', packages };
}

function has(facts, program) {
  return facts.programs.includes(program);
}

const COMMAND = { demo: 'npm run demo', test: 'npm test', bench: 'npm run bench -- registry', lab: 'npm run bench -- switch' };

/** Whoever cannot do with an engine of the user's. */
const WHO_STARTS_ENGINES = { test: 'The tests start', lab: 'This measurement starts' };

function refusal(purpose, facts) {
  const missing = missingForLab(facts);
  const packages = [...missing, ...(facts.temporalProgram || facts.pythonMakesEnvironments ? [] : ['python3-venv'])];
  const install = [...(packages.length > 0 ? installCommands(packages) : []), `sudo env "PATH=$PATH" ${COMMAND[purpose]}`];
  const who = WHO_STARTS_ENGINES[purpose];
  if (who !== undefined) {
    const why = `${who} Docker engines of ${purpose === 'test' ? 'their' : 'its'} own, which takes Linux and root.`;
    return { why, commands: facts.platform === 'linux' && has(facts, 'apt-get') ? install : [inContainer(COMMAND[purpose])] };
  }
  if (facts.docker?.silent) return silentRefusal(facts.docker.address);
  const why = 'The demo needs a Docker engine, and none answers: DOCKER_HOST, the Docker context and the usual sockets were tried.';
  if (facts.platform !== 'linux') return { why, commands: ['docker desktop start', COMMAND[purpose]] };
  return { why, commands: has(facts, 'apt-get') ? install : ['sudo systemctl start docker', COMMAND[purpose]] };
}

/** Whoever names an engine means that one: another in its place would be a surprise. */
function silentRefusal(address) {
  const why = `The Docker engine that DOCKER_HOST or the Docker context names, ${address}, does not answer. Start it, or use what else is there.`;
  return { why, commands: [`env -u DOCKER_HOST DOCKER_CONTEXT=default ${COMMAND.demo}`] };
}

function temporalRefusal(purpose) {
  return {
    why: 'Temporal is missing: there is no TEMPORAL_ADDRESS, no temporal on PATH, and no Python that could install it.',
    commands: ['brew install temporal   # or, on Debian: sudo apt-get install --no-install-recommends -y python3-venv', COMMAND[purpose]],
  };
}

function benchRefusal(facts) {
  return {
    why: `The measurements need a registry, and there is neither docker-registry on PATH nor Go ${LEAST_GO} or later to build one.`,
    commands: [...(has(facts, 'apt-get') ? installCommands(['docker-registry', 'skopeo', 'time']) : ['brew install go']), COMMAND.bench],
  };
}

function installCommands(packages) {
  return ['sudo apt-get update', `sudo apt-get install --no-install-recommends -y ${packages.join(' ')}`];
}

function inContainer(command) {
  return `docker run --rm --privileged -v "$PWD":/source:ro -v /tmp node:22-bookworm sh -c 'git clone /source /tmp/tidegate && cd /tmp/tidegate && ${command}'`;
}
