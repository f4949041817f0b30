import { describe, expect, it } from '@jest/globals';
import type { Component, Pipeline, Stage } from '../../domain/pipeline.ts';
import { pipelineFaults } from '../../domain/pipeline-faults.ts';
import { RUN } from './arbitraries.ts';

const component = (name: string, run: Partial<Component['run']> = {}, more: Partial<Component> = {}): Component => ({
  name,
  repository: `r/${name}`,
  source: { kind: 'given' },
  run: { ...RUN, ...run },
  after: [],
  specHash: '',
  ...more,
});
const deploy = (name: string, environment = name): Stage => ({
  kind: 'deploy',
  name,
  needs: [],
  environment,
  strategy: { kind: 'rolling', batch: 1 },
});
const faults = (components: Component[], more: Partial<Pipeline> = {}) =>
  pipelineFaults({ application: 'shop', revision: '', stages: [deploy('production')], ...more, components }).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
const http = (host: string, path: string) => ({ port: 80, host, path, identityPath: '/' });
const asked = { intervalMs: 1, timeoutMs: 1, threshold: 1, deadlineMs: 1 };
const command = { command: ['x'], environment: {}, timeoutMs: 1 };

describe('a name on the network', () => {
  it('is of one component alone', () => {
    expect(faults([component('web', { aliases: ['www', 'api'] }), component('api')])).toEqual([
      'components.web.aliases.1: api is a name of component api already',
    ]);
    expect(faults([component('web', { aliases: ['www'] }), component('api', { aliases: ['rest', 'www'] })])).toEqual([
      'components.web.aliases.0: www is a name of component api already',
      'components.api.aliases.1: www is a name of component web already',
    ]);
  });

  it('can be a component’s own, and any other', () => {
    expect(faults([component('web', { aliases: ['web', 'www'] }), component('api', { aliases: ['rest'] }), component('worker')])).toEqual(
      [],
    );
  });
});

describe('a component with one writer', () => {
  const stateful = (run: Partial<Component['run']>) => component('db', run, { isStateful: true });
  const data = { name: 'data', path: '/data' };

  it('keeps something that it can write', () => {
    const nothing = ['components.db.stateful: component db keeps nothing: it has no volume that it can write, by name or bind'];
    expect(faults([stateful({ volumes: [data] })])).toEqual([]);
    expect(
      faults([
        stateful({
          volumes: [
            { ...data, readOnly: true },
            { bind: '/srv', path: '/srv', readOnly: false },
          ],
        }),
      ]),
    ).toEqual([]);
    expect(faults([stateful({})])).toEqual(nothing);
    expect(faults([stateful({ volumes: [{ ...data, readOnly: true }] })])).toEqual(nothing);
    expect(faults([stateful({ volumes: [{ tmpfs: { sizeBytes: 1, mode: 0o700 }, path: '/tmp' }] })])).toEqual(nothing);
  });

  it('is one', () => {
    expect(faults([stateful({ volumes: [data], replicas: 2 })])).toEqual([
      'components.db.replicas: component db is stateful, and 2 of it would write at once',
    ]);
  });

  it('alone is saved', () => {
    expect(faults([component('web', {}, { backup: { ...command, isStopped: false } })])).toEqual([
      'components.web.backup: component web is not stateful, so that there is nothing to save',
    ]);
  });
});

describe('a health check', () => {
  it('is told which port to ask where nothing is published', () => {
    expect(faults([component('db', { health: { kind: 'tcp', port: 0, ...asked } })])).toEqual([
      'components.db.health.tcp.port: component db is not published, so that it must be told which port to ask',
    ]);
    expect(faults([component('db', { health: { kind: 'tcp', port: 5432, ...asked } })])).toEqual([]);
  });

  it('asks over HTTP what is published over HTTP', () => {
    expect(faults([component('web', { health: { kind: 'http', path: '/', ...asked } })])).toEqual([
      'components.web.health.http: component web is not published, so that nothing can be asked over HTTP',
    ]);
  });

  it.each([
    ['/api', '/api', true],
    ['/api', '/api/', true],
    ['/api/', '/api', true],
    ['/api', '/api/deep', true],
    ['/api', '/api?deep=1', true],
    ['/', '/anything', true],
    ['/api', '/apis', false],
    ['/api', '/', false],
  ])('below %s reaches %s through the router: %s', (published, path, reached) => {
    const found = faults([component('web', { publish: http('a', published), health: { kind: 'http', path, ...asked } })]);
    expect(found.length === 0).toBe(reached);
  });
});

