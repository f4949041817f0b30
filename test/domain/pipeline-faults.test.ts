import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Drain } from '../../domain/drain.ts';
import type { Component, Pipeline, Publication, Stage } from '../../domain/pipeline.ts';
import { pipelineFaults, stageOrder } from '../../domain/pipeline-faults.ts';
import { CANARY } from './arbitraries.ts';

const component = (name: string, changes: Partial<Component> = {}): Component => ({
  name,
  repository: `r/${name}`,
  source: { kind: 'build', context: '.', dockerfile: 'Dockerfile', arguments: {}, timeoutMs: 1 },
  run: { environment: {}, volumes: [], health: { kind: 'running', stableMs: 0, deadlineMs: 1 }, stopGraceMs: 0, drainMs: 0, replicas: 1 },
  after: [],
  specHash: '',
  ...changes,
});

const build = (name: string, needs: string[] = []): Stage => ({ kind: 'build', name, needs });
const deploy = (name: string, needs: string[] = [], environment = name): Stage => ({
  kind: 'deploy',
  name,
  needs,
  environment,
  strategy: { kind: 'rolling', batch: 1 },
});

const pipeline = (stages: Stage[], components = [component('web')]): Pipeline => ({
  application: 'shop',
  revision: '',
  components,
  stages,
});

const messages = (...args: Parameters<typeof pipeline>) =>
  pipelineFaults(pipeline(...args)).map((fault) => `${fault.path.join('.')}: ${fault.message}`);

