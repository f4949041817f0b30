import { resolve, sep } from 'node:path';
import { type CanaryRules, mostHosts } from '../domain/canary.ts';
import type { Pipeline, PipelineFault } from '../domain/pipeline.ts';
import { isTcp } from '../domain/publication.ts';
import { splitReferences, type TextPart } from '../domain/secret-reference.ts';
import { isTogether, standstill } from '../domain/strategy.ts';
import { buildSecretFaults } from './build-secrets-in-installation.ts';
import { findApplication } from './environment-policy.ts';
import { groupFaults } from './group-faults.ts';
import type { Installation } from './installation.ts';
import { knowsItsPeople } from './people-faults.ts';
import { parsePipeline } from './pipeline-file.ts';
import { targetFaults } from './pipeline-targets.ts';
import { tcpPortFaults } from './tcp-ports-in-installation.ts';

/** Reads an application's pipeline file for this installation. Throws PipelineInvalid with every problem, and UnknownApplication. */
export function parsePipelineFor(installation: Installation, application: string, text: string | Uint8Array, fileName: string): Pipeline {
  findApplication(installation, application);
  const faults = (pipeline: Pipeline) => installationFaults(pipeline, installation);
  return parsePipeline(text, fileName, { application, registries: installation.registries, faults });
}

/** What a pipeline asks of an installation that does not have it, or does not give it. */
export function installationFaults(pipeline: Pipeline, installation: Installation): readonly PipelineFault[] {
  return [
    ...environmentFaults(pipeline, installation),
    ...gateFaults(pipeline, installation),
    ...trustFaults(pipeline, installation),
    ...fleetFaults(pipeline, installation),
    ...hostNameFaults(pipeline, installation),
    ...tcpPortFaults(pipeline, installation),
    ...targetFaults(pipeline, installation),
    ...secretFaults(pipeline, installation),
    ...buildSecretFaults(pipeline, installation),
  ];
}

/** A pipeline adds a policy of the installation's owners, and has none of its own. */
function trustFaults({ stages }: Pipeline, { trust }: Installation): PipelineFault[] {
  const known = trust.map((policy) => policy.name);
  return stages.flatMap((stage, index) => {
    const policy = stage.kind === 'deploy' ? stage.protection?.trust : undefined;
    if (policy === undefined || known.includes(policy)) return [];
    const message = `no trust policy is named ${policy} in tidegate.yaml; there are ${known.join(', ') || 'none'}`;
    return [{ path: ['stages', index, 'protection', 'trust'], message }];
  });
}

function environmentFaults({ stages }: Pipeline, { environments, people, groups, signIn }: Installation): PipelineFault[] {
  const known = environments.map((environment) => environment.name);
  const persons = people.map((person) => person.name);
  return stages.flatMap((stage, index) => {
    if (stage.kind !== 'deploy') return [];
    const message = `no environment is named ${stage.environment} in tidegate.yaml; there are ${known.join(', ')}`;
    const unknown = known.includes(stage.environment) ? [] : [{ path: ['stages', index, 'environment'], message }];
    const rules = [
      ...(stage.approval === undefined ? [] : [{ approval: stage.approval, at: ['approval'] }]),
      ...(stage.protection?.approvals ?? []).map((rule, place) => ({ approval: rule, at: ['protection', 'approvals', place] })),
    ];
    const isKnown = knowsItsPeople({ people, signIn });
    return [
      ...unknown,
      ...rules.flatMap(({ approval, at }) =>
        (isKnown ? approval.approvers : []).flatMap((person, place) =>
          unknownPerson(person, persons, ['stages', index, ...at, 'approvers', place]),
        ),
      ),
      ...rules.flatMap(({ approval, at }) =>
        (isKnown ? groupFaults(approval, groups) : []).map(({ index: place, message: seen, hint }) => ({
          ...{ path: ['stages', index, ...at, 'groups', place], message: `${seen} in tidegate.yaml; ${hint}` },
        })),
      ),
    ];
  });
}

