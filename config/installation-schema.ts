import { z } from 'zod';
import { CAPABILITIES, isPowerful } from '../domain/capabilities.ts';
import { host, hostAndPort, httpUrl, pinnedImage, registryAddress } from './addresses.ts';
import { alarm } from './alarm.ts';
import { approvalRule } from './approval.ts';
import { breakGlass } from './break-glass.ts';
import { checks } from './checks.ts';
import { dockerEndpoint } from './docker-endpoint.ts';
import { environmentImages } from './environment-images.ts';
import { github, githubRepository } from './github-schema.ts';
import { guards } from './guards.ts';
import { hostNetwork } from './host-network.ts';
import { ledger } from './ledger.ts';
import { onFailure } from './on-failure.ts';
import { filePath, innerPath, mountPath } from './paths.ts';
import { groups, people, roles, signIn, tokens } from './people-schema.ts';
import { platform } from './platforms.ts';
import { ownedProtection, refuseTwins, toGateRules } from './protection.ts';
import { queue } from './queue.ts';
import { buildSecrets, secret } from './references.ts';
import { retention } from './retention.ts';
import { customIssue, distinct, duration, name, port, text } from './scalars.ts';
import { source } from './source-schema.ts';
import { triggers, webhooks } from './triggers.ts';
import { trust } from './trust.ts';

/** Its container publishes them from its beginning, as engines give a container no port later. */
const tcpPorts = () =>
  z
    .array(port())
    .max(16)
    .check((context) => {
      const ports = context.value;
      ports.forEach((value, index) => {
        if (ports.indexOf(value) < index) context.issues.push(customIssue(value, { message: `${value} is named twice` }, [index]));
      });
    });

const server = z.strictObject({
  address: host().default('127.0.0.1').describe('Where the API server listens'),
  port: port().default(7420),
  url: z.exactOptional(httpUrl().describe('How people and GitHub reach the server, for links')),
});

const temporal = z.strictObject({
  address: z.exactOptional(
    hostAndPort().describe("Temporal's frontend; without it TEMPORAL_ADDRESS counts, or Tidegate starts a development server"),
  ),
  namespace: text({
    expected: 'a namespace',
    refuse: (value) => (/^[\w.-]{1,128}$/.test(value) ? undefined : { message: 'is no namespace' }),
  }).default('default'),
  ui: z.exactOptional(httpUrl().describe("Temporal's own console")),
});

const registry = z
  .strictObject({
    name: name(),
    address: registryAddress().describe('host or host:port, as images name it'),
    plainHttp: z.boolean().default(false).describe('Whether it speaks HTTP without TLS'),
    username: z.exactOptional(text({ expected: 'a user name', refuse: (value) => (value === '' ? { message: 'is empty' } : undefined) })),
    password: z.exactOptional(secret()),
    ca: z.exactOptional(filePath().describe('PEM file of authorities to trust besides the well-known ones')),
    certificate: z.exactOptional(filePath().describe('PEM file of the certificate to show to the registry')),
    key: z.exactOptional(filePath().describe("PEM file of the certificate's key, without passphrase")),
    mirrors: distinct(registryAddress())
      .default([])
      .describe('Registries that are asked first for what has a digest, by address; how they are reached is in their own entries'),
    tokenHosts: distinct(host())
      .default([])
      .describe("Hosts outside the registry's own domain that may be given its credentials for a token"),
  })
  .check((context) => {
    for (const pair of [['username', 'password'] as const, ['certificate', 'key'] as const]) {
      const missing = pair.filter((key) => context.value[key] === undefined);
      if (missing.length !== 1) continue;
      context.issues.push(customIssue(context.value, { message: `is missing; ${pair.join(' and ')} belong together` }, missing));
    }
  });

const hostSettings = z.strictObject({
  name: name(),
  docker: dockerEndpoint().describe("The host's engine: unix:///…, ssh://user@host, tcp://host:port, or { context: name }"),
  tls: z.exactOptional(z.strictObject({ ca: filePath(), certificate: filePath(), key: filePath() }).describe('PEM files for tcp://')),
  address: z.exactOptional(host().describe("Where users reach the host's router; by default what docker names")),
  port: z.exactOptional(port().describe("The router's port on the host; by default router.port")),
  https: z.exactOptional(port().describe("The router's port for TLS on the host; by default router.https")),
  site: name().default('default'),
  pull: z
    .enum(['worker', 'engine'])
    .default('worker')
    .describe("Who downloads images for it: its site's worker, which checks them on the way, or its own engine"),
  labels: z.record(z.string().min(1), z.string()).default({}),
});

const author = z.strictObject({
  address: text({
    expected: 'an e-mail address',
    examples: ['rita@example.com'],
    refuse: (value) => (/^[^\s<>@]+@[^\s<>@]+$/.test(value) ? undefined : { message: 'is no e-mail address' }),
  }).transform((value) => value.toLowerCase()),
  person: z.exactOptional(name().describe('Without it they are nobody who could approve, such as a robot')),
});

const application = z.strictObject({
  name: name(),
  source: source(),
  pipeline: innerPath().default('pipeline.yaml').describe('The pipeline file within the repository'),
  github: z.exactOptional(
    z.strictObject({
      repository: githubRepository.describe('owner/name: commits there are told how each stage stands'),
      id: z.exactOptional(
        z
          .number()
          .int()
          .min(1)
          .max(Number.MAX_SAFE_INTEGER)
          .describe("GitHub's number of the repository; by default the one that was seen first"),
      ),
      guards: guards(),
    }),
  ),
  urls: z.exactOptional(z.record(name(), httpUrl()).describe('Where people use it, by environment; deployments on GitHub link there')),
  buildSecrets: z.exactOptional(
    buildSecrets().describe('What steps of its builds may ask for, by the ids that build.secrets of its pipeline names'),
  ),
  triggers: triggers(),
});

