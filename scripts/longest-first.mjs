import Sequencer from '@jest/test-sequencer';

/**
 * Test files that take longest, longest first, by the latest measured run. Jest knows this from its own last run alone: on a fresh checkout it goes by
 * size, and one that takes two minutes, begun last, keeps every other worker waiting.
 */
export const LONGEST = [
  'test/bench/kills.test.ts',
  'test/end-to-end/survives.test.ts',
  'test/end-to-end/database.test.ts',
  'test/adapters/router/haproxy-router.test.ts',
  'test/activities/hosts/real-host.test.ts',
  'test/activities/hosts/killed-anywhere.test.ts',
  'test/adapters/registry/copy/copy-faults.test.ts',
  'test/end-to-end/two-hosts.test.ts',
  'test/workflows/jobs.test.ts',
  'test/activities/retention/killed.test.ts',
  'test/workflows/release.test.ts',
  'test/workflows/canary.test.ts',
  'test/activities/hosts/rebuilt-host.test.ts',
  'test/workflows/environment.test.ts',
  'test/adapters/registry/copy/killed.test.ts',
  'test/workflows/determinism.test.ts',
  'test/workflows/standing.test.ts',
  'test/activities/hosts/what-engines-do.test.ts',
  'test/bench/registry.test.ts',
  'test/workflows/guided-failure.test.ts',
  'test/adapters/docker/delivery.test.ts',
  'test/workflows/guards.test.ts',
  'test/workflows/alarms.test.ts',
  'test/bench/fleet.test.ts',
  'test/workflows/image-promotion.test.ts',
  'test/workflows/long-wait.test.ts',
  'test/end-to-end/push-to-image.test.ts',
  'test/bench/cli.test.ts',
  'test/adapters/docker/docker-test-runner.test.ts',
  'test/cli/up.test.ts',
  'test/activities/hosts/real-jobs.test.ts',
  'test/workflows/sites.test.ts',
  'test/workflows/strategies.test.ts',
];

/** Begins with the files that take longest; all others come as Jest would have them. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const long = LONGEST.flatMap((file) => sorted.filter(({ path }) => path.endsWith(`/${file}`)));
    return [...long, ...sorted.filter((test) => !long.includes(test))];
  }
}
