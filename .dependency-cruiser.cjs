/** The import table of ARCHITECTURE.md. `test/house/imports.test.ts` proves that a forbidden import is caught. */
const packages = 'node_modules/';

/** A room may import the listed rooms and packages, and nothing else. */
const only = (room, rooms, allowedPackages) => ({
  name: `${room}-imports`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: {
    pathNot: `^(${[room, ...rooms].join('|')})/|${packages}(${allowedPackages.length > 0 ? allowedPackages.join('|') : 'none-at-all'})(/|$)`,
    dependencyTypesNot: allowedPackages.includes('node:') ? ['core', 'type-only'] : ['type-only'],
  },
});

module.exports = {
  forbidden: [
    { name: 'domain-imports-nothing', severity: 'error', from: { path: '^domain/' }, to: { pathNot: '^domain/' } },
    { ...only('workflows', ['domain'], ['@temporalio/workflow', '@temporalio/common']), comment: 'types of activities may be imported' },
    {
      name: 'workflows-know-types-of-activities-alone',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { pathNot: '^(workflows|domain|activities)/|node_modules/@temporalio/(workflow|common)/' },
    },
    { name: 'activities-imports', severity: 'error', from: { path: '^activities/' }, to: { pathNot: `^(activities|domain)/|${packages}@temporalio/(activity|common)/` } },
    { name: 'adapters-never-reach-inwards', severity: 'error', from: { path: '^adapters/' }, to: { path: '^(workflows|config|temporal|worker|server|cli|lab|demo|test|bench)/' } },
    {
      name: 'adapters-import-types-of-activities',
      severity: 'error',
      comment: 'error classes of a port are values; everything else is a type',
      from: { path: '^adapters/' },
      to: { path: '^activities/', pathNot: '/errors\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    { name: 'adapters-do-not-import-each-other', severity: 'error', from: { path: '^adapters/([^/]+)/' }, to: { path: '^adapters/', pathNot: '^adapters/$1/' } },
    { name: 'config-imports', severity: 'error', from: { path: '^config/' }, to: { pathNot: `^(config|domain)/|${packages}(zod|yaml)/|^(fs|path|url|crypto|fs/promises)$` } },
    { name: 'temporal-imports', severity: 'error', from: { path: '^temporal/' }, to: { path: '^(activities|adapters|config|worker|server|cli|lab|demo|test|bench)/' } },
    { name: 'temporal-knows-types-of-workflows-alone', severity: 'error', from: { path: '^temporal/' }, to: { path: '^workflows/', pathNot: '^workflows/(messages|search-attributes)\\.ts$', dependencyTypesNot: ['type-only'] } },
    { name: 'server-imports', severity: 'error', from: { path: '^server/' }, to: { path: '^(activities|adapters|worker|cli|lab|demo|test|bench)/', dependencyTypesNot: ['type-only'] } },
    { name: 'worker-is-a-root', severity: 'error', from: { path: '^worker/' }, to: { path: '^(cli|lab|demo|test|bench)/' } },
    { name: 'cli-imports', severity: 'error', from: { path: '^cli/', pathNot: '^cli/(processes|diagnosis)/' }, to: { path: '^(activities|adapters/(?!docker/)|workflows|worker|lab|demo|test|bench)/', dependencyTypesNot: ['type-only'] } },
    { name: 'product-never-needs-the-lab', severity: 'error', from: { pathNot: '^(lab|demo|test|bench)/' }, to: { path: '^(lab|demo|test|bench)/' } },
    { name: 'lab-imports', severity: 'error', from: { path: '^lab/' }, to: { path: '^(demo|test|bench|worker|server|cli)/' } },
    { name: 'only-adapters-import-clients', severity: 'error', from: { pathNot: '^(adapters|lab|test|bench)/' }, to: { path: `${packages}(dockerode|octokit|@libsql)/` } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, exclude: { path: '^(dist|demo/application|\\.tidegate)/' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' } },
};
