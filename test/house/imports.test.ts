import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importTree, roomsOfRepository, type Violation, violationsIn } from './import-tree.ts';

const PACKAGES = [
  '@fastify/swagger',
  '@libsql/client',
  '@temporalio/activity',
  '@temporalio/client',
  '@temporalio/common',
  '@temporalio/worker',
  '@temporalio/workflow',
  'commander',
  'dockerode',
  'fastify',
  'octokit',
  'pino',
  'tar-stream',
  'yaml',
  'zod',
];

/** One module of each kind, for others to import. */
const TARGETS = [
  'domain/image.ts',
  'workflows/messages.ts',
  'workflows/search-attributes.ts',
  'workflows/release.ts',
  'activities/images.ts',
  'activities/images/errors.ts',
  'adapters/docker/connect.ts',
  'adapters/github/statuses.ts',
  'config/pipeline-file.ts',
  'temporal/connection.ts',
  'worker/start-worker.ts',
  'worker/connect-hosts.ts',
  'server/app.ts',
  'server/schemas.ts',
  'cli/program.ts',
  'lab/engine.ts',
  'demo/story.ts',
  'test/support.ts',
  'bench/run.ts',
];

/** Where a module lies, what it imports (`type …` for its types alone), and the rule that must catch it. */
const FORBIDDEN: readonly [string, string, string][] = [
  ['domain', 'node:crypto', 'domain-core-modules'],
  ['domain', 'fs', 'domain-core-modules'],
  ['domain', 'zod', 'domain-imports'],
  ['domain', 'type @temporalio/common', 'domain-imports'],
  ['domain', 'type activities/images.ts', 'domain-imports'],
  ['domain', 'config/pipeline-file.ts', 'domain-imports'],
  ['domain', 'type workflows/messages.ts', 'domain-imports'],

  ['workflows', 'activities/images.ts', 'workflows-imports-as-types'],
  ['workflows', 'activities/images/errors.ts', 'workflows-imports-as-types'],
  ['workflows', 'both activities/images.ts', 'workflows-imports-as-types'],
  ['workflows', 'dynamic activities/images.ts', 'workflows-imports-as-types'],
  ['workflows', 'again activities/images.ts', 'workflows-imports-as-types'],
  ['workflows', 'adapters/docker/connect.ts', 'workflows-imports'],
  ['workflows', 'type adapters/docker/connect.ts', 'workflows-imports'],
  ['workflows', 'node:fs', 'workflows-core-modules'],
  ['workflows', 'type node:stream', 'workflows-core-modules'],
  ['workflows', 'zod', 'workflows-imports'],
  ['workflows', '@temporalio/client', 'workflows-imports'],
  ['workflows', '@temporalio/activity', 'workflows-imports'],
  ['workflows', 'config/pipeline-file.ts', 'workflows-imports'],
  ['workflows', 'temporal/connection.ts', 'workflows-imports'],

  ['activities', 'adapters/docker/connect.ts', 'activities-imports'],
  ['activities', 'type adapters/docker/connect.ts', 'activities-imports'],
  ['activities', 'workflows/messages.ts', 'activities-imports'],
  ['activities', 'config/pipeline-file.ts', 'activities-imports'],
  ['activities', 'dockerode', 'only-adapters-import-clients'],
  ['activities', '@temporalio/workflow', 'activities-imports'],
  ['activities', 'node:fs/promises', 'activities-core-modules'],

  ['adapters/docker', 'adapters/github/statuses.ts', 'adapters-are-strangers'],
  ['adapters/docker', 'type adapters/github/statuses.ts', 'adapters-are-strangers'],
  ['adapters/docker', 'activities/images.ts', 'adapters-imports-as-types'],
  ['adapters/docker', 'config/pipeline-file.ts', 'adapters-imports'],
  ['adapters/docker', 'type config/pipeline-file.ts', 'adapters-imports'],
  ['adapters/docker', 'worker/start-worker.ts', 'adapters-imports'],
  ['adapters/docker', 'lab/engine.ts', 'product-never-needs-the-lab'],
  ['adapters/docker', '@temporalio/common', 'adapters-know-no-engine'],
  ['adapters/docker', 'jest', 'product-needs-no-development-packages'],

  ['config', 'temporal/connection.ts', 'config-imports'],
  ['config', 'activities/images.ts', 'config-imports'],
  ['config', 'pino', 'config-imports'],
  ['config', 'node:child_process', 'config-core-modules'],

  ['temporal', 'workflows/release.ts', 'temporal-imports-as-types'],
  ['temporal', 'activities/images.ts', 'temporal-imports'],
  ['temporal', 'config/pipeline-file.ts', 'temporal-imports'],
  ['temporal', '@temporalio/worker', 'temporal-imports'],

  ['server', 'adapters/docker/connect.ts', 'server-imports-as-types'],
  ['server', 'activities/images.ts', 'server-imports-as-types'],
  ['server', 'workflows/release.ts', 'server-imports-as-types'],
  ['server', 'worker/start-worker.ts', 'server-imports'],
  ['server', 'cli/program.ts', 'server-imports'],
  ['server', 'octokit', 'only-adapters-import-clients'],
  ['server', '@temporalio/client', 'server-imports'],

  ['cli/verbs', 'adapters/docker/connect.ts', 'cli-imports'],
  ['cli/verbs', 'type activities/images.ts', 'cli-imports'],
  ['cli/verbs', 'worker/start-worker.ts', 'cli-imports'],
  ['cli/verbs', 'temporal/connection.ts', 'cli-imports-as-types'],
  ['cli/verbs', 'server/app.ts', 'cli-imports-as-types'],
  ['cli/verbs', 'fastify', 'cli-imports'],
  ['cli/diagnosis', 'adapters/github/statuses.ts', 'diagnosis-looks-for-itself'],
  ['cli/diagnosis', 'worker/start-worker.ts', 'diagnosis-looks-for-itself'],
  ['cli/processes', 'lab/engine.ts', 'product-never-needs-the-lab'],

  ['worker', 'server/app.ts', 'worker-imports'],
  ['worker', 'cli/program.ts', 'worker-imports'],
  ['worker', 'demo/story.ts', 'product-never-needs-the-lab'],
  ['worker', '@libsql/client', 'only-adapters-import-clients'],
  ['server', 'test/support.ts', 'product-never-needs-the-lab'],
  ['workflows', 'bench/run.ts', 'product-never-needs-the-lab'],
  ['lab', 'test/support.ts', 'lab-imports'],
  ['lab', 'adapters/docker/connect.ts', 'lab-imports'],
  ['temporal', 'no-such-package', 'everything-is-found'],
  ...['domain', 'workflows', 'activities', 'config', 'temporal', 'worker', 'server', 'cli/verbs', 'cli/processes', 'cli/diagnosis'].flatMap(
    (room) =>
      ['dockerode', 'octokit', '@libsql/client', 'type dockerode'].map((client): [string, string, string] => [
        room,
        client,
        'only-adapters-import-clients',
      ]),
  ),
];

