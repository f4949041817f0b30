import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parsePinnedImage } from './addresses.ts';
import { toAlarm, toWebhooks } from './alarm.ts';
import { toBreakGlass } from './break-glass.ts';
import { type ConfigurationDocument, readDocument } from './document.ts';
import { ConfigurationUnreadable, InstallationInvalid } from './errors.ts';
import { explain, knownKeys } from './explain.ts';
import { isLocalSource } from './git-source.ts';
import { gitHubOf } from './github-schema.ts';
import type { Installation } from './installation.ts';
import { installationFindings } from './installation-faults.ts';
import { type InstallationDocument, installationSchema } from './installation-schema.ts';
import { ledgerOf } from './ledger.ts';
import type { Problem } from './problem.ts';
import { toQueuePolicy } from './queue.ts';
import { retentionOf } from './retention.ts';
import type { SourceSettings } from './settings/application.ts';
import type { DockerEndpoint, HostSettings } from './settings/host.ts';
import type { SignInSettings } from './settings/people.ts';
import type { RegistrySettings } from './settings/registry.ts';
import { trustPolicies } from './trust.ts';
import { keyFileFindings } from './trust-faults.ts';

/** Reads tidegate.yaml. Throws ConfigurationUnreadable, or InstallationInvalid with every problem of the file. */
export async function loadInstallation(path: string): Promise<Installation> {
  const file = resolve(path);
  return parseInstallation(await readBytes(file), file, path);
}

/** Throws ConfigurationUnreadable. */
export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new ConfigurationUnreadable(file, REASONS[code] ?? code, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Name another one, or begin with the example in docs/configuration.md',
  EISDIR: 'it is a folder. Name the file in it',
  EACCES: 'this user may not read it. Change its mode or its owner',
};

/**
 * Reads the bytes of a tidegate.yaml; relative paths begin in the folder of `file`, `shownAs` is its name in messages.
 * Throws InstallationInvalid with every problem.
 */
export function parseInstallation(bytes: Uint8Array | string, file: string, shownAs: string = file): Installation {
  const document = readDocument(bytes, shownAs);
  if (document.problems.length > 0) throw new InstallationInvalid(document.problems);
  const parsed = installationSchema.safeParse(document.value, { error: knownKeys });
  if (!parsed.success) throw new InstallationInvalid(located(explain(parsed.error.issues, document), document));
  const findings = installationFindings(parsed.data, dirname(resolve(file)));
  if (findings.length > 0) throw new InstallationInvalid(located(findings, document));
  const faults = located(keyFileFindings(parsed.data, dirname(resolve(file))), document);
  return { ...toInstallation(parsed.data, resolve(file)), faults };
}

function located(findings: readonly Parameters<ConfigurationDocument['problem']>[0][], document: ConfigurationDocument): Problem[] {
  return findings.map((finding) => document.problem(finding)).sort((a, b) => a.line - b.line || a.column - b.column);
}

function toInstallation(document: InstallationDocument, file: string): Omit<Installation, 'faults'> {
  const {
    version: _,
    installation,
    data,
    sites,
    registries,
    router,
    hosts,
    build,
    tests,
    applications,
    environments,
    github,
    retention,
    ledger,
    tokens,
    signIn,
    trust,
    checks,
    ...rest
  } = document;
  const directory = dirname(file);
  const image = parsePinnedImage(router.image);
  if (!('digest' in image)) throw new TypeError(image.message);
  const workplace = build?.host ?? hosts[0]?.name ?? '';
  return {
    ...rest,
    name: installation,
    file,
    directory,
    data: resolve(directory, data),
    sites: [...new Set(['default', ...sites.map((site) => site.name)])],
    registries: registries.map((registry) => toRegistry(registry, directory)),
    router: { ...router, image },
    hosts: hosts.map((host) => toHost(host, router, directory)),
    build: { host: workplace, platforms: build?.platforms ?? {} },
    tests: { host: tests?.host ?? workplace },
    applications: applications.map((application) => ({
      ...application,
      source: toSource(application, directory),
    })),
    ...(github !== undefined && { github: gitHubOf(github, directory) }),
    retention: retentionOf(retention),
    ledger: ledgerOf(ledger, { name: installation, data: resolve(directory, data), directory }),
    trust: trustPolicies(trust, directory),
    tokens: { longestMs: tokens.longest },
    checks: checks.map(({ ca, ...check }) => ({ ...check, ...(ca !== undefined && { ca: resolve(directory, ca) }) })),
    ...(signIn !== undefined && { signIn: signInOf(signIn) }),
    environments: environments.map(({ bake, binds, capabilities, networks, alarms, queue, breakGlass, ...environment }) => ({
      ...environment,
      bakeMs: bake,
      allows: { binds, capabilities, networks },
      alarms: alarms.map(toAlarm),
      webhooks: toWebhooks(alarms),
      ...(queue !== undefined && { queue: toQueuePolicy(queue) }),
      ...(breakGlass !== undefined && { breakGlass: toBreakGlass(breakGlass) }),
    })),
  };
}

function signInOf({ clockTolerance, ...settings }: NonNullable<InstallationDocument['signIn']>): SignInSettings {
  return { ...settings, clockToleranceMs: clockTolerance };
}

function toRegistry({ ca, certificate, key, ...rest }: InstallationDocument['registries'][number], directory: string): RegistrySettings {
  const absolute = (path: string) => resolve(directory, path);
  return {
    ...rest,
    ...(ca !== undefined && { ca: absolute(ca) }),
    ...(certificate !== undefined && { certificate: absolute(certificate) }),
    ...(key !== undefined && { key: absolute(key) }),
  };
}

function toHost(host: InstallationDocument['hosts'][number], router: InstallationDocument['router'], directory: string): HostSettings {
  const { tls, docker, address, ...rest } = host;
  const https = host.https ?? router.https;
  const ports = { port: host.port ?? router.port, ...(https !== undefined && { https }) };
  return { ...rest, ...ports, docker: withTls(docker, tls, directory), address: address ?? addressOf(docker) };
}

function withTls(docker: DockerEndpoint, tls: InstallationDocument['hosts'][number]['tls'], directory: string): DockerEndpoint {
  if (docker.kind !== 'tcp' || tls === undefined) return docker;
  const [ca, certificate, key] = [tls.ca, tls.certificate, tls.key].map((path) => resolve(directory, path));
  return ca === undefined || certificate === undefined || key === undefined ? docker : { ...docker, tls: { ca, certificate, key } };
}

function addressOf(docker: DockerEndpoint): string {
  return docker.kind === 'tcp' || docker.kind === 'ssh' ? docker.host : '127.0.0.1';
}

function toSource({ source, github }: InstallationDocument['applications'][number], directory: string): SourceSettings {
  // That there is one was found before.
  if (typeof source === 'string') return { github: github?.repository ?? '' };
  if (source.github !== undefined) return { github: source.github };
  const { git = '' } = source;
  return { git: isLocalSource(git) ? resolve(directory, git) : git };
}
