import type { GateRules } from '../domain/gates/rules.ts';
import type { Finding, Path } from './document.ts';
import { imagesFindings } from './environment-images-faults.ts';
import { groupFaults } from './group-faults.ts';
import { guardFindings } from './guards.ts';
import type { InstallationDocument } from './installation-schema.ts';
import { knowsItsPeople, peopleFindings } from './people-faults.ts';
import { sourceFindings } from './source-schema.ts';
import { suggest } from './suggest.ts';
import { tlsFindings as routerTlsFindings } from './tls-faults.ts';
import { triggerFindings } from './triggers-faults.ts';
import { trustFindings } from './trust-faults.ts';

/** What is wrong with an installation as a whole; each part is well formed by itself. Relative paths begin in `directory`. */
export function installationFindings(document: InstallationDocument, directory: string): Finding[] {
  return [
    ...repeated(document),
    ...document.registries.flatMap((registry, index) => registryFindings(registry, ['registries', index])),
    ...document.hosts.flatMap((host, index) => hostFindings(host, ['hosts', index], document)),
    ...document.environments.flatMap((environment, index) => environmentFindings(environment, ['environments', index], document)),
    ...tcpFindings(document),
    ...routerTlsFindings(document),
    ...workplaceFindings(document),
    ...githubFindings(document),
    ...sourceFindings(document),
    ...guardFindings(document),
    ...urlFindings(document),
    ...retentionFindings(document),
    ...peopleFindings(document),
    ...triggerFindings(document),
    ...trustFindings(document, directory),
  ];
}

const NAMED = ['sites', 'registries', 'hosts', 'applications', 'environments', 'people', 'groups', 'checks'] as const;

function repeated(document: InstallationDocument): Finding[] {
  const names = NAMED.flatMap((key) =>
    repeats(document[key].map((item) => item.name)).map((index) => twice([key, index, 'name'], document[key][index]?.name)),
  );
  const addresses = repeats(document.registries.map((registry) => registry.address));
  return [...names, ...addresses.map((index) => twice(['registries', index, 'address'], document.registries[index]?.address))];
}

function twice(path: Path, value: string | undefined): Finding {
  return { path, message: `${value ?? ''} is there twice` };
}

function repeats(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}

type RegistryDocument = InstallationDocument['registries'][number];

function registryFindings(registry: RegistryDocument, path: Path): Finding[] {
  const { address, plainHttp, mirrors } = registry;
  const own = mirrors.indexOf(address);
  return [
    ...hubFindings(address, [...path, 'address']),
    ...mirrors.flatMap((mirror, index) => hubFindings(mirror, [...path, 'mirrors', index])),
    ...(own < 0 ? [] : [{ path: [...path, 'mirrors', own], message: `${address} is the registry itself` }]),
    ...(plainHttp ? CERTIFICATES.flatMap((key) => (registry[key] === undefined ? [] : [withoutTls([...path, key])])) : []),
  ];
}

const CERTIFICATES = ['ca', 'certificate', 'key'] as const;

function withoutTls(path: Path): Finding {
  return { path, at: 'key', message: 'is for TLS, and plainHttp says that there is none', hint: 'take one of them away' };
}

/** The names of servers that Docker's own registry has behind the name that images carry. */
function hubFindings(address: string, path: Path): Finding[] {
  if (!['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'].includes(address)) return [];
  return [{ path, message: `images of Docker Hub do not name ${address}`, hint: 'write docker.io' }];
}

type HostDocument = InstallationDocument['hosts'][number];

function hostFindings(host: HostDocument, path: Path, document: InstallationDocument): Finding[] {
  const sites = ['default', ...document.sites.map((site) => site.name)];
  return [...unknown('site', host.site, sites, [...path, 'site']), ...tlsFindings(host, path), ...addressFindings(host, path)];
}

/** One port of a host is one publication. */
function tcpFindings({ router, hosts }: InstallationDocument): Finding[] {
  return router.tcp.flatMap((port, index) => {
    const host = hosts.find((candidate) => (candidate.port ?? router.port) === port);
    if (host === undefined) return [];
    return [
      { path: ['router', 'tcp', index], message: `${port} is the port for HTTP on ${host.name} already`, hint: 'choose another one' },
    ];
  });
}

function tlsFindings({ docker, tls }: HostDocument, path: Path): Finding[] {
  if (docker.kind !== 'tcp') return tls === undefined ? [] : [{ path: [...path, 'tls'], at: 'key', message: 'belongs to tcp:// alone' }];
  if (tls !== undefined || isLoopback(docker.host)) return [];
  const hint = 'give tls: { ca, certificate, key }, or reach it by ssh://user@host';
  return [{ path: [...path, 'docker'], message: 'an engine without TLS gives root to everyone who can reach it', hint }];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}

function addressFindings({ docker, address }: HostDocument, path: Path): Finding[] {
  if (address !== undefined || docker.kind !== 'context') return [];
  return [{ path: [...path, 'address'], message: "is missing; a context does not tell where users reach the host's router" }];
}