const ALLOWED: readonly [string, string][] = [
  ['domain', 'domain/image.ts'],
  ['workflows', 'domain/image.ts'],
  ['workflows', 'type activities/images.ts'],
  ['workflows', '@temporalio/workflow'],
  ['workflows', '@temporalio/common'],
  ['activities', 'domain/image.ts'],
  ['activities', '@temporalio/activity'],
  ['adapters/docker', 'type activities/images.ts'],
  ['adapters/docker', 'activities/images/errors.ts'],
  ['adapters/docker', 'adapters/docker/connect.ts'],
  ['adapters/docker', 'dockerode'],
  ['adapters/docker', 'tar-stream'],
  ['adapters/docker', 'node:fs'],
  ['adapters/github', 'octokit'],
  ['adapters/ledger', '@libsql/client'],
  ['config', 'zod'],
  ['config', 'node:fs/promises'],
  ['temporal', 'type workflows/release.ts'],
  ['temporal', 'workflows/messages.ts'],
  ['temporal', 'workflows/search-attributes.ts'],
  ['temporal', '@temporalio/client'],
  ['server', 'type adapters/docker/connect.ts'],
  ['server', 'workflows/messages.ts'],
  ['server', 'temporal/connection.ts'],
  ['server', '@fastify/swagger'],
  ['cli/verbs', 'type server/schemas.ts'],
  ['cli/verbs', 'config/pipeline-file.ts'],
  ['cli/diagnosis', 'worker/connect-hosts.ts'],
  ['cli/diagnosis', 'adapters/docker/connect.ts'],
  ['cli/processes', 'worker/start-worker.ts'],
  ['cli/processes', 'server/app.ts'],
  ['worker', 'adapters/docker/connect.ts'],
  ['worker', 'activities/images.ts'],
  ['worker', '@temporalio/worker'],
  ['test/house', 'adapters/docker/connect.ts'],
  ['test/house', 'jest'],
];