/** Gates that go by what there is not, and would never open. */
function gateFaults({ stages, components }: Pipeline, { environments, checks }: Installation): PipelineFault[] {
  const known = { check: checks.map(({ name }) => name), environment: environments.map(({ name }) => name) };
  const missing = (what: keyof typeof known, name: string, path: PipelineFault['path']): PipelineFault[] => {
    if (known[what].includes(name)) return [];
    return [{ path, message: `no ${what} is named ${name} in tidegate.yaml; there are ${known[what].join(', ') || 'none'}` }];
  };
  return stages.flatMap((stage, at) => {
    if (stage.kind !== 'deploy') return [];
    const { checks: wanted = [], metrics = [] } = stage.protection ?? {};
    const path = ['stages', at, 'protection'];
    return [
      ...wanted.flatMap(({ name }, index) => missing('check', name, [...path, 'checks', index, 'name'])),
      ...metrics.flatMap(({ source }, index) => {
        if (source.kind !== 'router') return [];
        const own = [...path, 'metrics', index, 'router'];
        const isOurs = source.component === undefined || components.some(({ name }) => name === source.component);
        const stranger = { path: [...own, 'component'], message: `no component is named ${source.component ?? ''}` };
        return [...missing('environment', source.environment, [...own, 'environment']), ...(isOurs ? [] : [stranger])];
      }),
    ];
  });
}

/** Rules under which no host could ever be changed, or that order by what no host is labelled with. */
function fleetFaults({ stages }: Pipeline, { environments, hosts }: Installation): PipelineFault[] {
  return stages.flatMap((stage, index) => {
    const environment = environments.find((candidate) => stage.kind === 'deploy' && candidate.name === stage.environment);
    if (stage.kind === 'deploy' && stage.strategy.kind === 'canary')
      return canaryFaults(stage.strategy, index, environment?.hosts.length ?? 0);
    if (stage.kind !== 'deploy' || isTogether(stage.strategy) || environment === undefined) return [];
    const { strategy } = stage;
    const at = (key: string) => ['stages', index, 'strategy', strategy.kind, key];
    const stuck = standstill(strategy, { total: environment.hosts.length, inFlight: 0, unhealthy: 0 });
    const isLabelled = hosts.some(
      ({ name, labels }) => environment.hosts.includes(name) && strategy.orderBy !== undefined && strategy.orderBy in labels,
    );
    return [
      ...(stuck === undefined ? [] : [{ path: at('minHealthy'), message: `leaves no host of ${environment.name} to change: ${stuck}` }]),
      ...(strategy.orderBy === undefined || isLabelled
        ? []
        : [{ path: at('orderBy'), message: `no host of ${environment.name} has a label ${strategy.orderBy} in tidegate.yaml` }]),
    ];
  });
}

/** A history that outgrows Temporal's limits would end a canary in the middle of its steps. */
function canaryFaults(rules: CanaryRules, index: number, hosts: number): PipelineFault[] {
  const most = mostHosts(rules);
  if (hosts <= most) return [];
  const message = `these steps are for at most ${most} hosts, and there are ${hosts}: take shorter pauses, or deploy by blueGreen or rolling`;
  return [{ path: ['stages', index, 'strategy', 'canary', 'steps'], message }];
}

function unknownPerson(person: string, known: readonly string[], path: PipelineFault['path']): PipelineFault[] {
  return known.includes(person) ? [] : [{ path, message: `no person is named ${person} in tidegate.yaml; there are ${known.join(', ')}` }];
}

/** Two environments on one host need two host names: its router tells requests apart by nothing else. */
function hostNameFaults(pipeline: Pipeline, { environments }: Installation): PipelineFault[] {
  const targets = pipeline.stages.flatMap((stage) => (stage.kind === 'deploy' ? [stage.environment] : []));
  const deployed = environments.filter((environment) => targets.includes(environment.name));
  const shared = deployed.flatMap((one) => deployed.filter((other) => other.name > one.name).flatMap((other) => commonHost(one, other)))[0];
  if (shared === undefined) return [];
  return pipeline.components.flatMap(({ name, run }) => {
    if (run.publish === undefined || isTcp(run.publish) || run.publish.host.includes('{environment}')) return [];
    return [{ path: ['components', name, 'publish', 'host'], message: `${shared}: put {environment} into the host name` }];
  });
}