function environmentFindings(
  environment: InstallationDocument['environments'][number],
  path: Path,
  document: InstallationDocument,
): Finding[] {
  const hosts = document.hosts.map((host) => host.name);
  const people = document.people.map((person) => person.name);
  const isKnown = knowsItsPeople(document);
  const unknownHosts = environment.hosts.flatMap((host, index) => unknown('host', host, hosts, [...path, 'hosts', index]));
  const { approval, gates } = environment.protection;
  const rules = [
    ...(approval === undefined ? [] : [{ approval, at: ['approval'] }]),
    ...(gates.approvals ?? []).map((rule, index) => ({ approval: rule, at: ['approvals', index] })),
  ];
  return [
    ...unknownHosts,
    ...rules.flatMap((rule) =>
      (isKnown ? rule.approval.approvers : []).flatMap((person, index) =>
        unknown('person', person, people, [...path, 'protection', ...rule.at, 'approvers', index]),
      ),
    ),
    ...rules.flatMap(({ approval: rule, at }) =>
      (isKnown ? groupFaults(rule, document.groups) : []).map(({ index, message, hint }) => ({
        ...{ path: [...path, 'protection', ...at, 'groups', index], message, hint },
      })),
    ),
    ...imagesFindings(environment, [...path, 'images'], document),
    ...gateFindings(gates, [...path, 'protection'], document),
    ...alarmFindings(environment, [...path, 'alarms'], isKnown ? people : undefined),
  ];
}

/** Gates that go by what there is not would never open. */
function gateFindings({ checks = [], metrics = [] }: GateRules, path: Path, document: InstallationDocument): Finding[] {
  const known = document.checks.map(({ name }) => name);
  const environments = document.environments.map(({ name }) => name);
  return [
    ...checks.flatMap(({ name }, index) => unknown('check', name, known, [...path, 'checks', index, 'name'])),
    ...metrics.flatMap(({ source }, index) =>
      source.kind === 'router'
        ? unknown('environment', source.environment, environments, [...path, 'metrics', index, 'router', 'environment'])
        : [],
    ),
  ];
}

function alarmFindings(
  { alarms, bake }: InstallationDocument['environments'][number],
  path: Path,
  people: readonly string[] | undefined,
): Finding[] {
  if (alarms.length > 0 && bake === 0)
    return [{ path, message: 'nobody hears an alarm without a bake time', hint: 'give the environment a bake, as in bake: 10m' }];
  const names = alarms.map(({ name }) => name);
  return [
    ...repeats(names).map((index) => twice([...path, index, 'name'], names[index])),
    ...alarms.flatMap(({ raisedBy = [] }, index) =>
      raisedBy.flatMap((person, at) => (people === undefined ? [] : unknown('person', person, people, [...path, index, 'raisedBy', at]))),
    ),
  ];
}

function unknown(what: string, name: string, known: readonly string[], path: Path): Finding[] {
  if (known.includes(name)) return [];
  const near = suggest(name, known);
  const hint = near === undefined ? `there are ${known.join(', ') || 'none'}` : `did you mean ${near}?`;
  return [{ path, message: `no ${what} is named ${name}`, hint }];
}

function workplaceFindings({ hosts, build, tests }: InstallationDocument): Finding[] {
  const names = hosts.map((host) => host.name);
  const chosen = [
    ...(build === undefined ? [] : unknown('host', build.host, names, ['build', 'host'])),
    ...Object.entries(build?.platforms ?? {}).flatMap(([platform, host]) => unknown('host', host, names, ['build', 'platforms', platform])),
    ...(tests === undefined ? [] : unknown('host', tests.host, names, ['tests', 'host'])),
  ];
  if (build !== undefined || names.length === 1) return chosen;
  return [
    ...chosen,
    { path: ['build'], message: 'is missing; with more than one host it must be told where images are built', hint: 'build: { host: … }' },
  ];
}

function githubFindings({ applications, github }: InstallationDocument): Finding[] {
  if (github !== undefined) return [];
  return applications.flatMap((application, index) => {
    if (application.github === undefined) return [];
    const path = ['applications', index, 'github'];
    return [
      {
        path,
        message: 'nothing can be told to GitHub, as github names nobody who may',
        hint: "'tidegate github setup' makes a GitHub App and says what to write; or add github: { token: '${env:GITHUB_TOKEN}' }",
      },
    ];
  });
}

function urlFindings({ applications, environments }: InstallationDocument): Finding[] {
  const names = environments.map(({ name }) => name);
  return applications.flatMap(({ urls = {} }, index) =>
    Object.keys(urls).flatMap((environment) => unknown('environment', environment, names, ['applications', index, 'urls', environment])),
  );
}

/** A rule for a registry that is none of ours would wait in silence for images that never come. */
function retentionFindings({ registries, retention }: InstallationDocument): Finding[] {
  const known = registries.map((registry) => registry.address);
  const registryOf = (image: string) => image.slice(0, image.indexOf('/'));
  const rules = retention.repositories.map(({ match }, index) => [match, ['retention', 'repositories', index, 'match']] as const);
  const holds = retention.hold.map((image, index) => [image, ['retention', 'hold', index]] as const);
  const places = [...rules, ...holds].flatMap(([image, path]) => unknownAddress(registryOf(image), known, path));
  const isIdle = retention.schedule !== undefined && retention.repositories.length === 0;
  const idle: Finding = { path: ['retention', 'schedule'], message: 'does nothing without rules', hint: 'add repositories' };
  return isIdle ? [...places, idle] : places;
}

function unknownAddress(address: string, known: readonly string[], path: Path): Finding[] {
  if (known.includes(address)) return [];
  const near = suggest(address, known);
  return [
    {
      path,
      message: `no registry has the address ${address}`,
      hint: near === undefined ? `there are ${known.join(', ')}` : `did you mean ${near}?`,
    },
  ];
}
