import { describe, expect, it } from '@jest/globals';
import { planSetup, type SetupFacts, type SetupPlan, type SetupRefusal } from '../../scripts/setup/plan.mjs';

const lab = ['dockerd', 'docker-registry', 'ip', 'iptables', 'tini', 'unshare', 'nsenter'];

const bareDebian: SetupFacts = {
  platform: 'linux',
  root: true,
  systemd: false,
  apparmor: false,
  programs: ['apt-get', 'unshare', 'nsenter'],
  timeSkippingCached: false,
  pythonMakesEnvironments: false,
  registryTools: {},
};

const allRegistryTools = {
  distribution: '/cache/registry',
  crane: '/cache/crane',
  regctl: '/cache/regctl',
  oras: '/cache/oras',
  tlog: '/cache/oras',
};

const bareLaptop: SetupFacts = { ...bareDebian, platform: 'darwin', root: false, programs: [] };

function accepted(answer: SetupPlan | SetupRefusal): SetupPlan {
  if ('refused' in answer) throw new Error(answer.refused.why);
  return answer;
}

function refused(answer: SetupPlan | SetupRefusal): SetupRefusal['refused'] {
  if ('refused' in answer) return answer.refused;
  throw new Error('expected a refusal and saw a plan');
}

describe('set-up of the demo', () => {
  it('installs engines, registry, network tools and Python on a bare Debian machine, and no Java', () => {
    const plan = accepted(planSetup('demo', bareDebian));
    expect(plan.packages).toEqual(['docker.io', 'docker-registry', 'iproute2', 'iptables', 'tini', 'python3-venv']);
    expect(plan).toMatchObject({ engine: { kind: 'lab' }, temporal: { kind: 'obtain' }, startsServices: false });
  });

  it('installs nothing the second time', () => {
    const facts = { ...bareDebian, programs: [...lab, 'apt-get'], temporalProgram: '/cache/temporal' };
    expect(accepted(planSetup('demo', facts))).toMatchObject({ packages: [], temporal: { kind: 'program', path: '/cache/temporal' } });
  });

  it('says that systemd will start services, and only when Docker is installed', () => {
    expect(accepted(planSetup('demo', { ...bareDebian, systemd: true })).startsServices).toBe(true);
    expect(accepted(planSetup('demo', { ...bareDebian, systemd: true, programs: [...lab, 'apt-get'] })).startsServices).toBe(false);
  });

  it('takes the engine that the user names before its own', () => {
    const docker = { address: 'tcp://10.0.0.5:2375', named: true };
    const plan = accepted(planSetup('demo', { ...bareDebian, programs: [...lab, 'apt-get'], docker }));
    expect(plan.engine).toMatchObject({ kind: 'given', docker: docker.address });
  });

  it('refuses for the demo a named engine that does not answer, and does not put others in its place', () => {
    const docker = { address: 'unix:///nowhere.sock', named: true, silent: true };
    expect(planSetup('demo', { ...bareDebian, docker })).toMatchObject({
      refused: { why: expect.stringContaining('unix:///nowhere.sock') },
    });
    expect(accepted(planSetup('test', { ...bareDebian, docker })).engine).toMatchObject({ kind: 'lab' });
  });

  it('takes a running engine before it installs one', () => {
    const docker = { address: 'unix:///var/run/docker.sock', named: false };
    expect(accepted(planSetup('demo', { ...bareDebian, docker })).packages).toEqual(['python3-venv']);
    expect(accepted(planSetup('demo', { ...bareLaptop, docker, temporalProgram: '/usr/local/bin/temporal' })).packages).toEqual([]);
  });

  it('starts separate engines where that costs nothing, though the machine runs one of its own', () => {
    const docker = { address: 'unix:///var/run/docker.sock', named: false };
    expect(accepted(planSetup('demo', { ...bareDebian, programs: [...lab, 'apt-get'], docker })).engine.kind).toBe('lab');
  });

  it('obtains no Temporal where TEMPORAL_ADDRESS names a server', () => {
    const plan = accepted(planSetup('demo', { ...bareDebian, temporalAddress: 'temporal.example:7233' }));
    expect(plan.temporal).toMatchObject({ kind: 'address', address: 'temporal.example:7233' });
    expect(plan.packages).not.toContain('python3-venv');
  });

  it('adds the AppArmor parser only where the kernel asks for it', () => {
    expect(accepted(planSetup('demo', { ...bareDebian, apparmor: true })).packages).toContain('apparmor');
    expect(accepted(planSetup('demo', bareDebian)).packages).not.toContain('apparmor');
  });

  it('prints the commands that would do it where it may not install', () => {
    const { why, commands } = refused(planSetup('demo', { ...bareDebian, root: false }));
    expect(why).toContain('Docker engine');
    expect(commands).toEqual([
      'sudo apt-get update',
      'sudo apt-get install --no-install-recommends -y docker.io docker-registry iproute2 iptables tini python3-venv',
      'sudo env "PATH=$PATH" npm run demo',
    ]);
  });

  it('says how to get Temporal where there is an engine and no Python', () => {
    const docker = { address: 'unix:///var/run/docker.sock', named: false };
    expect(refused(planSetup('demo', { ...bareLaptop, docker })).commands.join('\n')).toContain('brew install temporal');
  });
});

