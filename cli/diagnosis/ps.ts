import type { Installation } from '../../config/installation.ts';
import { loadInstallation } from '../../config/installation-file.ts';
import type { HostSettings } from '../../config/settings/host.ts';
import { shortDigest } from '../../domain/digest.ts';
import { LABEL } from '../../domain/labels.ts';
import type { HostConnection } from '../../worker/connect-hosts.ts';
import { findInstallation } from '../client/connection.ts';
import { type Context, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { pageOf } from '../rendering/page.ts';
import { oneLine, plain } from '../rendering/plain.ts';
import { printTable } from '../rendering/table.ts';
import { seenIn, withinDeadline } from './deadline.ts';
import { connectHost } from './each-host.ts';

export interface PsOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly all?: boolean;
}

export interface HostContainer {
  readonly host: string;
  readonly name: string;
  readonly role: string;
  readonly application: string;
  readonly environment: string;
  readonly component: string;
  readonly release: string;
  readonly deployment: string;
  readonly digest: string;
  readonly state: string;
  readonly status: string;
}

type ContainerInfo = Awaited<ReturnType<HostConnection['docker']['listContainers']>>[number];

const DEADLINE_MS = 10_000;

/** What the hosts themselves say that they run; nothing else is asked, so that it can be seen while all else is down. */
export async function ps(context: Context, options: PsOptions): Promise<ExitCode> {
  const installation = await loadInstallation(await findInstallation(options.config, context.directory));
  const answers = await Promise.all(installation.hosts.map((host) => askHost(context, installation, host)));
  const containers = answers.flatMap((answer) => answer.containers).filter((container) => options.all || isServing(container));
  const silent = answers.flatMap((answer) => (answer.error === undefined ? [] : [{ host: answer.host, error: answer.error }]));
  if (options.json) printJson(context, { containers, unreachable: silent });
  else
    showContainers(
      context,
      containers,
      answers.filter((answer) => answer.error === undefined).map((answer) => answer.host),
    );
  const { err } = context.terminal;
  for (const { host, error } of silent) err.line(`${err.style('bad', 'error:')} host ${host} does not answer: ${error}`);
  return silent.length === 0 ? EXIT.done : EXIT.failed;
}

function showContainers({ terminal: { out } }: Context, containers: readonly HostContainer[], hosts: readonly string[]): void {
  if (containers.length === 0) {
    if (hosts.length > 0) out.line(`Nothing of this installation runs on ${hosts.join(', ')}`);
    return;
  }
  const title = ['HOST', 'APPLICATION', 'ENVIRONMENT', 'COMPONENT', 'RELEASE', 'STATE', 'DIGEST', 'CONTAINER'];
  const rows = containers.map((container) => [
    container.host,
    container.application,
    container.environment,
    container.component === '' ? container.role : container.component,
    container.release === '' ? '' : `#${container.release}`,
    out.style(container.state === 'running' ? 'good' : 'quiet', container.status),
    shortDigest(container.digest),
    container.name,
  ]);
  out.line(printTable([title.map((name) => out.style('quiet', name)), ...rows], { columns: pageOf(out).columns }));
}

function isServing(container: HostContainer): boolean {
  return container.role === 'component' && container.state === 'running';
}

interface HostAnswer {
  readonly host: string;
  readonly containers: readonly HostContainer[];
  readonly error?: string;
}

/** A host that does not answer is told of, and stops no other from being shown. */
async function askHost(context: Context, installation: Installation, host: HostSettings): Promise<HostAnswer> {
  try {
    const listed = await withinDeadline(DEADLINE_MS, async (abortSignal) => {
      const { docker } = await connectHost(installation, host, context.environment);
      const filters = { label: [`${LABEL.installation}=${installation.name}`] };
      return docker.listContainers({ all: true, filters, abortSignal });
    });
    return { host: host.name, containers: listed.map((container) => describe(host.name, container)).sort(byPlace) };
  } catch (error) {
    return { host: host.name, containers: [], error: oneLine(plain(seenIn(error)), 300) };
  }
}

function describe(host: string, { Labels, Names, State, Status }: ContainerInfo): HostContainer {
  const label = (name: string) => plain(Labels[name] ?? '');
  return {
    host,
    name: plain(Names[0]?.replace(/^\//, '') ?? ''),
    role: label(LABEL.role),
    application: label(LABEL.application),
    environment: label(LABEL.environment),
    component: label(LABEL.component),
    release: label(LABEL.release),
    deployment: label(LABEL.deployment),
    digest: label(LABEL.digest),
    state: plain(State),
    status: plain(Status),
  };
}

function byPlace(left: HostContainer, right: HostContainer): number {
  const key = (container: HostContainer) =>
    [container.application, container.environment, container.component, container.name].join('\u0001');
  return key(left) < key(right) ? -1 : 1;
}
