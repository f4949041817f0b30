import { z } from 'zod';
import { component } from './component-schema.ts';
import { job } from './job-schema.ts';
import { customIssue, name, refuseName } from './scalars.ts';
import { stage } from './stage-schema.ts';

const componentName = z.string().check((context) => {
  const refusal = refuseName(context.value);
  if (refusal !== undefined) context.issues.push(customIssue(context.value, refusal));
});

const components = z.record(componentName, component);

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