describe('set-up of the tests', () => {
  it('also installs Java and Maven for the time-skipping server', () => {
    const plan = accepted(planSetup('test', bareDebian));
    expect(plan.packages).toEqual(expect.arrayContaining(['docker.io', 'python3-venv', 'default-jre-headless', 'maven']));
    expect(plan.timeSkipping.kind).toBe('obtain');
  });

  it('needs no Maven once the server is in the cache', () => {
    const plan = accepted(planSetup('test', { ...bareDebian, timeSkippingCached: true }));
    expect(plan.packages).toContain('default-jre-headless');
    expect(plan.packages).not.toContain('maven');
  });

  it('starts its own Temporal whatever TEMPORAL_ADDRESS says', () => {
    expect(accepted(planSetup('test', { ...bareDebian, temporalAddress: 'temporal.example:7233' })).temporal.kind).toBe('obtain');
  });

  it('never touches an engine of the user', () => {
    const docker = { address: 'unix:///var/run/docker.sock', named: true };
    expect(accepted(planSetup('test', { ...bareDebian, docker })).engine.kind).toBe('lab');
    expect(refused(planSetup('test', { ...bareLaptop, docker })).commands.join('\n')).toContain('docker run --rm --privileged');
  });

  it('installs PostgreSQL for ledgers in it, and does without where it may not', () => {
    const packages = (facts: Partial<SetupFacts>) => accepted(planSetup('test', { ...bareDebian, ...facts })).registryTools.packages;
    expect(packages({})).toContain('postgresql');
    expect(packages({ programs: [...bareDebian.programs, 'postgres'] })).not.toContain('postgresql');
    expect(accepted(planSetup('demo', bareDebian)).registryTools.packages).toEqual([]);
  });

  it('are wanted by measurements of deployments too, with Temporal and without clients of registries', () => {
    const plan = accepted(planSetup('lab', bareDebian));
    expect(plan).toMatchObject({ engine: { kind: 'lab' }, temporal: { kind: 'obtain' }, timeSkipping: { kind: 'none' } });
    expect(plan.registryTools.build).toEqual([]);
    const said = refused(planSetup('lab', bareLaptop));
    expect(said.why).toBe('This measurement starts Docker engines of its own, which takes Linux and root.');
    expect(said.commands.join('\n')).toContain('npm run bench -- switch');
  });
});

describe('the registry tools of tests and measurements', () => {
  const tools = (facts: Partial<SetupFacts>, purpose: 'test' | 'bench' | 'demo' = 'test') =>
    accepted(planSetup(purpose, { ...bareDebian, ...facts })).registryTools;
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

  it('are built with the Go on PATH where it is new enough, and nothing else is obtained for that', () => {
    const plan = tools({ go: { path: '/usr/local/go/bin/go', version: '1.26.7' } });
    expect(plan.go).toEqual({ kind: 'program', path: '/usr/local/go/bin/go' });
    expect(names(plan.build)).toEqual(['distribution', 'crane', 'regctl', 'oras', 'tlog']);
    expect(plan.packages).toEqual(['skopeo', 'time', 'postgresql']);
  });

  it.each(['1.19', '1.25.9', '1.26.6'])('are built with a Go of their own where the one on PATH is %s', (version) => {
    const plan = tools({ go: { path: '/usr/bin/go', version }, pythonMakesEnvironments: true });
    expect(plan.go).toEqual({ kind: 'wheel' });
    expect(plan.packages).not.toContain('python3-venv');
  });

  it.each(['1.26.7', '1.26.10', '1.27', '2.0'])('are built with Go %s', (version) => {
    expect(tools({ go: { path: '/usr/bin/go', version } }).go.kind).toBe('program');
  });

  it('take Python where there is neither Go nor Python', () => {
    expect(tools({}).packages).toContain('python3-venv');
  });

  it('are not built again, and need no Go then', () => {
    const plan = tools({ registryTools: allRegistryTools, programs: [...bareDebian.programs, 'skopeo', 'time', 'postgres'] });
    expect(plan).toEqual({ go: { kind: 'none' }, found: allRegistryTools, build: [], absent: [], packages: [] });
  });

  it('are built one by one: those of the user stay', () => {
    const plan = tools({ registryTools: { crane: '/usr/local/bin/crane' }, pythonMakesEnvironments: true });
    expect(names(plan.build)).toEqual(['distribution', 'regctl', 'oras', 'tlog']);
    expect(plan.found).toEqual({ crane: '/usr/local/bin/crane' });
  });

  it('are absent where nothing can build them, and that refuses no tests', () => {
    const facts = { programs: lab, temporalProgram: '/usr/bin/temporal' };
    const plan = tools(facts);
    expect(names(plan.absent)).toEqual(['distribution', 'crane', 'regctl', 'oras', 'tlog']);
    expect(plan).toMatchObject({ build: [], packages: [] });
  });

  it('are no matter of the demo', () => {
    expect(tools({ pythonMakesEnvironments: true }, 'demo')).toMatchObject({ build: [], absent: [], packages: [] });
  });

  it('are all that measurements need beside a registry: no engine, no Temporal', () => {
    const plan = accepted(planSetup('bench', bareDebian));
    expect(plan.packages).toEqual(['docker-registry']);
    expect(plan).toMatchObject({ engine: { kind: 'none' }, temporal: { kind: 'none' }, registryTools: { go: { kind: 'wheel' } } });
  });

  it('refuse measurements, with what to type, where no registry can be had', () => {
    expect(refused(planSetup('bench', bareLaptop)).commands).toEqual(['brew install go', 'npm run bench -- registry']);
    expect(refused(planSetup('bench', { ...bareDebian, root: false })).commands).toContain(
      'sudo apt-get install --no-install-recommends -y docker-registry skopeo time',
    );
  });

  it('let measurements go on with any registry that is there', () => {
    const elsewhere = { ...bareLaptop, programs: ['docker-registry'] };
    expect(accepted(planSetup('bench', elsewhere)).packages).toEqual([]);
    expect(accepted(planSetup('bench', { ...bareLaptop, registryTools: allRegistryTools })).packages).toEqual([]);
  });
});
