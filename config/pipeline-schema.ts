import { z } from 'zod';
import { imageReference, isHost, repositoryPath } from './addresses.ts';
import { approvalRule } from './approval.ts';
import { canary } from './canary-schema.ts';
import { command, containerShape, memoryIssues } from './container-schema.ts';
import { drain } from './drain-schema.ts';
import { health } from './health-schema.ts';
import { hostCount, label } from './host-count.ts';
import { onFailure } from './on-failure.ts';
import { innerPath, requestPath, urlPath } from './paths.ts';
import { platforms } from './platforms.ts';
import { addedProtection } from './protection.ts';
import { buildArguments, environmentVariables, secretFiles, secretName } from './references.ts';
import { customIssue, distinct, duration, exactlyOne, name, port, refuseName, text } from './scalars.ts';
import { volumes } from './volume-schema.ts';

const CACHE = /^[a-z0-9][\w.:/-]*(?::[\w.-]+|@sha256:[0-9a-f]{64})$/;

const build = z.strictObject({
  context: innerPath().default('.').describe('Folder within the repository'),
  dockerfile: innerPath().default('Dockerfile').describe('Within the context'),
  target: z.exactOptional(
    text({
      expected: 'a target',
      refuse: (value) => (/^[A-Za-z0-9][\w.-]*$/.test(value) ? undefined : { message: 'is no stage of a Dockerfile' }),
    }),
  ),
  arguments: buildArguments().default({}),
  platforms: z.exactOptional(platforms().describe("What the image is for: of several, an image each; by default the build host's own")),
  cacheFrom: z.exactOptional(
    distinct(
      text({
        expected: 'an image',
        examples: ['registry.example.com/shop/web:main'],
        pattern: CACHE,
        refuse: (value) =>
          CACHE.test(value) ? undefined : { message: 'is no image', hint: 'write REPOSITORY:TAG or REPOSITORY@sha256:…' },
      }),
    )
      .max(10)
      .describe('Images whose layers the build may take instead of making them; what is not there is left out'),
  ),
  secrets: z.exactOptional(
    distinct(secretName())
      .min(1)
      .max(20)
      .describe('Ids of secrets that steps mount (RUN --mount=type=secret,id=ID); their values are in applications[].buildSecrets'),
  ),
  timeout: duration({ min: 1_000 }).prefault('10m'),
});

const publishedHost = text({
  expected: 'a host name',
  examples: ['shop.{environment}.localhost'],
  refuse: (value) => {
    if (isHost(value.replace(/\{(application|environment)\}/g, 'x'))) return undefined;
    return {
      message: 'is no host name',
      hint: 'lower case, as in shop.{environment}.example.com; {application} and {environment} are filled in',
    };
  },
});

const publish = z
  .strictObject({
    port: port().describe('The port that the container listens on'),
    host: z.exactOptional(publishedHost.describe('The host name that users ask for, over HTTP')),
    path: z.exactOptional(urlPath().describe('Requests below this path go to the component; by default all')),
    identity: z.exactOptional(
      requestPath().describe('Where it answers its TIDEGATE_DEPLOYMENT, in a header or the body; by default the health path'),
    ),
    tcp: z.exactOptional(
      z
        .union([port(), z.record(name(), port())], { error: 'expected a port, or environments with a port each' })
        .describe('The port of its hosts, instead of a host name: one for all environments, or one for each. router.tcp must list it'),
    ),
  })
  .check((context) => {
    const { host, tcp, path, identity } = context.value;
    if ((host === undefined) === (tcp === undefined))
      context.issues.push(customIssue(context.value, { message: 'expected either host, for HTTP, or tcp' }));
    const strange =
      tcp === undefined ? [] : Object.entries({ path, identity }).flatMap(([key, value]) => (value === undefined ? [] : [key]));
    for (const key of strange)
      context.issues.push(customIssue(context.value, { message: 'is for HTTP, and this is published over TCP' }, [key]));
  });

