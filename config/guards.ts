import { z } from 'zod';
import { isSameOnGitHub } from '../domain/guard/environment-name.ts';
import type { Finding } from './document.ts';
import type { InstallationDocument } from './installation-schema.ts';
import { name, text } from './scalars.ts';

/** GitHub takes names of up to 255 characters. */
const onGitHub = () =>
  text({
    expected: 'an environment',
    refuse: (value) => (value === '' || value.length > 255 ? { message: 'is empty or too long' } : undefined),
  });

const guard = z
  .strictObject({
    environment: name().describe('One of environments'),
    github: z.exactOptional(onGitHub().describe('What the environment is called on GitHub; by default the same')),
  })
  .transform(({ environment, github = environment }) => ({ environment, github }));

export const guards = () =>
  z
    .array(guard)
    .max(50)
    .default([])
    .describe('Environments on GitHub whose jobs wait until the gates here have let their commit through; for a GitHub App alone');

/** What is wrong with the environments that GitHub is to be answered for. */
export function guardFindings({ applications, environments, github }: InstallationDocument): Finding[] {
  return applications.flatMap(({ github: place }, index) =>
    (place?.guards ?? []).flatMap((one, at, all): Finding[] => {
      const path = ['applications', index, 'github', 'guards', at];
      const names = environments.map(({ name: known }) => known);
      if (!names.includes(one.environment))
        return [
          { path: [...path, 'environment'], message: `no environment is named ${one.environment}`, hint: `there are ${names.join(', ')}` },
        ];
      const isTwin = all.findIndex((other) => isSame(one, other)) < at;
      if (isTwin) return [{ path, message: `${one.github} on GitHub stands for ${one.environment} twice` }];
      if (github !== undefined && github.app === undefined)
        return [
          {
            path,
            message: 'only a GitHub App can be a protection rule of an environment',
            hint: "give github.app; 'tidegate github setup' makes one",
          },
        ];
      if (github?.app?.webhookSecret !== undefined || github?.webhooks !== undefined) return [];
      return [{ path, message: 'waits for GitHub, whose webhooks nobody would believe', hint: 'add github.app.webhookSecret' }];
    }),
  );
}

interface Named {
  readonly environment: string;
  readonly github: string;
}

function isSame(one: Named, other: Named): boolean {
  return one.environment === other.environment && isSameOnGitHub(one.github, other.github);
}
