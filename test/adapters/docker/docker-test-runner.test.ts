import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestRequest, TestRunner } from '../../../activities/tests.ts';
import { createDockerTestRunner } from '../../../adapters/docker/docker-test-runner.ts';
import { createOciRegistry } from '../../../adapters/registry/oci-registry.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import { parseDigest } from '../../../domain/digest.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { until } from '../../../lab/until.ts';
import { BASE, type DockerLab, publishImage, startDockerLab } from './docker-lab.ts';

let lab: DockerLab;
let runner: TestRunner;
let app: PinnedImage;
let healthy: PinnedImage;
let sick: PinnedImage;
const lines: string[] = [];
let giveUp: AbortController;

beforeAll(async () => {
  lab = await startDockerLab('test-runner');
  app = await publishImage(lab, 'shop/web', `FROM ${BASE}\nCMD ["true"]\n`);
  const check = 'HEALTHCHECK --interval=300ms --timeout=1s --retries=2';
  healthy = await publishImage(
    lab,
    'shop/db',
    `FROM ${BASE}\n${check} CMD test -f /ready\nCMD ["sh", "-c", "sleep 1; echo > /ready; exec httpd -f -p 80 -h /bin"]\n`,
  );
  sick = await publishImage(lab, 'shop/sick', `FROM ${BASE}\n${check} CMD false\nCMD ["sh", "-c", "echo it hurts; exec sleep 1000"]\n`);
  runner = runnerWithin(15_000);
});

function runnerWithin(companionDeadlineMs: number): TestRunner {
  return createDockerTestRunner({
    host: 'tester',
    endpoint: lab.engine.docker,
    docker: lab.docker,
    registry: createOciRegistry(
      connectRegistries({ credentials: async () => undefined, access: plainHttpAt([lab.registry.address]) }).open,
    ),
    credentials: async () => undefined,
    resolveValue: async (text) => text.replace('$' + '{env:WORD}', 'a secret word'),
    companionDeadlineMs,
  });
}

beforeEach(() => {
  giveUp = new AbortController();
  lines.length = 0;
});

afterEach(async () => {
  expect(await leftovers()).toEqual([]);
});

afterAll(async () => {
  await lab.stop();
});

async function leftovers(): Promise<string[]> {
  const containers = await lab.docker.listContainers({ all: true });
  const networks = await lab.docker.listNetworks();
  const own = networks.map(({ Name }) => Name).filter((name) => !['bridge', 'host', 'none'].includes(name));
  return [...containers.flatMap(({ Names }) => Names), ...own];
}

function request(script: string, changes: Partial<TestRequest> = {}): TestRequest {
  return {
    application: 'shop',
    release: 3,
    stage: 'unit',
    images: { web: app, db: healthy },
    run: { component: 'web', command: ['sh', '-c', script], environment: { WORD: '$' + '{env:WORD}' } },
    companions: [],
    timeoutMs: 20_000,
    ...changes,
  };
}

const run = (asked: TestRequest) => runner.run(asked, { signal: giveUp.signal, onProgress: (line) => lines.push(line) });

/** Runs until the tests print this word. */
const printed = (word: string) =>
  until(`the tests to print ${word}`, 60_000, async () => {
    const [found] = await lab.docker.listContainers({ filters: { name: ['shop.3.unit.test'] } });
    if (found === undefined) return false;
    return (await lab.docker.getContainer(found.Id).logs({ follow: false, stdout: true, stderr: true })).includes(word);
  });

describe('tests', () => {
  it('that pass are reported with their digest and their output', async () => {
    const report = await run(request('echo "tested with $WORD"; echo to-the-other-stream >&2'));
    expect(report).toMatchObject({ passed: true, exitCode: 0, timedOut: false, digest: app.digest });
    expect(report.output).toMatch(/tested with \[redacted\]\n/);
    expect(report.output).toMatch(/to-the-other-stream/);
  });

  it('that fail are a report with their exit code and not an error', async () => {
    expect(await run(request('echo 1 of 2 failed; exit 4'))).toMatchObject({
      passed: false,
      exitCode: 4,
      timedOut: false,
      output: '1 of 2 failed\n',
    });
  });

  it('whose program is missing fail with what the engine says', async () => {
    expect(await run(request('', { run: { component: 'web', command: ['/no/such'], environment: {} } }))).toMatchObject({
      passed: false,
      exitCode: 127,
    });
  });

  it('that take too long are ended', async () => {
    const report = await run(request('echo started; sleep 1000', { timeoutMs: 1_500 }));
    expect(report).toMatchObject({ passed: false, timedOut: true, output: 'started\n' });
    expect([137, 143]).toContain(report.exitCode);
  });

  it('that say much are cut to their last 8 kB', async () => {
    const { output } = await run(request('for i in $(seq 3000); do echo "line number $i"; done'));
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(8 * 1024);
    expect(output).toMatch(/line number 3000\n$/);
  });

  it('tell their last line while they run', async () => {
    const running = run(request('echo half way; sleep 2.5'));
    await until('the line to be told', 60_000, async () => lines.includes('half way'));
    expect((await running).passed).toBe(true);
  });
});