const hostSelector = z.record(z.string().min(1), z.string({ error: 'expected text' })).check((context) => {
  if (Object.keys(context.value).length > 0) return;
  context.issues.push(customIssue(context.value, { message: 'names no label', hint: 'write { role: web }, or take the key out' }));
});

const hook = z.strictObject({
  command: command(),
  environment: environmentVariables().default({}).describe("Beside the component's"),
  timeout: duration({ min: 1_000 }).prefault('1m'),
});

const hooks = z
  .strictObject({
    beforeSwitch: z.exactOptional(hook.describe('Just before a host switches the component')),
    afterSwitch: z.exactOptional(hook.describe('When the component has been switched on a host')),
    onRollback: z.exactOptional(hook.describe('When the version before serves on a host again')),
  })
  .describe("Commands in containers of the component's new image, on each host");

const backup = z.strictObject({
  command: command(),
  restore: z.exactOptional(command().describe('Brings back on the way back what was saved')),
  stopped: z.boolean().default(false).describe('Whether both run while no version does; otherwise while the version before does'),
  environment: environmentVariables().default({}).describe("Beside the component's"),
  timeout: duration({ min: 1_000 }).prefault('30m'),
});

const componentShape = z.strictObject({
  repository: repositoryPath().describe('Within its registry'),
  registry: z.exactOptional(name().describe('A registry of tidegate.yaml; by default its only one')),
  build: z.exactOptional(build.describe('Without it the image is given when a release is created')),
  ...containerShape,
  environment: environmentVariables().default({}),
  secrets: z.exactOptional(secretFiles().describe('Files below /run/secrets, on memory alone')),
  volumes: volumes.default([]),
  publish: z.exactOptional(publish),
  health: z.exactOptional(health),
  stopGrace: duration({ min: 0, max: 3_600_000 }).prefault('10s').describe('Between SIGTERM and SIGKILL'),
  drain: drain()
    .prefault('10s')
    .describe('For requests in flight when traffic has moved away; or how it ends its work where it has no port'),
  replicas: z.number().int().min(1).max(100).default(1),
  stateful: z.exactOptional(
    z.boolean().describe('One writer: the old version has stopped before the new one starts, whatever the strategy'),
  ),
  backup: z.exactOptional(backup.describe('Saves what a stateful component keeps, on each host before its hand-over')),
  hooks: z.exactOptional(hooks),
  hosts: z.exactOptional(hostSelector.describe('Labels of the hosts that it runs on; by default on all of its environment')),
  after: distinct(name()).default([]).describe('Components that are switched before this one'),
});

const component = componentShape.check((context) => {
  context.issues.push(...memoryIssues(context.value));
});

const needs = z.exactOptional(distinct(name()).describe('Stages that must have passed; by default the one before it in the file'));

const companion = z
  .strictObject({
    name: name(),
    component: z.exactOptional(name()),
    image: z.exactOptional(imageReference()),
    command: z.exactOptional(command()),
    environment: environmentVariables().default({}),
  })
  .check((context) => {
    const { component: own, image } = context.value;
    if ((own === undefined) !== (image === undefined)) return;
    context.issues.push(customIssue(context.value, { message: 'expected either component or image' }));
  });

const stopAfterFailures = z.exactOptional(
  z.number().int().min(1).max(10_000).describe('So many failed hosts make the deployment go back; fewer are left out. By default 1'),
);
const maxInFlight = z.exactOptional(hostCount(1).describe('Hosts that are changed at the same time; by default all of a batch'));

const fleetRules = z.strictObject({
  batch: hostCount(1).prefault(1).describe('Hosts that are done before the next ones begin'),
  maxInFlight,
  minHealthy: z.exactOptional(hostCount(0).describe('Hosts that must serve while others are changed')),
  stopAfterFailures,
  orderBy: z.exactOptional(label().describe('A label of hosts: those of one value are done before those of the next begin')),
});

