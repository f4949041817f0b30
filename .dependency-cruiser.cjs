/**
 * The import table of ARCHITECTURE.md: a room imports what is listed for it and nothing else.
 * `test/house/imports.test.ts` proves that what is forbidden is caught.
 */
const ROOMS = {
  domain: {},
  workflows: { rooms: ['domain'], typesOf: ['activities'], packages: ['@temporalio/workflow', '@temporalio/common'] },
  activities: { rooms: ['domain'], packages: ['@temporalio/activity', '@temporalio/common'] },
  adapters: {
    rooms: ['domain', 'activities/[^/]+/[a-z-]*errors\\.ts$'],
    typesOf: ['activities'],
    packages: ['[^/]+'],
    core: '.+',
  },
  config: { rooms: ['domain'], packages: ['zod', 'yaml'], core: '(fs|fs/promises|path|crypto)' },
  // The two files that define names and no workflow.
  temporal: {
    rooms: ['domain', 'workflows/(messages|search-attributes)\\.ts$'],
    typesOf: ['workflows'],
    packages: ['@temporalio/(client|common|envconfig)', 'env-paths'],
    core: '.+',
  },
  worker: {
    rooms: ['domain', 'workflows', 'activities', 'adapters', 'config', 'temporal'],
    packages: ['@temporalio/(worker|client|common)', 'pino'],
    core: '.+',
  },
  server: {
    rooms: ['domain', 'config', 'temporal', 'workflows/messages\\.ts$'],
    typesOf: ['workflows', 'activities', 'adapters'],
    packages: ['@?fastify', 'fastify-type-provider-zod', 'zod', 'ajv(-formats)?', 'pino', 'jose'],
    core: '.+',
  },
  cli: {
    rooms: ['domain', 'config', 'package\\.json$'],
    typesOf: ['server', 'temporal'],
    packages: ['commander', 'cli-table3', 'yaml', 'env-paths', 'openid-client', 'proper-lockfile'],
    core: '.+',
    except: '^cli/(processes|diagnosis|registry|audit|github)/',
  },
};

/** Where a process is put together from all rooms: it may import what `worker` may, and the server. */
const EVERYTHING = ['domain', 'workflows', 'activities', 'adapters', 'config', 'temporal', 'worker', 'server', 'cli'];

const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** A path below one of these, whether it names a room or a file. */
const below = (names) => names.map((name) => (name.endsWith('$') ? name : `${name}/`)).join('|');

/** Two rules for each room: what it may not import at all, and what it may import as types alone. */
function rulesOf([room, { rooms = [], typesOf = [], packages = [], core, except }]) {
  const from = { path: `^${room}/`, ...(except !== undefined && { pathNot: except }) };
  const built = packages.length === 0 ? [] : [`node_modules/(${packages.join('|')})/`];
  const node = core === undefined ? [] : [`(node:)?${core}$`];
  const allowed = (own) => `^(${[below(own), ...built].join('|')})`;
  const values = [room, ...rooms];
  return [
    // Two patterns, as the name of a core module could also be that of a folder.
    error(`${room}-imports`, 'see the table', from, { pathNot: allowed([...values, ...typesOf]), dependencyTypesNot: ['core'] }),
    error(`${room}-core-modules`, 'see the table', from, { dependencyTypes: ['core'], ...(node.length > 0 && { pathNot: `^${node[0]}` }) }),
    ...(typesOf.length === 0
      ? []
      : [
          error(`${room}-imports-as-types`, 'these are imported as types alone', from, {
            path: `^(${below(typesOf)})`,
            pathNot: allowed(values),
            dependencyTypesNot: ['type-only'],
          }),
        ]),
  ];
}

module.exports = {
  forbidden: [
    ...Object.entries(ROOMS).flatMap(rulesOf),
    error(
      'adapters-know-no-engine',
      'retries and the words of the edges are not theirs',
      { path: '^adapters/' },
      { path: '^node_modules/(@temporalio|@?fastify|commander|zod)/' },
    ),
    error(
      'adapters-are-strangers',
      'each outside system for itself',
      { path: '^adapters/([^/]+)/' },
      { path: '^adapters/', pathNot: '^adapters/$1/' },
    ),
    error(
      'only-adapters-import-clients',
      'the lab makes engines, and is no part of the product',
      { pathNot: '^(adapters|lab|demo|test|bench)/' },
      {
        path: '^node_modules/(dockerode|@?octokit|@libsql|postgres)/',
      },
    ),
    error(
      'processes-are-put-together',
      'of rooms of the product',
      { path: '^cli/processes/' },
      { pathNot: `^(${below(EVERYTHING)}|package\\.json$|node_modules/)`, dependencyTypesNot: ['core'] },
    ),
    error(
      'diagnosis-looks-for-itself',
      '`ps` and `doctor` ask hosts when nothing else is up',
      { path: '^cli/diagnosis/' },
      {
        pathNot: `^(${below(['domain', 'config', 'cli', 'temporal', 'activities/github', 'adapters/docker', 'adapters/github/permissions\\.ts$', 'adapters/secrets', 'worker/connect-(github|hosts|registries)\\.ts$'])}|node_modules/)`,
        dependencyTypesNot: ['core'],
      },
    ),
    error(
      'registry-verbs-ask-registries',
      'they work where there is no server, and no installation',
      { path: '^cli/registry/' },
      {
        pathNot: `^(${below(['domain', 'config', 'cli', 'adapters/registry', 'adapters/secrets', 'activities/registry', 'worker/connect-registries\\.ts$'])})`,
        dependencyTypesNot: ['core'],
      },
    ),
    error(
      'github-verbs-ask-github',
      'they come before there is a server that GitHub could reach',
      { path: '^cli/github/' },
      {
        pathNot: `^(${below(['domain', 'config', 'cli', 'activities/github', 'adapters/github', 'adapters/secrets', 'worker/connect-github\\.ts$'])})`,
        dependencyTypesNot: ['core'],
      },
    ),
    error(
      'audits-need-no-server',
      'what was exported is checked by hashes and keys alone',
      { path: '^cli/audit/' },
      {
        pathNot: `^(${below(['domain', 'cli', 'adapters/ledger/(hashing|note-keys)\\.ts$'])})`,
        dependencyTypesNot: ['core'],
      },
    ),
    error(
      'product-never-needs-the-lab',
      'nor anything else that only people who work on it have',
      { path: `^(${below(EVERYTHING)})` },
      { path: '^(lab|demo|test|bench|scripts)/' },
    ),
    error(
      'lab-imports',
      'what is tried in it is started by who tries it',
      { path: '^lab/' },
      { path: '^(demo|test|bench|worker|server|cli|adapters|activities|workflows)/' },
    ),
    error(
      'product-needs-no-development-packages',
      'they are not installed with it',
      { path: `^(${below(EVERYTHING)})` },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    ),
    error('everything-is-found', 'a rule cannot judge what does not resolve', {}, { couldNotResolve: true }),
    error('no-cycles', 'types may refer to each other', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|demo/application[^/]*|\\.tidegate)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    // Some packages are for `import` alone.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'require', 'types'] },
  },
};