function commonHost(one: Installation['environments'][number], other: Installation['environments'][number]): string[] {
  const host = one.hosts.find((candidate) => other.hosts.includes(candidate));
  return host === undefined ? [] : [`${one.name} and ${other.name} both run on ${host} and cannot share a host name there`];
}

/** The installation's own credentials, keys and data are none of an application's business. */
function secretFaults(pipeline: Pipeline, installation: Installation): PipelineFault[] {
  const isReserved = reservedBy(installation);
  return environmentsOf(pipeline).flatMap(({ path, values }) =>
    Object.entries(values).flatMap(([key, value]) => {
      const taken = splitReferences(value).find(isReserved);
      if (taken === undefined || taken.kind === 'text') return [];
      return [{ path: [...path, key], message: `${taken.reference} belongs to the installation itself` }];
    }),
  );
}

function reservedBy(installation: Installation): (part: TextPart) => boolean {
  const { directory, data, registries, people, github, hosts, environments, checks, webhooks: senders, applications } = installation;
  const certificates = environments.flatMap(({ tls }) => (tls?.certificates ?? []).map(({ key }) => key));
  const { credentials, appSecret, webhooks: hook } = github ?? {};
  const proof = credentials?.kind === 'app' ? credentials.key : credentials?.token;
  const tokens = [...people.map((person) => person.token), proof, appSecret];
  const webhooks = environments.flatMap((environment) => environment.webhooks.flatMap(({ secrets }) => secrets));
  const asked = [...checks, ...senders, ...(hook === undefined ? [] : [hook])].flatMap(({ secrets }) => secrets);
  const building = applications.flatMap(({ buildSecrets = {} }) => Object.values(buildSecrets));
  const references = [...registries.map((registry) => registry.password), ...tokens, ...certificates, ...webhooks, ...asked, ...building];
  const own = references.flatMap((reference) => splitReferences(reference ?? ''));
  const variables = new Set(own.flatMap((part) => (part.kind === 'env' ? [part.name] : [])));
  const keys = hosts.flatMap(({ docker }) => (docker.kind === 'tcp' ? Object.values(docker.tls ?? {}) : []));
  const files = new Set([...keys, ...own.flatMap((part) => (part.kind === 'file' ? [resolve(directory, part.path)] : []))]);
  return (part) => {
    if (part.kind === 'text') return false;
    if (part.kind === 'env') return variables.has(part.name);
    const file = resolve(directory, part.path);
    return files.has(file) || file === data || file.startsWith(`${data}${sep}`);
  };
}

interface Variables {
  readonly path: PipelineFault['path'];
  readonly values: Readonly<Record<string, string>>;
}

function environmentsOf({ components, jobs = [], stages }: Pipeline): Variables[] {
  const once = jobs.map(({ name, environment }) => ({ path: ['jobs', name, 'environment'], values: environment }));
  const own = components.flatMap(({ name, run }) => [
    { path: ['components', name, 'environment'], values: run.environment },
    { path: ['components', name, 'secrets'], values: Object.fromEntries((run.secrets ?? []).map((secret) => [secret.name, secret.value])) },
  ]);
  const tests = stages.flatMap((stage, at) => {
    if (stage.kind !== 'test') return [];
    const beside = stage.companions.map(({ environment }, index) => ({
      path: ['stages', at, 'companions', index, 'environment'],
      values: environment,
    }));
    return [{ path: ['stages', at, 'run', 'environment'], values: stage.run.environment }, ...beside];
  });
  const around = components.flatMap(({ name, backup, hooks = {} }) => [
    ...(backup === undefined ? [] : [{ path: ['components', name, 'backup', 'environment'], values: backup.environment }]),
    ...Object.values(hooks).map(({ environment }) => ({ path: ['components', name, 'hooks'], values: environment })),
  ]);
  return [...own, ...around, ...once, ...tests];
}
