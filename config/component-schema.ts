import { z } from 'zod';
import { repositoryPath } from './addresses.ts';
import { build } from './build-schema.ts';
import { command, containerShape, memoryIssues } from './container-schema.ts';
import { drain } from './drain-schema.ts';
import { health } from './health-schema.ts';
import { publish } from './publication-schema.ts';
import { environmentVariables, secretFiles } from './references.ts';
import { customIssue, distinct, duration, name } from './scalars.ts';
import { volumes } from './volume-schema.ts';

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

/** One container image of an application, and how it runs. */
export const component = componentShape.check((context) => {
  context.issues.push(...memoryIssues(context.value));
});
