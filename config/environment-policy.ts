import type { Allowances } from '../domain/allowances.ts';
import { canonicalJson } from '../domain/canonical.ts';
import type { HostReference } from '../domain/deployment.ts';
import type { EnvironmentPolicy } from '../domain/environment-policy.ts';
import type { TrustPolicy } from '../domain/trust/policy.ts';
import { UnknownApplication, UnknownEnvironment, UnknownTrustPolicy } from './errors.ts';
import { sha256 } from './hash.ts';
import type { Installation } from './installation.ts';
import type { ApplicationSettings } from './settings/application.ts';

/** An environment as workflows know it. `policyRevision` changes with its rules, with where its images come from, and with nothing else. Throws UnknownEnvironment. */
export function environmentPolicy(installation: Installation, name: string): EnvironmentPolicy {
  const environment = installation.environments.find((candidate) => candidate.name === name);
  if (environment === undefined)
    throw new UnknownEnvironment(
      name,
      installation.environments.map((known) => known.name),
    );
  const { images, protection, onFailure, queue, breakGlass } = environment;
  const { gates, ...rules } = protection;
  const { approval, stopAfterFailures } = rules;
  const trust = Object.fromEntries(installation.trust.map((policy) => [policy.name, policy.revision]));
  const unread = installation.trust.flatMap(({ name: policy, unmeetable }) => (unmeetable === undefined ? [] : [policy]));
  const asksTrust = installation.trust.length > 0;
  const demanded = gates.trust === undefined ? undefined : trust[gates.trust];
  return {
    name,
    hosts: environment.hosts.flatMap((host) => hostReference(installation, host)),
    ...(approval !== undefined && { approval }),
    ...(Object.keys(gates).length > 0 && { protection: gates }),
    ...(images !== undefined && { images }),
    policyRevision: sha256(
      canonicalJson({
        ...rules,
        ...gates,
        ...(images !== undefined && { images }),
        ...(onFailure !== undefined && { onFailure }),
        // Those that a pipeline asks for belong to its stage: domain/trust/record.ts.
        ...(demanded !== undefined && { trustPolicy: demanded }),
      }),
    ),
    readsFacts: true,
    ...(asksTrust && { trust }),
    ...(unread.length > 0 && { unreadTrust: unread }),
    bakeMs: environment.bakeMs,
    ...(environment.alarms.length > 0 && { alarms: environment.alarms }),
    ...(onFailure !== undefined && { onFailure }),
    ...(queue !== undefined && { queue }),
    ...(breakGlass !== undefined && { breakGlass }),
    ...(stopAfterFailures !== undefined && { stopAfterFailures }),
  };
}

function hostReference(installation: Installation, name: string): HostReference[] {
  const found = installation.hosts.filter((host) => host.name === name);
  return found.map(({ site, labels }) => ({ name, site, ...(Object.keys(labels).length > 0 && { labels }) }));
}

/** What an environment's owners let components reach of its hosts; nothing where there is no such environment. */
export function allowancesOf(installation: Installation, name: string): Allowances {
  return installation.environments.find((candidate) => candidate.name === name)?.allows ?? { binds: [], capabilities: [], networks: [] };
}

/** A trust policy as the installation's file says it. Throws UnknownTrustPolicy. */
export function findTrustPolicy({ trust }: Installation, name: string): TrustPolicy {
  const policy = trust.find((candidate) => candidate.name === name);
  if (policy !== undefined) return policy;
  throw new UnknownTrustPolicy(
    name,
    trust.map((known) => known.name),
  );
}

/** Throws UnknownApplication. */
export function findApplication(installation: Installation, name: string): ApplicationSettings {
  const application = installation.applications.find((candidate) => candidate.name === name);
  if (application === undefined)
    throw new UnknownApplication(
      name,
      installation.applications.map((known) => known.name),
    );
  return application;
}