describe('companions', () => {
  it('are up and healthy before the tests begin, are found by name, and may be components or references', async () => {
    const companions = [
      { name: 'database', image: { component: 'db' }, environment: {} },
      {
        name: 'cache',
        image: { reference: `${lab.registry.address}/shop/web:lab` },
        command: ['httpd', '-f', '-p', '80', '-h', '/bin'],
        environment: {},
      },
    ];
    const report = await run(
      request('wget -q -O /dev/null http://database/true && wget -q -O /dev/null http://cache/true && echo both', { companions }),
    );
    expect(report).toMatchObject({ passed: true, output: 'both\n' });
  });

  it('that end at once, or never get healthy, are named with what they printed', async () => {
    const ending = { name: 'database', image: { component: 'web' }, command: ['sh', '-c', 'echo no data; exit 9'], environment: {} };
    await expect(run(request('echo never', { companions: [ending] }))).rejects.toMatchObject({
      name: 'CompanionFailed',
      message: expect.stringMatching(/database of stage unit.*exit code 9.*no data/s),
    });
    const ill = { name: 'database', image: { component: 'sick' }, environment: {} };
    const hasty = runnerWithin(1_000).run(request('echo never', { companions: [ill], images: { web: app, sick } }), {
      signal: giveUp.signal,
      onProgress: () => {},
    });
    await expect(hasty).rejects.toMatchObject({
      name: 'CompanionFailed',
      message: expect.stringMatching(/not ready after 1 s: (starting|unhealthy).*it hurts/s),
    });
  });

  it('of an image that is not there are named before anything is made', async () => {
    const reference = `${lab.registry.address}/shop/web:never-pushed`;
    const companions = [{ name: 'cache', image: { reference }, environment: {} }];
    await expect(run(request('echo never', { companions }))).rejects.toMatchObject({
      name: 'CompanionNotFound',
      message: expect.stringContaining(reference),
    });
  });
});

describe('a stage that cannot run', () => {
  it('because the release has no such component says so', async () => {
    const missing = request('true', { run: { component: 'worker', command: [], environment: {} } });
    await expect(run(missing)).rejects.toMatchObject({ name: 'ComponentWithoutImage', message: expect.stringMatching(/worker.*web, db/) });
  });

  it('because the registry lacks the digest is ImageNotFound', async () => {
    const images = { web: { repository: app.repository, digest: parseDigest(`sha256:${'3'.repeat(64)}`) } };
    await expect(run(request('true', { images }))).rejects.toMatchObject({ name: 'ImageNotFound' });
  });
});

describe('an attempt', () => {
  it('that is cancelled leaves nothing', async () => {
    const running = run(
      request('echo begun; sleep 1000', { companions: [{ name: 'database', image: { component: 'db' }, environment: {} }] }),
    );
    await printed('begun');
    giveUp.abort(new Error('the release was cancelled'));
    await expect(running).rejects.toThrow('the release was cancelled');
  });

  it('that comes after one which was killed clears up after it, and ends it should it still be at work', async () => {
    const first = run(request('echo begun; sleep 1000'));
    // It may see its container end before it sees that it is gone; what an attempt says that was replaced counts for nobody.
    const ended = first.then(
      ({ exitCode }) => `exit code ${exitCode}`,
      (error: Error) => error.name,
    );
    await printed('begun');
    expect(await run(request('echo second'))).toMatchObject({ passed: true, output: 'second\n' });
    expect(['ContainerMissing', 'EngineRefused', 'exit code 137']).toContain(await ended);
  });

  it('touches neither another stage nor another release', async () => {
    const other = run(request('sleep 1.5; echo other', { stage: 'unit-2' }));
    const third = run(request('sleep 1.5; echo third', { release: 31 }));
    expect((await run(request('echo mine'))).passed).toBe(true);
    expect((await other).output).toBe('other\n');
    expect((await third).output).toBe('third\n');
  });
});
