import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentPolicy, findApplication } from '../../config/environment-policy.ts';
import { InstallationInvalid } from '../../config/errors.ts';
import { loadInstallation, parseInstallation } from '../../config/installation-file.ts';
import { documentedExample, ROUTER, SMALL_INSTALLATION } from './documents.ts';

const read = (text: string | Uint8Array) => parseInstallation(text, '/etc/tidegate/tidegate.yaml', 'tidegate.yaml');

function problemsOf(text: string | Uint8Array): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof InstallationInvalid) return error.message;
    throw error;
  }
  throw new Error('the file was accepted');
}

const small = (from: string, to: string) => {
  expect(SMALL_INSTALLATION).toContain(from);
  return SMALL_INSTALLATION.replace(from, to);
};

describe('tidegate.yaml', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidegate-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read as the manual shows it', () => {
    const installation = read(documentedExample('tidegate.yaml'));
    expect(installation.hosts.map((host) => host.docker)).toEqual([
      { kind: 'unix', path: '/var/run/docker.sock' },
      {
        kind: 'tcp',
        host: '10.0.0.11',
        port: 2376,
        tls: { ca: '/etc/tidegate/tls/ca.pem', certificate: '/etc/tidegate/tls/client.pem', key: '/etc/tidegate/tls/client.key' },
      },
      { kind: 'ssh', user: 'deploy', host: '10.0.0.12', port: 22 },
      { kind: 'context', name: 'production-3' },
    ]);
    expect(installation.hosts.map((host) => [host.address, host.port, host.site])).toEqual([
      ['127.0.0.1', 80, 'default'],
      ['10.0.0.11', 80, 'default'],
      ['10.0.0.12', 80, 'west'],
      ['10.0.0.13', 8080, 'default'],
    ]);
    expect(installation.registries[0]).toMatchObject({ password: '${env:REGISTRY_PASSWORD}', mirrors: [], tokenHosts: [] });
    expect(installation.registries[1]).toMatchObject({
      ca: '/etc/tidegate/tls/vault-ca.pem',
      certificate: '/etc/tidegate/tls/tidegate.pem',
      key: '/etc/tidegate/tls/tidegate.key',
      mirrors: ['10.0.0.1:5000'],
      tokenHosts: ['sign-in.example.org'],
    });
    expect(installation.applications[0]?.source).toEqual({ git: '/etc/shop' });
  });

  it('needs little, and fills in the rest', () => {
    const installation = read(SMALL_INSTALLATION);
    expect(installation).toMatchObject({
      name: 'demo',
      directory: '/etc/tidegate',
      data: '/etc/tidegate/.tidegate',
      server: { address: '127.0.0.1', port: 7420 },
      temporal: { namespace: 'default' },
      sites: ['default'],
      build: { host: 'one', platforms: {} },
      tests: { host: 'one' },
      people: [],
      groups: [],
      roles: [],
      tokens: { longestMs: 90 * 86_400_000 },
    });
    expect(installation).not.toHaveProperty('github');
    expect(installation.temporal).not.toHaveProperty('address');
  });

  it('is loaded from a file, with paths from its folder', async () => {
    const file = join(folder, 'tidegate.yaml');
    writeFileSync(file, SMALL_INSTALLATION);
    expect((await loadInstallation(file)).data).toBe(join(folder, '.tidegate'));
  });

  it('tells that it is not there, or is a folder', async () => {
    await expect(loadInstallation(join(folder, 'none.yaml'))).rejects.toThrow(/Cannot read .*none\.yaml: there is no such file/);
    await expect(loadInstallation(folder)).rejects.toThrow(/it is a folder/);
  });

  it('gives every problem at once, each with its place, its line and a way out', () => {
    const text = small("docker: 'unix:///var/run/docker.sock'", 'dokcer: 3, port: "80"').replace('version: 1', 'version: 2');
    const message = problemsOf(text);
    expect(message).toContain('tidegate.yaml:1:10 version: expected 1, the only version of this file, saw 2');
    expect(message).toContain('tidegate.yaml:6:18 hosts[0].dokcer: unknown key');
    expect(message).toContain('hint: did you mean docker?');
    expect(message).toMatch(/tidegate\.yaml:6:5 hosts\[0\]\.docker: is missing; expected an engine as a URL or \{ context: name \}/);
    expect(message).toMatch(/tidegate\.yaml:6:35 hosts\[0\]\.port: expected a port, 1 to 65535, saw "80"/);
    expect(message).toContain('hint: take the quotes away');
    expect(message).toContain('  6 |   - { name: one, dokcer: 3, port: "80" }\n    |                  ^');
  });

  it('refuses certificates without a port for TLS, a port that is taken, and a name that is there twice', () => {
    const one = "{ name: a, chain: '${file:a.pem}', key: '${file:a.key}' }";
    const tls = (more: string, router = '') =>
      problemsOf(
        small('hosts: [one] }', `hosts: [one], tls: { certificates: [${more}] } }`).replace(
          `image: '${ROUTER}'`,
          `image: '${ROUTER}'${router}`,
        ),
      );
    expect(tls(one)).toContain('environments[0].tls: has certificates, and one has no port for TLS');
    expect(tls(one, ', https: 80')).toContain('hosts[0]: one would have port 80 for TLS and for something else');
    expect(tls(`${one}, ${one}`, ', https: 443')).toContain('certificates[1].name: a is there twice');
    expect(tls("{ name: a, chain: 'PEM', key: '${file:a.key}' }", ', https: 443')).toContain('is a secret in plain text');
  });

  it('refuses a port for TCP that is the port for HTTP, or is there twice', () => {
    const tcp = (ports: string) => problemsOf(small(`image: '${ROUTER}'`, `image: '${ROUTER}', tcp: ${ports}`));
    expect(tcp('[80]')).toContain('router.tcp[0]: 80 is the port for HTTP on one already');
    expect(tcp('[5432, 5432]')).toContain('router.tcp[1]: 5432 is named twice');
  });

  it.each([
    ['plain text as a secret', "password: 'hunter2', username: x", 'is a secret in plain text'],
    ['a number as a secret', 'password: 8675309, username: x', 'expected a secret as ${env:NAME} or ${file:PATH}'],
    ['a reference with text around it', "password: 'x${env:A}', username: x", 'is a secret in plain text'],
    ['an unknown kind of reference', "password: '${vault:a}', username: x", "'vault' is no kind of secret"],
    ['a password without a name', "password: '${env:A}'", 'registries[0].username: is missing; username and password belong together'],
    ['a scheme in an address', "password: '${env:A}', username: x, address: 'http://r:5000'", 'Map keys must be unique'],
  ])('refuses %s in a registry', (_, members, reason) => {
    expect(problemsOf(small("address: '10.0.0.1:5000'", `address: '10.0.0.1:5000', ${members}`))).toContain(reason);
  });

  it.each([
    'password: hunter2',
    'password: "hunter2"',
    "password: 'hunter2', username: 3",
    'password: !hunter2 x',
    'password: *hunter2',
    '"password": hunter2 , zzz: 1',
    'password: "hunter2',
    'pasword: hunter2, password: [hunter2',
  ])('never repeats a secret that stands in it: %s', (members) => {
    const message = problemsOf(small("address: '10.0.0.1:5000'", `address: '10.0.0.1:5000', ${members}`));
    if (!members.startsWith('pasword')) expect(message).not.toContain('hunter2');
  });

  it.each([
    'password:\n      hunter2',
    'password: |\n      hunter2',
    'password: >-\n      hunter2',
    'password: # see below\n      hunter2: 3',
  ])('never repeats a secret that stands on a line of its own: %s', (members) => {
    const text = SMALL_INSTALLATION.replace(
      /registries: .*\n/,
      `registries:\n  - name: main\n    address: r:5000\n    username: x\n    ${members}\n`,
    );
    expect(problemsOf(text)).not.toContain('hunter2');
  });

  it.each([
    ['version: 1', 'version: 1\nversion: 1', /2:1: Map keys must be unique/],
    ['name: one', '__proto__: {}, name: one', /6:7: __proto__ cannot be a key/],
    ['name: one', '<<: {}, name: one', /merge keys are not read/],
    ['name: one', 'name: !!js/function x', /Unresolved tag/],
    ['name: one', 'name: *one', /6:13: an alias without an anchor/],
    ['name: one', 'name: &a one, labels: &b { x: *b }', /6:\d+: an alias within its own anchor/],
    ['version: 1', '%YAML 1.1\n---\nversion: 1', /YAML 1.1 is not read/],
    ['hosts: [one] }\n', 'hosts: [one] }\n---\nversion: 1', /11:1: Source contains multiple documents/],
    ['hosts: [one]', 'hosts: []', /environments\[0\]\.hosts: expected at least 1 members, saw an empty list/],
    ['hosts: [one]', 'hosts: [one, one]', /environments\[0\]\.hosts\[1\]: one is named twice/],
    ['hosts: [one]', 'hosts: [oen]', /no host is named oen[\s\S]*did you mean one\?/],
    ['hosts: [one]', 'hosts: one', /hosts: expected a list, saw "one"/],
    ['hosts: [one]', 'hosts: [one], bake:', /10:39 environments\[0\]\.bake: has no value; expected a duration such as '30s'/],
    ['hosts: [one]', 'hosts: [one], bake: 30', /expected a duration such as '30s', saw 30[\s\S]*write '30' in quotes/],
    ['hosts: [one]', 'hosts: [one], bake: 1e3s', /is no duration[\s\S]*500ms, 30s/],
    ['hosts: [one]', 'hosts: [one], alarms: [{ name: a }]', /alarms\[0\]: expected exactly one of http, raisedBy, webhook/],
    [
      'hosts: [one]',
      "hosts: [one], alarms: [{ name: a, raisedBy: [r], webhook: { header: authorization, secrets: ['${env:A}'] } }]",
      /alarms\[0\]: expected exactly one of/,
    ],
    [
      'hosts: [one]',
      'hosts: [one], alarms: [{ name: a, webhook: { header: authorization, secrets: [open] } }]',
      /secrets\[0\]: is a secret in plain text/,
    ],
    ['hosts: [one]', "hosts: [one], alarms: [{ name: a, webhook: { header: x-other, secrets: ['${env:A}'] } }]", /webhook\.header/],
    [
      'hosts: [one]',
      'hosts: [one], alarms: [{ name: a, webhook: { header: authorization, secrets: [] } }]',
      /secrets: expected at least 1/,
    ],
    ['hosts: [one]', 'hosts: [one], alarms: [{ name: a, http: { url: ftp://x } }]', /alarms\[0\]\.http\.url: is no http or https URL/],
    ['hosts: [one]', "hosts: [one], alarms: [{ name: a, http: { url: 'https://u:p@x/' } }]", /url: holds credentials[\s\S]*plans show it/],
    ['hosts: [one]', 'hosts: [one], alarms: [{ name: a, raisedBy: [] }]', /raisedBy: expected at least 1/],
    [
      'hosts: [one]',
      'hosts: [one], alarms: [{ name: a, raisedBy: [r] }, { name: a, raisedBy: [r] }]',
      /alarms\[1\]\.name: a is there twice/,
    ],
    ['hosts: [one]', 'hosts: [one], bake: 0s, alarms: [{ name: a, raisedBy: [r] }]', /alarms: nobody hears an alarm without a bake time/],
    ['hosts: [one]', 'hosts: [one], bake: 8d', /is out of range: between 0s and 7d/],
    ['installation: demo', 'installation: Demo', /installation: is no name[\s\S]*lower case/],
    ['installation: demo', 'installation: ../x', /installation: is no name/],
    ['installation: demo', 'installation: constructor', /installation: is no name/],
    ['installation: demo', 'installation: d\u0435mo', /installation: is no name/],
    ['installation: demo', 'installation: 1.10', /saw 1\.1[\s\S]*write '1\.10' in quotes/],
    ['installation: demo', 'installation: no', /^(?!)/],
    ["'10.0.0.1:5000'", "'http://10.0.0.1:5000'", /is no registry address[\s\S]*plainHttp/],
    ["'10.0.0.1:5000'", "'10.0.0.1:99999'", /is no registry address/],
    ["'10.0.0.1:5000'", "'999.0.0.1:5000'", /is no registry address/],
    ["address: '10.0.0.1:5000'", "address: '10.0.0.1:5000', plainHttp: yes", /expected true or false, saw "yes"[\s\S]*YAML 1\.2/],
    ["'10.0.0.1:5000'", 'index.docker.io', /do not name index\.docker\.io[\s\S]*write docker\.io/],
    ["address: '10.0.0.1:5000'", 'address: r, certificate: a.pem', /registries\[0\]\.key: is missing; certificate and key belong together/],
    ["address: '10.0.0.1:5000'", 'address: r, plainHttp: true, ca: a.pem', /registries\[0\]\.ca: is for TLS, and plainHttp/],
    ["address: '10.0.0.1:5000'", 'address: r, mirrors: [m, r]', /registries\[0\]\.mirrors\[1\]: r is the registry itself/],
    ["address: '10.0.0.1:5000'", "address: r, mirrors: ['https://m']", /mirrors\[0\]: "https:\/\/m" is no registry address/],
    ["address: '10.0.0.1:5000'", 'address: r, mirrors: [m, m]', /mirrors\[1\]: m is named twice/],
    ["address: '10.0.0.1:5000'", 'address: r, tokenHosts: [a/b]', /tokenHosts\[0\]: "a\/b" is no address/],
    [
      "address: '10.0.0.1:5000' }",
      'address: r }, { name: main, address: r }',
      /registries\[1\]\.name: main is there twice[\s\S]*registries\[1\]\.address: r is there twice/,
    ],
    ["docker: 'unix:///var/run/docker.sock'", 'docker: tcp://10.0.0.9:2375', /without TLS gives root[\s\S]*ssh:/],
    ["docker: 'unix:///var/run/docker.sock'", 'docker: unix://run/docker.sock', /needs an absolute path/],
    ["docker: 'unix:///var/run/docker.sock'", 'docker: npipe:////./pipe/x', /is no engine that Tidegate can reach/],
    ["docker: 'unix:///var/run/docker.sock'", 'docker: ssh://-oProxyCommand=x', /is no ssh/],
    ["docker: 'unix:///var/run/docker.sock'", 'docker: { contex: x }', /docker\.contex: unknown key[\s\S]*did you mean context\?/],
    ["docker: 'unix:///var/run/docker.sock'", 'docker: { context: x }', /hosts\[0\]\.address: is missing/],
    ["docker: 'unix:///var/run/docker.sock'", "docker: 'unix:///x', tls: { ca: a, certificate: b, key: c }", /tls: belongs to tcp/],
    ["docker: 'unix:///var/run/docker.sock'", "docker: 'unix:///x', site: mars", /no site is named mars/],
    ['git: ../shop', "git: 'ext::sh -c id'", /names a remote helper/],
    ['git: ../shop', "git: '--upload-pack=x'", /is no source of git/],
    ['git: ../shop', "git: 'https://me:pw@x.example/r'", /holds credentials/],
    ['git: ../shop }', 'git: ../shop }, pipeline: ../../etc/passwd', /leads out of its folder/],
    [
      'git: ../shop }',
      'git: ../shop }, github: { repository: a/b }',
      /applications\[0\]\.github: nothing can be told to GitHub, as github names nobody who may/,
    ],
    [
      'git: ../shop }',
      "git: ../shop }, triggers: [{ on: push, branches: ['!main', '!next'] }]",
      /triggers\[0\]\.branches: takes out and lets nothing in[\s\S]*write '\*\*' first: \['\*\*', '!main'\]/,
    ],
    ['@sha256:', ':', /has no digest of sha256|is no image/],
  ])('refuses %s as %s', (from, to, reason) => {
    if (to === 'installation: no') expect(read(small(from, to)).name).toBe('no');
    else expect(problemsOf(small(from, to))).toMatch(reason);
  });

  it('may have the source of an application read through GitHub, in its own repository or another', () => {
    const withGitHub = (source: string, more = '') =>
      `${small('source: { git: ../shop }', `source: ${source}${more}`)}\ngithub: { token: '\${env:GITHUB_TOKEN}' }\n`;
    expect(read(withGitHub('{ github: acme/shop }')).applications[0]?.source).toEqual({ github: 'acme/shop' });
    const at = (api: string) => withGitHub('{ github: acme/shop }').replace('github: { token', `github: { api: '${api}', token`);
    expect(problemsOf(at('https://github.com/'))).toMatch(/github\.api: is GitHub's pages and not its API/);
    expect(problemsOf(at('https://octocorp.ghe.com'))).toMatch(/write https:\/\/api\.octocorp\.ghe\.com/);
    expect(read(at('https://api.octocorp.ghe.com')).github?.api).toBe('https://api.octocorp.ghe.com');
    expect(read(at('https://github.example.com/api/v3')).github?.api).toBe('https://github.example.com/api/v3');
    const own = read(withGitHub('github', ', github: { repository: acme/web }'));
    expect(own.applications[0]?.source).toEqual({ github: 'acme/web' });
    expect(problemsOf(withGitHub('github'))).toMatch(/source: names no repository/);
    expect(problemsOf(withGitHub('gitlab'))).toMatch(/source: .*is no source/);
    expect(problemsOf(withGitHub('{ github: shop }'))).toMatch(/is no GitHub repository/);
    expect(problemsOf(withGitHub('{ git: ../shop, github: acme/shop }'))).toMatch(/cannot be given beside github/);
    expect(problemsOf(withGitHub('{}'))).toMatch(/is missing; give git or github/);
    expect(problemsOf(small('source: { git: ../shop }', 'source: { github: acme/shop }'))).toMatch(/the installation names none/);
  });

  describe('guards of an application on GitHub', () => {
    const APP = "app: { id: 1, key: '${env:KEY}', webhookSecret: '${env:SECRET}' }";
    const guarded = (guards: string, github = APP) =>
      small('git: ../shop }', `git: ../shop }, github: { repository: a/b, guards: ${guards} }`).replace(
        'hosts:',
        () => `github: { ${github} }\nhosts:`,
      );

    it('stand for the environment of the same name, unless they say which', () => {
      const guards = '[{ environment: production }, { environment: production, github: Live EU }]';
      expect(read(guarded(guards)).applications[0]?.github?.guards).toEqual([
        { environment: 'production', github: 'production' },
        { environment: 'production', github: 'Live EU' },
      ]);
    });

    it.each([
      ['[{ environment: mars }]', APP, /guards\[0\]\.environment: no environment is named mars/],
      [
        '[{ environment: production }, { environment: production, github: Production }]',
        APP,
        /guards\[1\].*Production on GitHub stands for production twice/,
      ],
      ['[{ environment: production }]', "token: '${env:TOKEN}'", /only a GitHub App can be a protection rule/],
      ['[{ environment: production }]', "app: { id: 1, key: '${env:KEY}' }", /whose webhooks nobody would believe/],
    ])('of %s with %s are refused', (guards, github, reason) => {
      expect(problemsOf(guarded(guards, github))).toMatch(reason);
    });
  });

  it('does not repeat credentials of a URL', () => {
    expect(problemsOf(small('git: ../shop', "git: 'https://me:hunter2@x.example/r'"))).not.toContain('hunter2');
  });

  it('accepts engines without TLS on this machine alone', () => {
    expect(read(small("docker: 'unix:///var/run/docker.sock'", 'docker: tcp://127.0.0.1:2375')).hosts[0]?.address).toBe('127.0.0.1');
  });

  it('asks where to build when there is more than one host', () => {
    const two = small('applications:', "  - { name: two, docker: 'unix:///two.sock' }\napplications:");
    expect(problemsOf(two)).toContain('build: is missing; with more than one host');
    expect(read(`${two}build: { host: two }\n`).tests.host).toBe('two');
    expect(problemsOf(`${two}build: { host: tow }\n`)).toContain('did you mean two?');
    const platforms = (text: string) => `${two}build: { host: one, platforms: { ${text} } }\n`;
    expect(read(platforms('linux/arm64: two')).build).toEqual({ host: 'one', platforms: { 'linux/arm64': 'two' } });
    expect(problemsOf(platforms('linux/arm64: tow'))).toContain('did you mean two?');
    expect(problemsOf(platforms('arm64: two'))).toContain('is no platform');
  });

  it('refuses gates that nobody can open', () => {
    const gate = (rule: string, more = '') =>
      problemsOf(`${small('hosts: [one]', `hosts: [one], protection: { approval: ${rule} }`)}${more}`);
    expect(gate('{ approvers: [] }')).toContain('approvers: names nobody who may approve');
    expect(gate('{ approvers: [rita], count: 2 }')).toContain('count: 2 approvals cannot come from 1 approvers');
    expect(gate('{ approvers: [rita], count: 0 }')).toContain('expected at least 1, saw 0');
    expect(gate('{ approvers: [rita, rita] }')).toContain('rita is named twice');
    expect(gate('{ approvers: [rita], deadline: 9999d }')).toContain('is out of range');
    expect(gate('{ approvers: [rta] }', "people: [{ name: rita, token: '${env:T}' }]\n")).toContain('did you mean rita?');
    expect(gate('{ count: 1, groups: [{ group: ops }] }')).toContain('is of approvers, and there are none');
    expect(gate('{ groups: [{ group: ops }, { group: ops }] }')).toContain('ops is named twice');
    const people = "people: [{ name: rita, token: '${env:T}' }]\ngroups: [{ name: ops, people: [rita] }]\n";
    expect(gate('{ groups: [{ group: opps }] }', people)).toContain('groups[0]: no group is named opps');
    expect(gate('{ groups: [{ group: ops, count: 2 }] }', people)).toContain('2 approvals cannot come from the one person of ops');
    expect(() => gate('{ groups: [{ group: ops }] }', people)).toThrow('the file was accepted');
    expect(gate('{ approvers: [rita], form: { type: string } }')).toContain('is no schema of an object');
    expect(gate('{ approvers: [rita], form: { type: object, $ref: "x" } }')).toContain('refers to other schemas');
  });

  it('refuses windows that never open, and what no calendar and no clock has', () => {
    const allow = (more: string) => `{ name: w, kind: allow, starts: '2026-01-05T09:00', zone: Europe/Berlin, ${more} }`;
    const windows = (...rules: string[]) =>
      problemsOf(small('hosts: [one]', `hosts: [one], protection: { windows: [${rules.join(', ')}] }`));
    expect(windows(allow('for: 8h, recurrence: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'))).toContain('never opens');
    expect(windows(allow('for: 8h, recurrence: FREQ=DAILY;UNTIL=20250101T000000Z'))).toContain('never opens');
    const night = "{ name: d, kind: deny, starts: '2026-01-01T00:00', zone: UTC, recurrence: FREQ=DAILY, for: 1d }";
    expect(windows(allow('for: 8h, recurrence: FREQ=DAILY'), night)).toContain('never opens, as it is always denied');
    expect(windows(night)).toContain('leaves no moment');
    expect(windows(night.replace('zone: UTC', 'zone: Pacific/Apia').replace('2026-01-01T00:00', '2026-12-31T23:59'))).toContain(
      'leaves no moment',
    );
    const halves = ['00:00', '12:00'].map((hour) => night.replace('00:00', hour).replace('for: 1d', 'for: 12h'));
    expect(windows(...halves.map((half, index) => half.replace('name: d', `name: d${index}`)))).toContain('leaves no moment');
    const most = [
      night.replace('for: 1d', 'for: 1439m'),
      night.replace('FREQ=DAILY, for: 1d', 'FREQ=YEARLY, for: 364d'),
      night.replace('recurrence: FREQ=DAILY, for: 1d', 'for: 366d'),
    ];
    for (const rule of most) expect(() => windows(rule)).toThrow('the file was accepted');
    expect(windows(allow('for: 8h'), allow('for: 8h'))).toContain('w is there twice');
    expect(windows(allow('for: 8h').replace('Europe/Berlin', 'Europe/Berlim'))).toContain('is no time zone');
    expect(windows(allow('for: 8h').replace('Europe/Berlin', '+01:00'))).toContain('is no time zone');
    expect(windows(allow('for: 8h').replace('01-05', '02-30'))).toContain('is no date and time');
    expect(windows(allow('for: 0h'))).toContain('is no length');
    expect(windows(allow('for: 8h, recurrence: FREQ=HOURLY'))).toContain('has no frequency that is kept');
  });

  it('reads what gates ask, and leaves out what they do not', () => {
    const protection = `{ approval: { groups: [{ group: ops, count: 2 }] }, soak: [{ environment: staging, for: 1h }], promotion: manual,
      windows: [{ name: w, kind: allow, starts: '2026-01-05T09:00', zone: UTC, recurrence: FREQ=DAILY, for: 1d }],
      metrics: [{ name: m, prometheus: { url: 'http://10.0.0.8:9090', query: up }, atLeast: 1 }] }`;
    const policy = environmentPolicy(read(small('hosts: [one]', `hosts: [one], protection: ${protection}`)), 'production');
    expect(policy.approval).toEqual({
      approvers: [],
      count: 0,
      groups: [{ group: 'ops', count: 2 }],
      excludeInitiator: true,
      deadlineMs: 604_800_000,
    });
    expect(policy.protection).toEqual({
      soaks: [{ environment: 'staging', forMs: 3_600_000, mayBeReplaced: true }],
      promotion: 'manual',
      windows: [{ name: 'w', kind: 'allow', starts: '2026-01-05T09:00', zone: 'UTC', recurrence: 'FREQ=DAILY', length: { days: 1 } }],
      metrics: [{ name: 'm', source: { kind: 'prometheus', url: 'http://10.0.0.8:9090', query: 'up' }, atLeast: 1, freshMs: 300_000 }],
    });
    expect(environmentPolicy(read(small('hosts: [one]', 'hosts: [one], protection: { soak: [] }')), 'production')).not.toHaveProperty(
      'protection',
    );
  });

  it('reads external checks and figures of routers, and refuses those that there are not', () => {
    const checks =
      "checks: [{ name: itsm, url: 'https://itsm.example.com/hook', secrets: ['${env:ITSM}', '${file:old}'], ca: itsm.pem }]\nhosts:";
    const own = (protection: string, more = checks) =>
      small('hosts: [one]', `hosts: [one], protection: ${protection}`).replace('hosts:', more);
    const router = '{ environment: production, figure: failedShare }';
    const good = `{ checks: [{ name: itsm }], metrics: [{ name: m, router: ${router}, atMost: 0.01 }] }`;
    expect(read(own(good)).checks).toEqual([
      { name: 'itsm', url: 'https://itsm.example.com/hook', secrets: ['${env:ITSM}', '${file:old}'], ca: '/etc/tidegate/itsm.pem' },
    ]);
    const source = { kind: 'router', environment: 'production', figure: 'failedShare', overMs: 600_000, minRequests: 100 };
    expect(environmentPolicy(read(own(good)), 'production').protection).toEqual({
      checks: [{ name: 'itsm', deadlineMs: 86_400_000 }],
      metrics: [{ name: 'm', source, atMost: 0.01, freshMs: 300_000 }],
    });
    expect(problemsOf(own('{ checks: [{ name: itsn }] }'))).toContain('no check is named itsn');
    expect(problemsOf(own('{ checks: [{ name: itsm }] }', 'hosts:'))).toContain('no check is named itsm');
    expect(problemsOf(own('{ checks: [{ name: itsm }, { name: itsm }] }'))).toContain('itsm is there twice');
    expect(problemsOf(own('{}', `${checks.replace('}]', "}, { name: itsm, url: 'http://a', secrets: ['${env:A}'] }]")}`))).toContain(
      'itsm is there twice',
    );
    const metric = (more: string) => problemsOf(own(`{ metrics: [{ name: m, atMost: 1, ${more} }] }`));
    expect(metric(`router: ${router.replace('production', 'prod')}`)).toContain('no environment is named prod');
    expect(metric(`router: ${router}, prometheus: { url: 'http://p', query: up }`)).toContain('expected either prometheus or router');
    expect(metric('fresh: 1h')).toContain('expected either prometheus or router');
    expect(metric(`router: ${router.replace('failedShare', 'p99')}`)).toContain('figure');
    expect(metric(`router: ${router.replace('}', ', over: 1s }')}`)).toContain('is out of range');
    expect(problemsOf(own('{}', "checks: [{ name: itsm, url: 'https://u:p@itsm', secrets: ['plain'] }]\nhosts:"))).toMatch(
      /holds credentials[\s\S]*is a secret in plain text/,
    );
  });

  it.each([
    ['nothing', '', 'the file is empty'],
    ['a list', '- 1', 'expected a mapping, saw a list of 1'],
    ['one word', 'hello', 'expected a mapping, saw "hello"'],
    ['too much', `# ${'x'.repeat(1_100_000)}`, 'at most 1048576 are read'],
    ['bytes that are no text', Uint8Array.of(0x61, 0xff, 0xfe), 'it is not UTF-8 text'],
    ['an alias bomb', bomb(), 'its aliases multiply beyond reason'],
    ['brackets within brackets', `version: ${'['.repeat(60_000)}`, 'tidegate.yaml:1:'],
    ['tabs', 'version: 1\nserver:\n\tport: 1', 'tidegate.yaml:3:1'],
  ])('refuses %s without a stack', (_, text, reason) => {
    const message = problemsOf(text);
    expect(message).toContain(reason);
    expect(message).not.toMatch(/\n\s+at /);
  });

  it('reads a file that begins with a byte order mark', () => {
    expect(read(Buffer.from(`\ufeff${SMALL_INSTALLATION}`)).name).toBe('demo');
  });

  it('shows nothing that could command a terminal', () => {
    const message = problemsOf(small('installation: demo', 'installation: "\u001b[2J\u202e"'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be there
    expect(message).not.toMatch(/[\u001b\u202e]/);
  });
});

function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(', ')}]`);
  return ['l0: &l0 [x]', ...levels].join('\n');
}

describe('an environment of the installation', () => {
  const installation = read(documentedExample('tidegate.yaml'));

  it('is a policy with the sites of its hosts', () => {
    const policy = environmentPolicy(installation, 'production');
    expect(policy).toMatchObject({
      name: 'production',
      bakeMs: 1_800_000,
      approval: { approvers: ['rita', 'sam'], deadlineMs: 604_800_000 },
    });
    expect(policy.hosts[1]).toEqual({ name: 'production-2', site: 'west' });
    expect(environmentPolicy(installation, 'staging')).not.toHaveProperty('approval');
  });

  it('has a policy revision that changes with its rules, with where its images come from, and with nothing else', () => {
    const revision = (from: string, to: string) => {
      const text = documentedExample('tidegate.yaml').replace(from, to);
      return environmentPolicy(read(text), 'production').policyRevision;
    };
    const before = revision('', '');
    expect(before).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(revision('bake: 30m', 'bake: 31m')).toBe(before);
    expect(revision('production-1, production-2, production-3', 'production-1')).toBe(before);
    expect(revision('approvers: [rita, sam]', 'approvers: [rita]')).not.toBe(before);
    expect(revision('deadline: 7d', 'deadline: 8d')).not.toBe(before);
    expect(revision('/production/{application}', '/live/{application}')).not.toBe(before);
    expect(revision('    protection:', '    protection:\n      stopAfterFailures: 2')).not.toBe(before);
    const asking = revision('    protection:', '    onFailure: { default: skip }\n    protection:');
    expect(asking).not.toBe(before);
    expect(revision('    protection:', '    onFailure: { default: exclude }\n    protection:')).not.toBe(asking);
    expect(revision("tags: ['{environment}', ", "tags: ['live', ")).not.toBe(before);
  });

  it('that is unknown is refused by name, with those that there are', () => {
    expect(() => environmentPolicy(installation, 'moon')).toThrow(
      'No environment is named moon in tidegate.yaml; there are staging, production',
    );
    expect(() => findApplication(installation, 'moon')).toThrow('there are shop');
    expect(findApplication(installation, 'shop').github?.repository).toBe('example/shop');
  });
});

describe('where the hosts of an environment pull from', () => {
  const withImages = (images: string, more = '') =>
    small('hosts: [one] }', `hosts: [one], images: ${images} }`).replace(
      '  - { name: shop, source: { git: ../shop } }',
      `  - { name: shop, source: { git: ../shop } }${more}`,
    );

  it('is a repository of a registry that is known, with tags', () => {
    const [environment] = read(
      withImages("{ repository: '10.0.0.1:5000/live/{component}', tags: ['{environment}', 'r{release}'] }"),
    ).environments;
    expect(environment?.images).toEqual({ repository: '10.0.0.1:5000/live/{component}', tags: ['{environment}', 'r{release}'] });
    expect(read(withImages("{ repository: '10.0.0.1:5000/live' }")).environments[0]?.images?.tags).toEqual([]);
    expect(read(withImages("{ repository: '10.0.0.1:5000/live', tags: ['{component}-{release}'] }")).environments[0]?.images).toBeDefined();
  });

  it.each([
    ["{ repository: 'live/{component}' }", 'names no registry', 'begin with the address of one of the registries'],
    ["{ repository: '10.0.0.1:5001/live/{component}' }", 'no registry has the address 10.0.0.1:5001', 'did you mean 10.0.0.1:5000?'],
    ["{ repository: '{environment}.example/{component}' }", 'has a placeholder in its registry', 'begin with the address'],
    ["{ repository: '10.0.0.1:5000/Live/{component}' }", 'is no repository', ''],
    ["{ repository: '10.0.0.1:5000/live/{component}:1' }", 'is no repository', 'leave tag and digest out'],
    [
      "{ repository: '10.0.0.1:5000/{team}/{component}' }",
      '{team} cannot be filled in here',
      'there are {application}, {component}, {environment}',
    ],
    ["{ repository: '10.0.0.1:5000/{component}/{release}' }", '{release} cannot be filled in here', 'put {release} into tags'],
    ["{ repository: '10.0.0.1:5000/live', tags: ['{environment}'] }", '{component} is missing', 'or into every tag'],
    ["{ repository: '10.0.0.1:5000/{component}', tags: ['{stage}'] }", '{stage} cannot be filled in here', '{release}'],
    ["{ repository: '10.0.0.1:5000/{component}', tags: ['a b'] }", '"a b" is no tag', 'letters, digits'],
    ["{ repository: '10.0.0.1:5000/{component}', tags: [a, a] }", 'a is named twice', ''],
    [
      `{ repository: '10.0.0.1:5000/{component}', tags: ['{component}-{component}-{component}-{release}'] }`,
      'could be 132 characters long',
      'leave a placeholder out',
    ],
    ['{ tags: [a] }', 'repository', ''],
  ])('is not %s', (images, message, hint) => {
    const problems = problemsOf(withImages(images));
    expect(problems).toContain('environments[0].images');
    expect(problems).toContain(message);
    expect(problems).toContain(hint);
  });

  it('tells several applications apart', () => {
    const other = '\n  - { name: office, source: { git: ../office } }';
    const images = (repository: string) => withImages(`{ repository: '10.0.0.1:5000/${repository}', tags: [live] }`, other);
    expect(problemsOf(images('{component}'))).toContain('{application} is missing: the tags of several applications');
    expect(read(images('{application}/{component}')).environments).toHaveLength(1);
  });
});
