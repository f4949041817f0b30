import { z } from 'zod';
import type { Finding } from './document.ts';
import { gitSource } from './git-source.ts';
import { githubRepository } from './github-schema.ts';
import { customIssue, text } from './scalars.ts';

/** Where an application's files are read from. */
export function source() {
  const where = z
    .strictObject({
      git: z.exactOptional(gitSource().describe('A git URL, or a path relative to this file')),
      github: z.exactOptional(githubRepository.describe('owner/name, read through the API that github names')),
    })
    .check((context) => {
      const { git, github } = context.value;
      if ((git === undefined) !== (github === undefined)) return;
      const message =
        git === undefined ? 'is missing; give git or github' : 'cannot be given beside github: the files come from one of the two';
      context.issues.push(customIssue(context.value, { message }, ['git']));
    });
  const own = text({
    expected: 'github',
    examples: ['github'],
    pattern: /^github$/,
    refuse: (value) =>
      value === 'github' ? undefined : { message: 'is no source', hint: 'write github, { github: owner/name } or { git: URL }' },
  }).describe("The application's github.repository, read through the API that github names");
  return z.union([where, own]).describe("{ git: URL or path }, { github: owner/name }, or github for the application's github.repository");
}

interface Sourced {
  readonly source: z.output<ReturnType<typeof source>>;
  readonly github?: { readonly repository: string };
}

/** What is read through GitHub needs to know which repository, and who asks. */
export function sourceFindings({
  applications,
  github,
}: {
  readonly applications: readonly Sourced[];
  readonly github?: unknown;
}): Finding[] {
  return applications.flatMap((application, index): Finding[] => {
    const path = ['applications', index, 'source'];
    if (typeof application.source !== 'string' && application.source.git !== undefined) return [];
    if (github === undefined)
      return [
        {
          path,
          message: 'is read through GitHub, and the installation names none',
          hint: 'add github with api and token or app, or give { git: URL }',
        },
      ];
    if (typeof application.source !== 'string' || application.github !== undefined) return [];
    return [{ path, message: 'names no repository', hint: 'write { github: owner/name }, or give github.repository of the application' }];
  });
}
