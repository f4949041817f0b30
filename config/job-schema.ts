import { z } from 'zod';
import { command } from './container-schema.ts';
import { environmentVariables } from './references.ts';
import { customIssue, duration, name } from './scalars.ts';

/** A command that is run once for each release in each environment. */
export const job = z
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
