import { DEBIAN_TOOLS, GO_TOOLS, LEAST_GO } from './registry-tools.mjs';

/**
 * Decides which registry tools are taken, which are built and which cannot be had. Nothing that must run needs them: what
 * needs one is left out, with a reason, where it is missing.
 */
export function planRegistryTools(facts) {
  const canInstall = facts.root && facts.programs.includes('apt-get');
  const found = GO_TOOLS.filter(({ name }) => facts.registryTools[name] !== undefined);
  const missing = GO_TOOLS.filter((tool) => !found.includes(tool));
  const go = missing.length === 0 ? { kind: 'none' } : planGo(facts, canInstall);
  const wanted = [...DEBIAN_TOOLS.filter(({ program }) => !facts.programs.includes(program)).map((tool) => tool.package)];
  if (go.kind === 'wheel' && !facts.pythonMakesEnvironments) wanted.push('python3-venv');
  return {
    go,
    found: Object.fromEntries(found.map(({ name }) => [name, facts.registryTools[name]])),
    build: go.kind === 'none' ? [] : missing,
    absent: go.kind === 'none' ? missing : [],
    packages: canInstall ? wanted : [],
  };
}

function planGo({ go, pythonMakesEnvironments }, canInstall) {
  if (go !== undefined && isAtLeast(go.version, LEAST_GO)) return { kind: 'program', path: go.path };
  return pythonMakesEnvironments || canInstall ? { kind: 'wheel' } : { kind: 'none' };
}

function isAtLeast(version, least) {
  const [seen, wanted] = [version, least].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  const first = wanted.findIndex((part, place) => part !== (seen[place] ?? 0));
  return first < 0 || (seen[first] ?? 0) > wanted[first];
}