describe('what is published', () => {
  it('is at one place of one host', () => {
    expect(faults([component('web', { publish: http('a', '/') }), component('api', { publish: http('b', '/') })])).toEqual([]);
    expect(faults([component('web', { publish: http('a', '/') }), component('api', { publish: http('a', '/api') })])).toEqual([]);
    expect(faults([component('web', { publish: http('a', '/') }), component('api', { publish: http('a', '/') })])).toEqual([
      'components.api.publish: component web is published at a/ already',
    ]);
  });

  it('over TCP has a port of its own wherever it has one', () => {
    const stages = [deploy('staging'), deploy('production')];
    const db = (name: string, tcp: number | Record<string, number>) => component(name, { publish: { port: 80, tcp } });
    expect(faults([db('a', { staging: 1 }), db('b', { staging: 2 })], { stages })).toEqual([
      'components.a.publish.tcp: names no port for production',
      'components.b.publish.tcp: names no port for production',
    ]);
  });
});

describe('the folder of the secrets', () => {
  const secrets = [{ name: 'key', value: '${env:KEY}', uid: 0, gid: 0, mode: 0o400 }];
  const mounted = (path: string) => [
    { name: 'a', path: '/a' },
    { name: 'data', path },
  ];

  it('is never hidden by a volume', () => {
    for (const path of ['/run/secrets', '/run/secrets/more'])
      expect(faults([component('web', { secrets, volumes: mounted(path) })])).toEqual([
        'components.web.volumes.1.path: the secrets of web are in /run/secrets: mount the volume elsewhere',
      ]);
  });

  it('is like any other where there are none, and so are its neighbours', () => {
    expect(faults([component('web', { volumes: mounted('/run/secrets') })])).toEqual([]);
    expect(faults([component('web', { secrets, volumes: mounted('/run/secretsx') })])).toEqual([]);
    expect(faults([component('web', { secrets, volumes: mounted('/run') })])).toEqual([]);
  });
});

describe('what a pipeline refers to', () => {
  const test = (run: string, ...companions: string[]): Stage => ({
    kind: 'test',
    name: 'test',
    needs: [],
    run: { component: run, command: [], environment: {} },
    companions: companions.map((name) => ({ name, image: { component: name }, environment: {} })),
    timeoutMs: 1,
  });
  const unknown = (name: string) => `no component is named ${name}; there are web, api`;
  const two = [component('web'), component('api')];

  it('is there', () => {
    expect(faults(two, { stages: [test('web', 'api')] })).toEqual([]);
    expect(faults(two, { stages: [test('wob', 'api', 'apo')] })).toEqual([
      `stages.0.run.component: ${unknown('wob')}`,
      `stages.0.companions.1.component: ${unknown('apo')}`,
    ]);
    const image = {
      ...test('web'),
      companions: [{ name: 'db', image: { repository: 'r', tag: 't' }, environment: {} }],
    } as unknown as Stage;
    expect(faults(two, { stages: [image] })).toEqual([]);
  });

  it('is there once', () => {
    expect(faults([component('web'), component('web')])).toContain('components.web: a second component is named web');
    expect(faults(two, { stages: [test('web', 'api', 'web', 'api')] })).toEqual([
      'stages.0.companions.2.name: a second companion of test is named api',
    ]);
  });

  it('is an order that can be kept', () => {
    expect(faults([component('web', {}, { after: ['web'] })])).toEqual(['components.web.after.0: component web comes after itself']);
    expect(faults([component('web', {}, { after: ['api', 'db'] }), component('api')])).toEqual([
      `components.web.after.1: ${unknown('db')}`,
    ]);
  });

  it('is a component that a job can run in', () => {
    const jobs = [{ ...command, name: 'migrate', component: 'db', when: 'pre-deploy' as const }];
    expect(faults(two, { jobs })).toEqual([`jobs.migrate.component: ${unknown('db')}`]);
  });

  it('is a stage at least', () => {
    expect(faults(two, { stages: [] })).toEqual(['stages: a pipeline needs at least one stage']);
  });
});
