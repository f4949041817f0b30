import { z } from 'zod';
import { imageReference } from './addresses.ts';
import { approvalRule } from './approval.ts';
import { command } from './container-schema.ts';
import { onFailure } from './on-failure.ts';
import { addedProtection } from './protection.ts';
import { environmentVariables } from './references.ts';
import { customIssue, distinct, duration, name } from './scalars.ts';
import { strategy } from './strategy-schema.ts';

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

/** A step of the pipeline, by its kind. */
export const stage = z.discriminatedUnion('kind', [
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