const strategy = exactlyOne({
  rolling: z.exactOptional(fleetRules.describe('The new version starts beside the old, host by host')),
  recreate: z.exactOptional(fleetRules.describe('The old version stops first; on each host there is a gap')),
  blueGreen: z.exactOptional(
    z.strictObject({ maxInFlight, stopAfterFailures }).describe('Proved on every host before requests move on any, then on all'),
  ),
  canary: z.exactOptional(
    canary
      .extend({ maxInFlight, stopAfterFailures })
      .describe('As blueGreen, with a growing share of the requests first, judged at each step'),
  ),
});

const stage = z.discriminatedUnion('kind', [
  z.strictObject({ name: name(), kind: z.literal('build'), needs }),
  z.strictObject({
    name: name(),
    kind: z.literal('test'),
    needs,
    run: z.strictObject({ component: name(), command: command(), environment: environmentVariables().default({}) }),
    companions: z.array(companion).default([]),
    timeout: duration({ min: 1_000 }).prefault('10m'),
  }),
  z.strictObject({
    name: name(),
    kind: z.literal('deploy'),
    needs,
    environment: name().describe('An environment of tidegate.yaml'),
    strategy: strategy.prefault({ rolling: {} }),
    approval: z.exactOptional(approvalRule().describe("Adds to the environment's own rule")),
    protection: z.exactOptional(addedProtection().describe("Gates besides the environment's own")),
    onFailure: z.exactOptional(onFailure().describe('When a host fails; counts where the environment says nothing itself')),
  }),
]);

const componentName = z.string().check((context) => {
  const refusal = refuseName(context.value);
  if (refusal !== undefined) context.issues.push(customIssue(context.value, refusal));
});

const components = z.record(componentName, component);

const job = z
  .strictObject({
    component: name().describe('Whose image, secrets, volumes, network and limits it has'),
    when: z.enum(['pre-deploy', 'post-deploy']).describe('Before the first container is switched, or when the release serves on all hosts'),
    command: command(),
    environment: environmentVariables().default({}).describe("Beside the component's"),
    timeout: duration({ min: 1_000 }).prefault('10m'),
    down: z.exactOptional(command().describe('What undoes it, from the same image')),
    forwardOnly: z.exactOptional(z.boolean().describe('Whether versions before may not bear what it did, and nothing undoes it')),
  })
  .check((context) => {
    const { when, down, forwardOnly } = context.value;
    const isUndoSaid = down !== undefined || forwardOnly !== undefined;
    if (when === 'pre-deploy' && !isUndoSaid)
      context.issues.push(
        customIssue(context.value, {
          message: 'does not say how it is undone',
          hint: 'add down: [command], or forwardOnly: true where nothing undoes it, or forwardOnly: false where nothing has to',
        }),
      );
    if (when === 'post-deploy' && isUndoSaid)
      context.issues.push(
        customIssue(context.value, { message: 'only a pre-deploy job is undone', hint: 'take down and forwardOnly away' }),
      );
    if (down !== undefined && forwardOnly === true)
      context.issues.push(
        customIssue(context.value, { message: 'has both down and forwardOnly', hint: 'keep one of them' }, ['forwardOnly']),
      );
  });

const jobs = z.record(componentName, job);

/** pipeline.yaml: what its keys are. What they mean together is in `domain/pipeline-faults.ts`. */
export const pipelineSchema = z
  .strictObject({
    version: z.literal(1, { error: 'expected 1, the only version of this file' }),
    application: name().describe('The application of tidegate.yaml that this is the pipeline of'),
    components: components
      .check((context) => {
        const count = Object.keys(context.value).length;
        if (count < 1 || count > 100)
          context.issues.push(customIssue(context.value, { message: `expected 1 to 100 components, saw ${count}` }));
      })
      .meta({ minProperties: 1, maxProperties: 100 }),
    jobs: z.exactOptional(jobs.describe('Commands that are run once for each release in each environment')),
    stages: z.array(stage).max(100),
  })
  .meta({ title: 'pipeline.yaml', description: 'What a release of an application goes through' });

export type PipelineDocument = z.output<typeof pipelineSchema>;