const pathOf = (room: string, index: number) => `${room}/case-${index}.ts`;

/** Every way in which a module can be imported. */
function codeOf(room: string, wish: string): string {
  const [kind = '', name = wish] = wish.split(' ');
  const specifier = TARGETS.includes(name) ? `${'../'.repeat(room.split('/').length)}${name}` : name;
  if (kind === 'dynamic') return `export const load = () => import('${specifier}');\n`;
  if (kind === 'type') return `import type { Thing } from '${specifier}';\nexport type Case = Thing;\n`;
  const value = `import { nothing } from '${specifier}';\nexport const used = nothing;\n`;
  if (kind === 'both') return `import { type Thing, nothing } from '${specifier}';\nexport const used: Thing = nothing;\n`;
  return kind === 'again' ? `import type { Thing } from '${specifier}';\n${value}export type Case = Thing;\n` : value;
}

const CASES = [...FORBIDDEN, ...ALLOWED];
const CYCLE = {
  'domain/ring-a.ts': "import { b } from './ring-b.ts';\nexport const a = () => b;\n",
  'domain/ring-b.ts': "import { a } from './ring-a.ts';\nexport const b = () => a;\n",
  'domain/types-a.ts': "import type { B } from './types-b.ts';\nexport interface A { b: B }\n",
  'domain/types-b.ts': "import type { A } from './types-a.ts';\nexport interface B { a: A }\n",
};

let tree: Awaited<ReturnType<typeof importTree>>;
let found: readonly Violation[];

beforeAll(async () => {
  const targets = TARGETS.map((path): [string, string] => [path, 'export const nothing = 0;\nexport type Thing = number;\n']);
  const cases = CASES.map(([room, wish], index): [string, string] => [pathOf(room, index), codeOf(room, wish)]);
  tree = await importTree({ ...Object.fromEntries([...targets, ...cases]), ...CYCLE }, PACKAGES);
  const rooms = [...new Set([...targets, ...cases].map(([path]) => path.split('/')[0] ?? ''))];
  found = await violationsIn(tree.directory, rooms);
});
afterAll(() => tree.remove());

const rulesBrokenBy = (index: number) =>
  found.filter(({ from }) => from === pathOf(CASES[index]?.[0] ?? '', index)).map(({ rule }) => rule);

describe('the import table', () => {
  it.each(FORBIDDEN.map((entry, index) => [...entry, index] as const))('forbids %s to import %s, by %s', (_room, _wish, rule, index) => {
    expect(rulesBrokenBy(index)).toContain(rule);
  });

  it.each(ALLOWED.map((entry, index) => [...entry, FORBIDDEN.length + index] as const))('allows %s to import %s', (_room, _wish, index) => {
    expect(rulesBrokenBy(index)).toEqual([]);
  });

  it('forbids a ring of modules, and not one of types alone', () => {
    const rings = found.filter(({ rule }) => rule === 'no-cycles').map(({ from, to }) => [from, to].sort());
    expect(rings).toEqual([['domain/ring-a.ts', 'domain/ring-b.ts']]);
  });

  it('is kept by this repository', async () => {
    const { directory, rooms } = await roomsOfRepository();
    expect(await violationsIn(directory, rooms)).toEqual([]);
  });
});