const powerful = text({
  expected: 'a capability',
  examples: ['SYS_ADMIN'],
  refuse: (value) => {
    if (!CAPABILITIES.includes(value)) return { message: 'is no capability', hint: 'names are those of capabilities(7) without CAP_' };
    return isPowerful(value) ? undefined : { message: 'reaches no host, and every component may have it', hint: 'take it out' };
  },
});

const tls = z.strictObject({
  certificates: z
    .array(
      z.strictObject({
        name: name(),
        chain: secret().describe("PEM: the server's own certificate first, then those up to its root, without it"),
        key: secret().describe("PEM of the certificate's key, without passphrase"),
      }),
    )
    .min(1)
    .max(100),
  redirect: z.boolean().default(false).describe('Whether requests over plain HTTP are sent to HTTPS'),
});

const environment = z.strictObject({
  name: name(),
  hosts: distinct(name()).min(1),
  bake: duration({ min: 0, max: 7 * 86_400_000 })
    .prefault('30s')
    .describe('How long the previous version stays warm after a deployment'),
  images: z.exactOptional(environmentImages()),
  binds: distinct(mountPath()).default([]).describe('Folders of its hosts that components may bind, each exactly as it is written here'),
  networks: distinct(hostNetwork()).default([]).describe('Networks of its hosts that components may join besides their own'),
  capabilities: distinct(powerful).default([]).describe('Capabilities that reach a host itself and that components may have'),
  alarms: z.array(alarm).max(20).default([]).describe('What takes a release back by itself during the bake time'),
  queue: z.exactOptional(queue().describe('What becomes of releases that wait for it; without it, each has its turn')),
  breakGlass: z.exactOptional(breakGlass().describe('What letting a release past gates in an emergency means here')),
  onFailure: z.exactOptional(onFailure().describe("When a host fails; counts before a stage's own")),
  tls: z.exactOptional(tls.describe('Certificates that the routers of its hosts show, each for the host names that it holds')),
  protection: ownedProtection({
    approval: z.exactOptional(approvalRule()),
    stopAfterFailures: z.exactOptional(
      z
        .number()
        .int()
        .min(1)
        .max(10_000)
        .describe("So many failed hosts make every deployment go back; a stage's own number counts where it is lower"),
    ),
  })
    .check(refuseTwins)
    .transform(({ approval, stopAfterFailures, ...gates }) => ({
      ...(approval !== undefined && { approval }),
      ...(stopAfterFailures !== undefined && { stopAfterFailures }),
      gates: toGateRules(gates),
    }))
    .prefault({}),
});

/** tidegate.yaml: what its keys are. What they mean together is in `installation-faults.ts`. */
export const installationSchema = z
  .strictObject({
    version: z.literal(1, { error: 'expected 1, the only version of this file' }),
    installation: name().describe('Names this installation on everything that it makes'),
    data: filePath().default('.tidegate').describe('Folder for what must not be lost, relative to this file'),
    server: server.prefault({}),
    temporal: temporal.prefault({}),
    sites: z.array(z.strictObject({ name: name() })).default([]),
    registries: z.array(registry).min(1),
    router: z.strictObject({
      image: pinnedImage().describe('The router that each host runs, with its digest'),
      port: port().default(80).describe('The port that it publishes on a host'),
      https: z.exactOptional(port().describe('The port for TLS that it publishes on a host; environments[].tls gives the certificates')),
      tcp: tcpPorts().default([]).describe('Further ports that it publishes on each host, for components that publish tcp; at most 16'),
    }),
    hosts: z.array(hostSettings).min(1),
    build: z.exactOptional(
      z
        .strictObject({
          host: name(),
          platforms: z.exactOptional(
            z.record(platform(), name()).describe('Hosts that build the images of these platforms instead, as machines that run them'),
          ),
        })
        .describe('Where images are built; needed with more than one host'),
    ),
    tests: z.exactOptional(z.strictObject({ host: name() }).describe('Where test stages run; by default where images are built')),
    applications: z.array(application).min(1),
    environments: z.array(environment).min(1),
    github: z.exactOptional(github),
    checks,
    webhooks: webhooks().describe('Registries and others that tell of images'),
    retention: retention.prefault({}),
    ledger: ledger.prefault({}).describe('The record of every decision and change'),
    trust: trust.describe('Whose signatures count, and what images must carry'),
    authors: z
      .array(author)
      .default([])
      .describe('Whose addresses of commits are, for rules that exclude authors; by default whoever is named like them'),
    people,
    groups,
    roles,
    tokens: tokens.prefault({}),
    signIn: z.exactOptional(signIn.describe('People sign in at a provider of OpenID Connect')),
    notify: z
      .array(z.strictObject({ url: httpUrl(), secret: secret().describe('What the messages are signed with') }))
      .max(10)
      .default([])
      .describe('Who is told at once when somebody breaks the glass: signed webhooks'),
  })
  .meta({ title: 'tidegate.yaml', description: 'An installation of Tidegate' });

export type InstallationDocument = z.output<typeof installationSchema>;
