import { describe, expect, it } from '@jest/globals';
import type { JobTask } from '../../../domain/job.ts';
import { jobContainerName, LABEL } from '../../../domain/labels.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, PUBLISH, releaseOf } from './deployments.ts';

const web = (version: string) => component('web', version, { publish: PUBLISH });
const first = deploymentOf(releaseOf(1, [web('1')]), null);
const second = deploymentOf(releaseOf(2, [web('2')]), first);

function task(version: string, release: number, more: Partial<JobTask> = {}): JobTask {
  const job = {
    name: 'migrate',
    component: 'web',
    when: 'pre-deploy',
    command: ['up'],
    environment: { STEP: 'one' },
    timeoutMs: 5_000,
    down: ['down'],
  } as const;
  return { job, component: web(version), release, direction: 'up', ...more };
}

const NAME = jobContainerName(second, task('2', 2));

async function hostWithFirst(): Promise<FakeHost> {
  const fake = new FakeHost();
  await activitiesOn(fake).prepare(first);
  await activitiesOn(fake).switch(first);
  return fake;
}

describe('a job', () => {
  it("runs its command in a container of its component's new image, which no request and no name leads to", async () => {
    const fake = await hostWithFirst();
    expect(await activitiesOn(fake).job(second, task('2', 2))).toMatchObject({ job: 'migrate', outcome: 'done', exitCode: 0, host: 'one' });
    const spec = fake.containers.get(NAME)?.spec;
    expect(spec?.image).toEqual(web('2').image);
    expect(spec?.run).toMatchObject({ command: ['up'], replicas: 1 });
    expect(spec?.run.publish).toBeUndefined();
    expect(spec?.aliases).toEqual([]);
    expect(spec?.environment).toMatchObject({ STEP: 'one', TIDEGATE_RELEASE: '2', TIDEGATE_DEPLOYMENT: second.id });
    expect(spec?.labels).toMatchObject({ [LABEL.role]: 'job', [LABEL.job]: 'migrate', [LABEL.generation]: '2' });
    // What serves is none the wiser.
    expect((await activitiesOn(fake).observe()).serving).toEqual({ web: ['tidegate-shop.production.web.g1.1'] });
  });

  it('is started once, whichever call its worker was killed at, and however often it is tried again', async () => {
    for (let k = 1, isOver = false; !isOver; k += 1) {
      const fake = await hostWithFirst();
      fake.killAt = fake.calls.length + k;
      isOver = await activitiesOn(fake)
        .job(second, task('2', 2))
        .then(
          () => true,
          () => false,
        );
      fake.killAt = Number.POSITIVE_INFINITY;
      expect(await activitiesOn(fake, 2).job(second, task('2', 2))).toMatchObject({ outcome: 'done', exitCode: 0 });
      await activitiesOn(fake, 3).job(second, task('2', 2));
      expect({ k, runs: fake.runs }).toEqual({ k, runs: [NAME] });
    }
  });

  it('that fails is told with its exit code and last lines, and is not started again', async () => {
    const fake = await hostWithFirst();
    fake.behaviours.set(web('2').image.digest, 'exits');
    const report = await activitiesOn(fake).job(second, task('2', 2));
    expect(report).toMatchObject({ outcome: 'failed', exitCode: 3 });
    expect(report.detail).toBe(`migrate of release 2 ended with exit code 3 on one. Its last lines:\nsaid by ${NAME}`);
    expect(fake.dossiers.get(report.dossier ?? '')?.containers).toMatchObject([{ container: NAME, exitCode: 3 }]);
    await activitiesOn(fake, 2).job(second, task('2', 2));
    expect(fake.runs).toEqual([NAME]);
  });

  it('that does not end in its time is stopped', async () => {
    const fake = await hostWithFirst();
    fake.jobs.add(NAME);
    expect(await activitiesOn(fake).job(second, task('2', 2))).toMatchObject({ outcome: 'timed-out' });
    expect(fake.containers.get(NAME)?.status).toBe('exited');
  });

  it('is ended and removed with what else a deployment made, when the version before has its requests back', async () => {
    const fake = await hostWithFirst();
    await activitiesOn(fake).prepare(second);
    fake.jobs.add(NAME);
    fake.killAt = fake.calls.length + 12;
    await activitiesOn(fake)
      .job(second, task('2', 2))
      .catch(() => undefined);
    fake.killAt = Number.POSITIVE_INFINITY;
    expect(fake.containers.get(NAME)?.status).toBe('running');
    await activitiesOn(fake).restore(second);
    expect([...fake.containers.keys()]).toEqual(['tidegate-shop.production.web.g1.1']);
  });

  it('that goes on after its deployment ended is stopped before the next deployment begins there', async () => {
    const fake = await hostWithFirst();
    fake.jobs.add(NAME);
    fake.killAt = fake.calls.length + 12;
    await activitiesOn(fake)
      .job(second, task('2', 2))
      .catch(() => undefined);
    fake.killAt = Number.POSITIVE_INFINITY;
    await activitiesOn(fake, 2).prepare(second);
    expect(fake.containers.get(NAME)?.status).toBe('running');
    await activitiesOn(fake).prepare(deploymentOf(releaseOf(3, [web('3')]), second));
    expect(fake.containers.get(NAME)?.status).toBe('exited');
    expect(fake.runningNames('web')).toEqual(['tidegate-shop.production.web.g1.1']);
  });

  it('leaves its container until the next deployment has proved itself', async () => {
    const fake = await hostWithFirst();
    await activitiesOn(fake).prepare(second);
    await activitiesOn(fake).job(second, task('2', 2));
    await activitiesOn(fake).switch(second);
    await activitiesOn(fake).retire(2, 1);
    expect([...fake.containers.keys()]).toContain(NAME);
    await activitiesOn(fake).retire(3, 2);
    expect([...fake.containers.keys()]).not.toContain(NAME);
  });

  it('is undone by its other command, in a container of its own', async () => {
    const fake = await hostWithFirst();
    await activitiesOn(fake).job(second, task('2', 2));
    const down = task('2', 2, { direction: 'down' });
    expect(await activitiesOn(fake).job(second, down)).toMatchObject({ direction: 'down', outcome: 'done' });
    expect(fake.containers.get(jobContainerName(second, down))?.spec.run.command).toEqual(['down']);
    expect(fake.runs).toHaveLength(2);
  });

  it('of a deployment that was overtaken does not begin', async () => {
    const fake = await hostWithFirst();
    await activitiesOn(fake).prepare(second);
    await expect(activitiesOn(fake).job(first, task('1', 1))).rejects.toMatchObject({ name: 'Superseded' });
    expect(fake.runs).toEqual([]);
  });
});