describe('the faults of a pipeline', () => {
  it('are none when it can be run', () => {
    expect(messages([build('build'), deploy('staging', ['build']), deploy('production', ['staging'])])).toEqual([]);
  });

  it('name every cycle once, by its members in order', () => {
    const stages = [build('a', ['c']), deploy('b', ['a']), deploy('c', ['b']), deploy('d', ['e', 'a']), deploy('e', ['d', 'a'])];
    expect(messages(stages).filter((message) => message.includes('cycle'))).toEqual([
      'stages.0.needs: the cycle a needs c needs b needs a can never begin',
      'stages.3.needs: the cycle d needs e needs d can never begin',
    ]);
  });

  it('name a stage that needs itself, and one that is unknown', () => {
    expect(messages([build('a', ['a', 'x'])])).toEqual([
      'stages.0.needs.0: stage a needs itself',
      'stages.0.needs.1: no stage is named x; there are a',
    ]);
  });

  it('name a drain by signal where there are requests to wait for, and one whose file no engine can see', () => {
    const drained = (until: Drain['until'], more: Partial<Component['run']> = {}) =>
      component('worker', { run: { ...component('worker').run, ...more, drain: { signal: 'SIGUSR1', until, timeoutMs: 1 } } });
    const file = { file: '/run/x/drained' };
    expect(messages([build('build')], [drained('exit'), component('web')])).toEqual([]);
    expect(messages([build('build')], [drained(file)])).toEqual([]);
    expect(messages([build('build')], [drained('exit', { publish: { port: 80, host: 'a', path: '/', identityPath: '/' } })])).toEqual([
      'components.worker.drain: component worker is published: its requests end by themselves, for as long as a duration here says',
    ]);
    expect(messages([build('build')], [drained(file, { volumes: [{ path: '/run', tmpfs: { sizeBytes: 1, mode: 0o700 } }] })])).toEqual([
      'components.worker.drain.until.file: what is below /run of worker is on memory, where engines show no files: take another path',
    ]);
    expect(messages([build('build')], [drained({ file: '/run/secrets/x' })])).toHaveLength(1);
  });

  it('name a job that has the name of what is done around the switch of a component', () => {
    const command = { command: ['x'], environment: {}, timeoutMs: 1 };
    const db = component('db', {
      isStateful: true,
      run: { ...component('db').run, volumes: [{ name: 'data', path: '/data' }] },
      backup: { ...command, isStopped: false },
      hooks: { 'on-rollback': command },
    });
    const jobs = ['db-backup', 'db-on-rollback', 'db-after-switch', 'migrate'].map(
      (name) => ({ ...command, name, component: 'db', when: 'pre-deploy' }) as const,
    );
    const faults = pipelineFaults({ ...pipeline([build('build'), deploy('production', ['build'])], [db]), jobs });
    expect(faults.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      'jobs.db-backup: the backup of component db has this name; give the job another',
      'jobs.db-on-rollback: the hook on-rollback of component db has this name; give the job another',
    ]);
  });

  it('name a canary of an application that has no requests to share', () => {
    const canary: Stage = { ...deploy('production'), strategy: { kind: 'canary', ...CANARY } } as Stage;
    const fault =
      'stages.1.strategy.canary: no component is published over HTTP, so that there are no requests to share between two versions';
    expect(messages([build('build'), { ...canary, needs: ['build'] }])).toEqual([fault]);
    const published = (publish: Publication) => component('web', { run: { ...component('web').run, publish } });
    expect(messages([build('build'), { ...canary, needs: ['build'] }], [published({ port: 80, tcp: 5432 })])).toEqual([fault]);
    const web = published({ port: 80, host: 'shop.example', path: '/', identityPath: '/' });
    expect(messages([build('build'), { ...canary, needs: ['build'] }], [web, component('worker')])).toEqual([]);
  });

  it('name what is there twice', () => {
    const stages = [build('a'), deploy('a', ['a'], 'x'), deploy('b', ['a'], 'x')];
    expect(messages(stages)).toContain('stages.1.name: a second stage is named a');
    expect(messages(stages)).toContain('stages.2.environment: stage a deploys to x already');
  });

  it('name a deployment that could come before the build, and a second build', () => {
    expect(messages([build('build'), deploy('production')])).toEqual([
      'stages.1.needs: stage production uses web, and no build stage comes before it',
    ]);
    expect(messages([build('one'), build('two', ['one']), deploy('production', ['two'])])).toEqual([
      'stages.1: stage two would build the release a second time, and a release is built once; there is one',
    ]);
    expect(messages([deploy('production')])).toEqual(['stages: web must be built, and no stage has kind build']);
    expect(messages([deploy('production')], [component('web', { source: { kind: 'given' } })])).toEqual([]);
  });

  it('let a test of a given image come before the build', () => {
    const given = component('mail', { source: { kind: 'given' } });
    const run = { component: 'mail', command: ['x'], environment: {} };
    const test: Stage = { kind: 'test', name: 'test', needs: [], run, companions: [], timeoutMs: 1 };
    expect(messages([test, build('build'), deploy('production', ['build'])], [component('web'), given])).toEqual([]);
    const beside: Stage = { ...test, companions: [{ name: 'web', image: { component: 'web' }, environment: {} }] };
    expect(messages([beside, build('build')], [component('web'), given])).toEqual([
      'stages.0.needs: stage test uses web, and no build stage comes before it',
    ]);
  });

  it('name a cycle of components', () => {
    const components = [component('a', { after: ['b'] }), component('b', { after: ['a'] })];
    expect(messages([build('build')], components)).toEqual(['components.a.after: the cycle a comes after b comes after a can never begin']);
  });

  it('name what is published twice, and a health check that the router cannot ask', () => {
    const published = (name: string, path: string, healthPath: string) => {
      const { run } = component(name);
      const health = { kind: 'http', path: healthPath, intervalMs: 1, timeoutMs: 1, threshold: 1, deadlineMs: 1 } as const;
      return component(name, { run: { ...run, health, publish: { port: 80, host: 'a.b', path, identityPath: path } } });
    };
    expect(messages([build('build')], [published('web', '/', '/health'), published('api', '/', '/')])).toEqual([
      'components.api.publish: component web is published at a.b/ already',
    ]);
    expect(messages([build('build')], [published('api', '/api', '/apis')])).toEqual([
      'components.api.health.http.path: the router sends only paths below /api to api, and not /apis',
    ]);
    expect(messages([build('build')], [published('api', '/api', '/api?deep=1'), published('web', '/', '/x')])).toEqual([]);
  });

  it('name environments without a port, ports that two components want, and what cannot be asked over TCP', () => {
    const published = (name: string, tcp: number | Record<string, number>, more: Partial<Component['run']> = {}) =>
      component(name, { run: { ...component(name).run, publish: { port: 80, tcp }, ...more } });
    const stages = [build('build'), deploy('staging', ['build']), deploy('production', ['staging'])];
    expect(messages(stages, [published('db', { staging: 6000, production: 5000 }), published('queue', 7000)])).toEqual([]);
    expect(messages(stages, [published('db', { staging: 6000 }), published('queue', 6000)])).toEqual([
      'components.db.publish.tcp: names no port for production',
      'components.queue.publish.tcp: component db has port 6000 in staging already',
    ]);
    const health = { kind: 'http', path: '/', intervalMs: 1, timeoutMs: 1, threshold: 1, deadlineMs: 1 } as const;
    expect(messages(stages, [published('db', 6000, { health })])).toEqual([
      'components.db.health.http: component db is published over TCP, so that nothing can be asked over HTTP',
    ]);
  });

  it('are told and never thrown, for any graph', () => {
    fc.assert(
      fc.property(graphs(), (stages) => expect(pipelineFaults(pipeline(stages)).every((fault) => fault.message !== '')).toBe(true)),
    );
  });

  it('hold a cycle exactly when no order satisfies all needs', () => {
    fc.assert(
      fc.property(graphs(), (stages) => {
        const order = stageOrder(stages).map((stage) => stage.name);
        const satisfied = stages.every((stage) => stage.needs.every((need) => order.indexOf(need) < order.indexOf(stage.name)));
        const cyclic = pipelineFaults(pipeline(stages)).some((fault) => /cycle|needs itself/.test(fault.message));
        expect(cyclic).toBe(!satisfied);
      }),
    );
  });
});

/** Stages s0, s1, … that need any of each other. */
function graphs(): fc.Arbitrary<Stage[]> {
  return fc.array(fc.uniqueArray(fc.nat(6), { maxLength: 3 }), { minLength: 1, maxLength: 7 }).map((needs) =>
    needs.map((list, index) =>
      build(
        `s${index}`,
        list.filter((need) => need < needs.length).map((need) => `s${need}`),
      ),
    ),
  );
}

describe('the order of stages', () => {
  it('is that of the file where the needs allow it', () => {
    const stages = [deploy('c', ['a']), build('a'), build('b')];
    expect(stageOrder(stages).map((stage) => stage.name)).toEqual(['a', 'c', 'b']);
  });

  it('holds every stage once, and leaves a list alone that is in order', () => {
    fc.assert(
      fc.property(graphs(), (stages) => {
        expect(
          stageOrder(stages)
            .map((stage) => stage.name)
            .sort(),
        ).toEqual(stages.map((stage) => stage.name).sort());
        const backwards = stages.map((stage, index) => ({ ...stage, needs: stage.needs.filter((need) => Number(need.slice(1)) < index) }));
        expect(stageOrder(backwards)).toEqual(backwards);
      }),
    );
  });
});
