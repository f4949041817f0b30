import { describe, expect, it } from '@jest/globals';
import { PipelineInvalid } from '../../config/errors.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { parsePipeline } from '../../config/pipeline-file.ts';
import { parsePipelineFor } from '../../config/pipeline-in-installation.ts';
import { documentedExample, REGISTRIES, ROUTER, SMALL_INSTALLATION, SMALL_PIPELINE } from './documents.ts';

const context = { application: 'shop', registries: REGISTRIES };
const read = (text: string) => parsePipeline(text, 'pipeline.yaml', context);

function problemsOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PipelineInvalid) return error.message;
    throw error;
  }
  throw new Error('the file was accepted');
}

const EXAMPLE = documentedExample('pipeline.yaml');

const changed = (from: string, to: string, text = SMALL_PIPELINE) => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe('pipeline.yaml', () => {
  it('is read as the manual shows it', () => {
    const pipeline = read(EXAMPLE);
    expect(pipeline.components.map((component) => component.repository)).toEqual(['10.0.0.1:5000/shop/web', '10.0.0.1:5000/shop/worker']);
    expect(pipeline.components[0]?.source).toEqual({
      kind: 'build',
      context: '.',
      dockerfile: 'Dockerfile',
      target: 'web',
      arguments: { NODE_ENV: 'production' },
      timeoutMs: 600_000,
    });
    expect(pipeline.components[0]?.run).toEqual({
      command: ['node', 'web.js'],
      environment: { QUEUE: '/queue', TOKEN: '${env:SHOP_TOKEN}' },
      secrets: [{ name: 'mail.password', value: '${file:shop/mail.password}', uid: 0, gid: 0, mode: 0o444 }],
      user: 'node',
      readOnlyRoot: true,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      pids: 256,
      ulimits: { nofile: { soft: 65_536, hard: 65_536 } },
      labels: { team: 'till' },
      volumes: [
        { name: 'queue', path: '/queue' },
        { path: '/tmp', tmpfs: { sizeBytes: 67_108_864, mode: 0o1777 } },
      ],
      publish: { port: 8080, host: 'shop.{environment}.localhost', path: '/', identityPath: '/version' },
      health: { kind: 'http', path: '/health', intervalMs: 500, timeoutMs: 2_000, threshold: 2, deadlineMs: 30_000 },
      stopGraceMs: 10_000,
      drainMs: 10_000,
      replicas: 1,
      memoryBytes: 268_435_456,
      cpus: 0.5,
    });
    expect(pipeline.stages.map((stage) => [stage.name, stage.needs])).toEqual([
      ['build', []],
      ['test', ['build']],
      ['staging', ['test']],
      ['production', ['staging']],
    ]);
    expect(pipeline.stages[3]).toMatchObject({ strategy: { kind: 'rolling', batch: 1 }, approval: { approvers: ['sam'], count: 1 } });
    expect(pipeline.stages[1]).toMatchObject({
      companions: [{ name: 'mail', image: { reference: 'registry.example.com/tools/mail:2.1' } }],
    });
  });

  it('has jobs, which say how they are undone', () => {
    const with_ = (job: string) => read(`${SMALL_PIPELINE.trimEnd()}\njobs:\n  migrate: ${job}\n`);
    expect(with_('{ component: web, when: pre-deploy, command: [up], down: [down] }').jobs).toEqual([
      { name: 'migrate', component: 'web', when: 'pre-deploy', command: ['up'], environment: {}, timeoutMs: 600_000, down: ['down'] },
    ]);
    expect(with_('{ component: web, when: pre-deploy, command: [up], forwardOnly: true }').jobs?.[0]?.forwardOnly).toBe(true);
    expect(with_('{ component: web, when: pre-deploy, command: [up], forwardOnly: false }').jobs?.[0]).not.toHaveProperty('forwardOnly');
    const problems = (job: string) => problemsOf(() => with_(job));
    expect(problems('{ component: web, when: pre-deploy, command: [up] }')).toMatch(
      /migrate: does not say how it is undone[\s\S]*forwardOnly: true/,
    );
    expect(problems('{ component: web, when: post-deploy, command: [up], down: [down] }')).toMatch(/only a pre-deploy job is undone/);
    expect(problems('{ component: web, when: pre-deploy, command: [up], down: [down], forwardOnly: true }')).toMatch(
      /both down and forwardOnly/,
    );
    expect(problems('{ component: wbe, when: post-deploy, command: [up] }')).toMatch(/jobs\.migrate\.component: no component is named wbe/);
    expect(problems('{ component: web, when: later, command: [up] }')).toMatch(/when: expected pre-deploy or post-deploy/);
  });

  it('has stateful components, what saves them, and hooks', () => {
    const around = `
    volumes: [{ name: data, path: /data }]
    stateful: true
    backup: { command: [dump], restore: [load] }
    hooks: { beforeSwitch: { command: [warm], timeout: 30s }, onRollback: { command: [tell] } }`;
    const [web] = read(changed('repository: shop/web', `repository: shop/web${around}`)).components;
    expect(web).toMatchObject({
      isStateful: true,
      backup: { command: ['dump'], restore: ['load'], environment: {}, timeoutMs: 1_800_000, isStopped: false },
      hooks: { 'before-switch': { command: ['warm'], timeoutMs: 30_000 }, 'on-rollback': { command: ['tell'], timeoutMs: 60_000 } },
    });
    const plain = read(changed('repository: shop/web', 'repository: shop/web\n    volumes: [{ name: data, path: /data }]')).components[0];
    expect(web?.specHash).toBe(plain?.specHash);
  });

  it('drains by a signal where there are no requests, without being another container for it', () => {
    const read1 = (drain: string) =>
      read(SMALL_PIPELINE.replace('repository: shop/web', `repository: shop/web\n    drain: ${drain}`)).components[0];
    expect(read1('{ signal: SIGUSR1 }')?.run).toMatchObject({
      drainMs: 10_000,
      drain: { signal: 'SIGUSR1', until: 'exit', timeoutMs: 60_000 },
    });
    const full = read1('{ signal: SIGUSR2, until: { file: /run/drained }, timeout: 5m }');
    expect(full?.run.drain).toEqual({ signal: 'SIGUSR2', until: { file: '/run/drained' }, timeoutMs: 300_000 });
    expect(full?.specHash).toBe(read1('20s')?.specHash);
    expect(read1('20s')?.run).toMatchObject({ drainMs: 20_000 });
    expect(read1('20s')?.run).not.toHaveProperty('drain');
  });

  it('needs little, and fills in the rest', () => {
    const [web] = read(SMALL_PIPELINE).components;
    expect(web?.source).toEqual({ kind: 'given' });
    expect(web?.run).toEqual({
      environment: {},
      volumes: [],
      health: { kind: 'running', stableMs: 2_000, deadlineMs: 30_000 },
      stopGraceMs: 10_000,
      drainMs: 10_000,
      replicas: 1,
    });
  });

  it('takes every setting of a container', () => {
    const settings = `
    entrypoint: [/bin/sh, -c]
    user: '1000:app'
    workingDirectory: /
    hostname: till
    stopSignal: SIGINT
    init: false
    readOnlyRoot: true
    noNewPrivileges: false
    capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] }
    pids: 100
    ulimits: { nofile: 1024, core: { soft: 0, hard: -1 } }
    memory: 64MiB
    swap: 0B
    memoryReservation: 32MiB
    shm: 1MiB
    extraHosts: { till.local: 10.0.0.9, 'host.internal': host-gateway, six: 'fd00::1' }
    labels: { team: till }
    logging: { driver: json-file, options: { max-size: 10m } }
    aliases: [desk]
    hosts: { role: web }
    volumes:
      - { name: data, path: /data, readOnly: true }
      - { bind: /srv/shop, path: /srv }
      - { tmpfs: { size: 1MiB, mode: '0700' }, path: /tmp }
      - { tmpfs: { size: 1MiB }, path: /run }
    secrets:
      password: '\${file:db.password}'
      address: { value: 'postgres://shop:\${env:PASSWORD}@db', mode: '0400', uid: 1000, gid: 1000 }
    health: { command: { run: [check] } }`;
    const [web] = read(changed('repository: shop/web', `repository: shop/web${settings}`)).components;
    expect(web?.hosts).toEqual({ role: 'web' });
    expect(web?.run).toMatchObject({
      entrypoint: ['/bin/sh', '-c'],
      user: '1000:app',
      workingDirectory: '/',
      init: false,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      ulimits: { nofile: { soft: 1024, hard: 1024 }, core: { soft: 0, hard: -1 } },
      memoryBytes: 64 * 2 ** 20,
      swapBytes: 0,
      memoryReservationBytes: 32 * 2 ** 20,
      shmBytes: 2 ** 20,
      extraHosts: { 'till.local': '10.0.0.9', 'host.internal': 'host-gateway', six: 'fd00::1' },
      logging: { driver: 'json-file', options: { 'max-size': '10m' } },
      aliases: ['desk'],
      secrets: [
        { name: 'address', value: 'postgres://shop:$' + '{env:PASSWORD}@db', uid: 1000, gid: 1000, mode: 0o400 },
        { name: 'password', value: '$' + '{file:db.password}', uid: 0, gid: 0, mode: 0o444 },
      ],
      volumes: [
        { name: 'data', path: '/data', readOnly: true },
        { bind: '/srv/shop', path: '/srv' },
        { tmpfs: { sizeBytes: 2 ** 20, mode: 0o700 }, path: '/tmp' },
        { tmpfs: { sizeBytes: 2 ** 20, mode: 0o1777 }, path: '/run' },
      ],
      health: {
        kind: 'command',
        command: ['check'],
        intervalMs: 1_000,
        timeoutMs: 5_000,
        startPeriodMs: 0,
        failures: 3,
        deadlineMs: 60_000,
      },
    });
  });

  it('asks a published component over HTTP unless told otherwise', () => {
    const publish = (more: string) =>
      read(changed('repository: shop/web', `repository: shop/web\n    publish: { port: 80, host: a.b, path: /api }${more}`));
    expect(publish('').components[0]?.run).toMatchObject({ health: { kind: 'http', path: '/api' }, publish: { identityPath: '/api' } });
    expect(publish('\n    health: { container: {} }').components[0]?.run).toMatchObject({
      health: { kind: 'container', deadlineMs: 60_000 },
      publish: { identityPath: '/api' },
    });
  });

  it('publishes a port of its hosts where it says tcp, and is then asked for connections', () => {
    const publish = (tcp: string) =>
      read(changed('repository: shop/web', `repository: shop/web\n    publish: { port: 5432, tcp: ${tcp} }`)).components[0]?.run;
    expect(publish('15432')).toMatchObject({ publish: { port: 5432, tcp: 15_432 }, health: { kind: 'tcp', port: 5432 } });
    expect(publish('{ production: 15432 }')).toMatchObject({ publish: { port: 5432, tcp: { production: 15_432 } } });
  });

  it('has a strategy of which what is left out stays out, so that revisions of before stay as they were', () => {
    const published = changed('repository: shop/web', 'repository: shop/web\n    publish: { port: 80, host: a.b }');
    const strategyOf = (text: string) =>
      read(changed('environment: production', `environment: production, strategy: ${text}`, published)).stages.flatMap((stage) =>
        stage.kind === 'deploy' ? [stage.strategy] : [],
      )[0];
    expect(strategyOf('{ rolling: {} }')).toEqual({ kind: 'rolling', batch: 1 });
    expect(strategyOf("{ rolling: { batch: '25%', maxInFlight: 2, minHealthy: '50%', stopAfterFailures: 3, orderBy: zone } }")).toEqual({
      kind: 'rolling',
      batch: { percent: 25 },
      maxInFlight: 2,
      minHealthy: { percent: 50 },
      stopAfterFailures: 3,
      orderBy: 'zone',
    });
    expect(strategyOf('{ recreate: {} }')).toEqual({ kind: 'recreate', batch: 1 });
    expect(strategyOf('{ blueGreen: { maxInFlight: 4 } }')).toEqual({ kind: 'blue-green', maxInFlight: 4 });
    expect(strategyOf('{ canary: { steps: [{ weight: 5, pause: 5m }, { weight: 50, pause: 1h }], maxInFlight: 25% } }')).toEqual({
      kind: 'canary',
      maxInFlight: { percent: 25 },
      steps: [
        { weight: 5, pauseMs: 300_000 },
        { weight: 50, pauseMs: 3_600_000 },
      ],
      judgement: {
        requests: 100,
        failed: { points: 1, times: 1.5 },
        refused: { points: 5, times: 1.5 },
        latency: { moreMs: 50, times: 1.5 },
      },
      onUnclear: { ask: true, deadlineMs: 1_800_000, default: 'roll-back' },
    });
    const rules =
      'judgement: { requests: 5, failed: { points: 0.1 }, latency: { more: 0ms, times: 2 } }, onUnclear: { ask: false, default: proceed }';
    expect(strategyOf(`{ canary: { steps: [{ weight: 5, pause: 5m }], ${rules} } }`)).toMatchObject({
      judgement: { requests: 5, failed: { points: 0.1, times: 1.5 }, latency: { moreMs: 0, times: 2 } },
      onUnclear: { ask: false, deadlineMs: 1_800_000, default: 'proceed' },
    });
  });

  it('has a revision and spec hashes that do not depend on how the file is written', () => {
    const before = read(EXAMPLE);
    const rewritten = read(
      `# the same\n${EXAMPLE.replace('stopGrace: 10s', 'stopGrace: 10000ms').replace('{ name: queue, path: /queue }', '{ path: /queue, name: queue }')}`,
    );
    expect(rewritten.revision).toBe(before.revision);
    expect(rewritten.components).toEqual(before.components);
    expect(before.revision).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('has a spec hash that changes with what its container is made with, and a revision that changes with everything', () => {
    const before = read(EXAMPLE);
    const more = read(EXAMPLE.replace('replicas: 1', 'replicas: 2').replace('drain: 10s', 'drain: 20s'));
    expect(more.components[0]?.specHash).toBe(before.components[0]?.specHash);
    expect(more.revision).not.toBe(before.revision);
    const other = read(EXAMPLE.replace('cpus: 0.5', 'cpus: 0.6'));
    expect(other.components[0]?.specHash).not.toBe(before.components[0]?.specHash);
    expect(other.components[1]?.specHash).toBe(before.components[1]?.specHash);
    expect(other.revision).not.toBe(before.revision);
    const image = read(EXAMPLE.replace('repository: shop/web', 'repository: shop/site'));
    expect(image.components[0]?.specHash).toBe(before.components[0]?.specHash);
    expect(image.revision).not.toBe(before.revision);
  });

  it.each([
    ['application: shop', 'application: shp', /2:14 application: this is the pipeline of shp, and that of shop was asked for/],
    ['repository: shop/web', 'repository: shop/web:1.0', /is no repository[\s\S]*leave tag and digest out/],
    ['repository: shop/web', 'repository: Shop/web', /write it in lower case/],
    ['repository: shop/web', 'repository: 10.0.0.1:5000/shop/web', /the registry is named by the key registry/],
    ['repository: shop/web', 'repository: ../web', /is no repository/],
    ['repository: shop/web', 'repository: shop/web\n    registry: man', /no registry is named man[\s\S]*did you mean main\?/],
    ['repository: shop/web', 'repository: shop/web\n    privileged: true', /components\.web\.privileged: unknown key/],
    [
      'repository: shop/web',
      'repository: shop/web\n    command: node web.js',
      /expected a list of words, as in \[node, web\.js\], saw "node web\.js"/,
    ],
    [
      'repository: shop/web',
      'repository: shop/web\n    command: []',
      /expected a list of words, as in \[node, web\.js\], saw an empty list/,
    ],
    [
      'repository: shop/web',
      'repository: shop/web\n    command: [node, 1.10]',
      /command\[1\]: expected text, saw 1\.1[\s\S]*write '1\.10'/,
    ],
    [
      'repository: shop/web',
      'repository: shop/web\n    environment: { PORT: 8080 }',
      /environment\.PORT: expected text, saw 8080[\s\S]*write '8080'/,
    ],
    [
      'repository: shop/web',
      'repository: shop/web\n    environment: { 1X: a }',
      /6:20 components\.web\.environment\.1X: is no name of a variable/,
    ],
    ['repository: shop/web', 'repository: shop/web\n    environment: { TIDEGATE_X: a }', /sets variables that begin with TIDEGATE_ itself/],
    ['repository: shop/web', "repository: shop/web\n    environment: { A: '${env:}' }", /has a malformed reference/],
    ['repository: shop/web', "repository: shop/web\n    environment: { A: '${evn:A}' }", /'evn' is no kind of secret/],
    ['repository: shop/web', "repository: shop/web\n    environment: { A: '${file:/etc/shadow}' }", /outside the folder of tidegate\.yaml/],
    ['repository: shop/web', "repository: shop/web\n    environment: { A: 'x ${file:a/../../b}' }", /outside the folder of tidegate\.yaml/],
    ['repository: shop/web', "repository: shop/web\n    build: { arguments: { A: '${env:A}' } }", /stays readable in the image/],
    [
      'repository: shop/web',
      'repository: shop/web\n    build: { platforms: [amd64] }',
      /platforms\[0\]: is no platform[\s\S]*write linux\/amd64/,
    ],
    [
      'repository: shop/web',
      'repository: shop/web\n    build: { platforms: [linux/amd64, linux/aarch64] }',
      /platforms\[1\]: is no platform[\s\S]*write linux\/arm64/,
    ],
    [
      'repository: shop/web',
      'repository: shop/web\n    build: { platforms: [linux/] }',
      /is no platform[\s\S]*os\/architecture, as in linux\/arm64/,
    ],
    ['repository: shop/web', 'repository: shop/web\n    build: { platforms: [linux/arm64, linux/arm64] }', /linux\/arm64 is named twice/],
    [
      'repository: shop/web',
      'repository: shop/web\n    build: { platforms: [linux/arm64, linux/amd64, linux/arm64/v8] }',
      /platforms\[2\]: linux\/arm64\/v8 is the same as linux\/arm64/,
    ],
    ['repository: shop/web', 'repository: shop/web\n    build: { platforms: [] }', /platforms: expected at least 1/],
    ['repository: shop/web', 'repository: shop/web\n    build: { platform: linux/arm64 }', /unknown key[\s\S]*did you mean platforms\?/],
    ['repository: shop/web', 'repository: shop/web\n    build: { context: ../.. }', /leads out of its folder/],
    ['repository: shop/web', 'repository: shop/web\n    build: { dockerfile: /etc/passwd }', /is no relative path/],
    ['repository: shop/web', 'repository: shop/web\n    volumes: [{ name: q, path: /a/../.. }]', /is no folder in a container/],
    ['repository: shop/web', 'repository: shop/web\n    volumes: [{ name: /var/run, path: /x }]', /volumes\[0\]\.name: is no name/],
    [
      'repository: shop/web',
      'repository: shop/web\n    volumes: [{ name: a, path: /x }, { name: b, path: /x }]',
      /volumes\[1\]\.path: \/x is mounted twice/,
    ],
    [
      'repository: shop/web',
      'repository: shop/web\n    publish: { port: 0, host: a.b }',
      /publish\.port: expected a port, 1 to 65535, saw 0/,
    ],
    ['repository: shop/web', 'repository: shop/web\n    publish: { port: 80, host: Shop.B }', /is no host name/],
    [
      'repository: shop/web',
      "repository: shop/web\n    publish: { port: 80, host: '{env}.b' }",
      /\{application\} and \{environment\} are filled in/,
    ],
    ['repository: shop/web', 'repository: shop/web\n    publish: { port: 80 }', /publish: expected either host, for HTTP, or tcp/],
    [
      'repository: shop/web',
      'repository: shop/web\n    publish: { port: 80, host: a.b, tcp: 81 }',
      /expected either host, for HTTP, or tcp/,
    ],
    ['repository: shop/web', 'repository: shop/web\n    publish: { port: 80, tcp: 81, path: / }', /path: is for HTTP/],
    ['repository: shop/web', 'repository: shop/web\n    publish: { port: 80, tcp: { production: 0 } }', /tcp/],
    ['repository: shop/web', 'repository: shop/web\n    publish: { port: 80, host: a.b, path: "/a b" }', /publish\.path: is no path/],
    ['repository: shop/web', 'repository: shop/web\n    publish: { port: 80, host: a.b, path: /a/../b }', /publish\.path: is no path/],
    [
      'repository: shop/web',
      'repository: shop/web\n    health: {}',
      /health: expected exactly one of http, tcp, command, container, running/,
    ],
    ['repository: shop/web', 'repository: shop/web\n    health: { http: {}, running: {} }', /expected exactly one of/],
    ['repository: shop/web', 'repository: shop/web\n    health: { http: {} }', /health\.http: component web is not published/],
    ['repository: shop/web', 'repository: shop/web\n    health: { running: { deadline: 2h, stable: -1s } }', /stable: is no duration/],
    ['repository: shop/web', 'repository: shop/web\n    replicas: 0', /replicas: expected at least 1, saw 0/],
    ['repository: shop/web', 'repository: shop/web\n    replicas: 1.5', /replicas: expected a whole number, saw 1\.5/],
    ['repository: shop/web', 'repository: shop/web\n    memory: 256', /expected a size such as '256MiB', saw 256/],
    ['repository: shop/web', 'repository: shop/web\n    memory: 256Mib', /is no size/],
    ['repository: shop/web', 'repository: shop/web\n    memory: 1KiB', /out of range/],
    ['repository: shop/web', 'repository: shop/web\n    cpus: .inf', /cpus: expected/],
    [
      'repository: shop/web',
      'repository: shop/web\n    after: [web]',
      /6:13 components\.web\.after\[0\]: component web comes after itself/,
    ],
    ['repository: shop/web', 'repository: shop/web\n    after: [wrk]', /no component is named wrk; there are web/],
    ['repository: shop/web', 'repository: shop/web\n    build: {}', /7:1 stages: web must be built, and no stage has kind build/],
    ['  web:', '  Web:', /4:3 components\.Web: is no name/],
    ['  web:\n    repository: shop/web', '', /components: has no value; expected a mapping/],
    ['kind: deploy', 'kind: depoly', /stages\[0\]\.kind: expected build or test or deploy, saw "depoly"/],
    ['kind: deploy, environment: production', 'kind: deploy', /stages\[0\]\.environment: is missing/],
    ['kind: deploy', 'kind: build', /7:38 stages\[0\]\.environment: unknown key/],
    [
      'environment: production',
      'environment: production, needs: [production]',
      /7:72 stages\[0\]\.needs\[0\]: stage production needs itself/,
    ],
    ['environment: production', 'environment: production, needs: [x]', /no stage is named x; there are production/],
    ['environment: production', 'environment: production, strategy: { canary: {} }', /strategy\.canary\.steps: is missing/],
    ['environment: production', 'environment: production, strategy: { rolling: { batch: 0 } }', /batch: expected at least 1/],
    ['environment: production', "environment: production, strategy: { rolling: { batch: '0%' } }", /batch: is no share of the hosts/],
    ['environment: production', "environment: production, strategy: { rolling: { batch: '120%' } }", /batch: is no share of the hosts/],
    ['environment: production', 'environment: production, strategy: { rolling: { maxInFlights: 2 } }', /did you mean maxInFlight\?/],
    [
      'environment: production',
      'environment: production, strategy: { rolling: { stopAfterFailures: 0 } }',
      /stopAfterFailures: expected at least 1/,
    ],
    ['environment: production', 'environment: production, strategy: { blueGreen: { batch: 1 } }', /blueGreen\.batch: unknown key/],
    [
      'environment: production',
      'environment: production, strategy: { rolling: {}, recreate: {} }',
      /expected exactly one of rolling, recreate, blueGreen, canary/,
    ],
    ...(
      [
        ['steps: []', /steps: expected at least 1/],
        ['steps: [{ weight: 0, pause: 5m }]', /steps\[0\]\.weight: expected at least 1/],
        ['steps: [{ weight: 100, pause: 5m }]', /steps\[0\]\.weight: expected at most 99/],
        ['steps: [{ weight: 50, pause: 5m }, { weight: 20, pause: 5m }]', /steps\[1\]\.weight: expected more than 50/],
        ['steps: [{ weight: 5 }]', /steps\[0\]\.pause: is missing/],
        ['steps: [{ weight: 5, pause: 1ms }]', /steps\[0\]\.pause: is out of range/],
        ['steps: [{ weight: 5, pause: 5m }], judgement: { failed: { times: 0.5 } }', /judgement\.failed\.times: expected at least 1/],
        ['steps: [{ weight: 5, pause: 5m }], onUnclear: { default: skip }', /onUnclear\.default: expected/],
        ['steps: [{ weight: 5, pause: 5m }], batch: 2', /canary\.batch: unknown key/],
      ] as const
    ).map(
      ([canary, reason]) => ['environment: production', `environment: production, strategy: { canary: { ${canary} } }`, reason] as const,
    ),
    [
      'environment: production',
      'environment: production, approval: { approvers: [a], count: 2 }',
      /2 approvals cannot come from 1 approvers/,
    ],
    [
      'stages:\n  - { name: production, kind: deploy, environment: production }',
      'stages: []',
      /6:9 stages: a pipeline needs at least one stage/,
    ],
  ])('refuses %s as %s', (from, to, reason) => {
    expect(problemsOf(() => read(changed(from, to)))).toMatch(reason);
  });

  it.each([
    ['entrypoint: sh', /entrypoint: expected a list of words/],
    ['user: "root root"', /user: is no user[\s\S]*1000:1000/],
    ['workingDirectory: src', /workingDirectory: is no folder in a container/],
    ['hostname: Till_1', /hostname: is no host name/],
    ['stopSignal: TERM', /stopSignal: expected SIGTERM or/],
    ['init: yes', /init: expected true or false[\s\S]*YAML 1\.2/],
    ['capabilities: { add: [CAP_NET_RWA] }', /capabilities\.add\[0\]: is no capability[\s\S]*did you mean NET_RAW\?/],
    ['capabilities: { add: [ALL] }', /is no capability/],
    ['capabilities: { add: [CHOWN], drop: [CHOWN] }', /CHOWN is both added and dropped/],
    ['pids: 0', /pids: expected at least 1/],
    ['ulimits: { files: 1 }', /ulimits\.files/],
    ['ulimits: { nofile: { soft: 2, hard: 1 } }', /its soft limit 2 is above its hard limit 1/],
    ['swap: 1MiB', /swap: swap without memory limits nothing[\s\S]*add memory/],
    ['memory: 64MiB\n    memoryReservation: 65MiB', /memoryReservation: is more than memory/],
    ['shm: 1B', /shm: is out of range: between 4KiB and 1048576GiB/],
    ['extraHosts: { till: till.example.com }', /extraHosts\.till: is no IP address[\s\S]*host-gateway/],
    ['extraHosts: { till: 10.0.0.256 }', /is no IP address/],
    ['labels: { io.tidegate.release: "1" }', /labels that begin with io\.tidegate\. are Tidegate's own/],
    ['labels: { team: 1 }', /labels\.team: expected text/],
    ['logging: { driver: json-file }', /json-file without max-size fills the disk[\s\S]*max-size: '20m'/],
    ['logging: { driver: splunk }', /logging\.driver: expected local or json-file/],
    ['logging: { options: { syslog-address: "unixgram:///dev/log" } }', /reaches into the host's files/],
    ["logging: { options: { tag: '${env:TOKEN}' } }", /stays readable on the host/],
    ['restart: no', /restart: unknown key/],
    ['volumes: [{ path: /x }]', /volumes\[0\]: expected exactly one of name, bind, tmpfs/],
    ['volumes: [{ name: a, bind: /b, path: /x }]', /expected exactly one of name, bind, tmpfs/],
    ['volumes: [{ bind: /srv/../etc, path: /x }]', /volumes\[0\]\.bind: is no folder/],
    ['volumes: [{ tmpfs: { size: 1MiB, mode: "888" }, path: /x }]', /mode: is no mode/],
    ['volumes: [{ tmpfs: { size: 1MiB }, path: /x, readOnly: true }]', /memory that nobody can write stays empty/],
    ['hosts: {}', /hosts: names no label/],
    ['drain: { signal: SIGKILL }', /drain/],
    ['drain: { until: exit }', /drain/],
    ['drain: { signal: SIGUSR1, timeout: 16m }', /drain/],
    ['drain: { signal: SIGUSR1, until: { file: drained } }', /drain/],
    ['stateful: true', /stateful: component web keeps nothing/],
    ['stateful: true\n    volumes: [{ tmpfs: { size: 1MiB }, path: /x }]', /keeps nothing/],
    [
      'stateful: true\n    replicas: 2\n    volumes: [{ name: a, path: /x }]',
      /replicas: component web is stateful, and 2 of it would write at once/,
    ],
    ['backup: { command: [dump] }', /backup: component web is not stateful/],
    ['hooks: { beforeStart: { command: [a] } }', /hooks\.beforeStart: unknown key/],
    ['secrets: { a/b: "${env:A}" }', /secrets\["a\/b"\]: is no name of a secret/],
    ['secrets: { ..: "${env:A}" }', /is no name of a secret/],
    ['secrets: { key: hunter2 }', /secrets\.key: is a secret in plain text[\s\S]*\$\{file:PATH\}/],
    ['secrets: { key: "${file:/etc/shadow}" }', /outside the folder of tidegate\.yaml/],
    ['secrets: { key: { value: "${env:A}", mode: "888" } }', /secrets\.key\.mode: is no mode/],
    ['secrets: { key: { value: "${env:A}", owner: 1 } }', /secrets\.key\.owner: unknown key/],
    [
      'secrets: { key: "${env:A}" }\n    volumes: [{ tmpfs: { size: 1MiB }, path: /run/secrets/a }]',
      /volumes\[0\]\.path: the secrets of web are in \/run\/secrets/,
    ],
    ['aliases: [Desk]', /aliases\[0\]: is no name/],
    ['health: { tcp: {} }', /health\.tcp\.port: component web is not published/],
    ['health: { command: {} }', /health\.command\.run: is missing/],
  ])('refuses the setting %s', (setting, reason) => {
    expect(problemsOf(() => read(changed('repository: shop/web', `repository: shop/web\n    ${setting}`)))).toMatch(reason);
  });

  it('refuses an alias that is a name of another component', () => {
    expect(problemsOf(() => read(EXAMPLE.replace('after: [worker]', 'after: [worker]\n    aliases: [worker]')))).toMatch(
      /web\.aliases\[0\]: worker is a name of component worker already/,
    );
  });

  it('names the members of a cycle in order, at the line of the first', () => {
    const text = changed('needs: [build]', 'needs: [build, production]', EXAMPLE);
    const line = text.split('\n').findIndex((candidate) => candidate.includes('needs: [build, production]')) + 1;
    const message = problemsOf(() => read(text));
    expect(message).toContain(
      `pipeline.yaml:${line}:12 stages[1].needs: the cycle test needs production needs staging needs test can never begin`,
    );
  });

  it.each([
    ['companions: []', '{ name: mail, image: mail }', /has neither tag nor digest/],
    ['companions: []', '{ name: mail, image: "mail:1", component: web }', /expected either component or image/],
    ['companions: []', '{ name: mail }', /expected either component or image/],
    ['companions: []', '{ name: mail, component: wbe }', /companions\[0\]\.component: no component is named wbe/],
    [
      'companions: []',
      '{ name: mail, image: "mail:1" }, { name: mail, image: "mail:2" }',
      /companions\[1\]\.name: a second companion of test is named mail/,
    ],
  ])('refuses %s with %s', (_, companions, reason) => {
    const text = EXAMPLE.replace(/companions:\n.*\n/, `companions: [${companions}]\n`);
    expect(problemsOf(() => read(text))).toMatch(reason);
  });

  it('takes images of the application and of others as companions', () => {
    const text = EXAMPLE.replace(
      /companions:\n.*\n/,
      `companions: [{ name: a, component: worker }, { name: b, image: 'r:5000/x/y:1@sha256:${'a'.repeat(64)}' }]\n`,
    );
    expect(read(text).stages[1]).toMatchObject({
      companions: [{ image: { component: 'worker' } }, { image: { reference: expect.stringContaining('y:1@') } }],
    });
  });

  it('asks which registry is meant when there are several', () => {
    const registries = [...REGISTRIES, { name: 'other', address: 'other.example.com' }];
    expect(problemsOf(() => parsePipeline(SMALL_PIPELINE, 'p', { ...context, registries }))).toMatch(
      /components\.web\.registry: is missing[\s\S]*main, other/,
    );
    const text = changed('repository: shop/web', 'repository: shop/web\n    registry: other');
    expect(parsePipeline(text, 'p', { ...context, registries }).components[0]?.repository).toBe('other.example.com/shop/web');
  });
});

describe('a pipeline in its installation', () => {
  const installation = parseInstallation(
    `${SMALL_INSTALLATION}  - name: staging
    hosts: [one]
    alarms: [{ name: hook, webhook: { header: authorization, secrets: ['\${env:HOOK_SECRET}'] } }]
github: { token: '\${env:GITHUB_TOKEN}' }
people: [{ name: rita, token: '\${file:rita.token}' }]
checks: [{ name: itsm, url: 'https://itsm.example.com', secrets: ['\${env:ITSM_SECRET}'] }]
`,
    '/etc/tidegate/tidegate.yaml',
  );
  const readFor = (text: string) => parsePipelineFor(installation, 'shop', text, 'pipeline.yaml');

  it('is accepted when the installation has all that it asks for', () => {
    const own = "repository: shop/web\n    environment: { T: '${env:SHOP_TOKEN}', F: '${file:shop/token}' }";
    expect(readFor(changed('repository: shop/web', own)).application).toBe('shop');
  });

  it('can add external checks and figures of its own routers to the gates of an environment', () => {
    const metric =
      '{ name: m, atMost: 0.01, router: { environment: staging, component: web, figure: failedShare, over: 5m, requests: 10 } }';
    const added = `environment: production, protection: { checks: [{ name: itsm, deadline: 2h }], metrics: [${metric}] }`;
    const [stage] = readFor(changed('environment: production', added)).stages;
    const source = { kind: 'router', environment: 'staging', component: 'web', figure: 'failedShare', overMs: 300_000, minRequests: 10 };
    expect(stage).toMatchObject({
      protection: {
        checks: [{ name: 'itsm', deadlineMs: 7_200_000 }],
        metrics: [{ name: 'm', atMost: 0.01, freshMs: 300_000, source }],
      },
    });
  });

  describe('whose build has secrets', () => {
    const given = (own: string) =>
      parseInstallation(
        SMALL_INSTALLATION.replace('git: ../shop }', `git: ../shop }, buildSecrets: ${own}`),
        '/etc/tidegate/tidegate.yaml',
      );
    const built = (own: string) =>
      changed('repository: shop/web', `repository: shop/web\n    ${own}`).replace(
        'stages:\n',
        'stages:\n  - { name: build, kind: build }\n',
      );
    const readWith = (own: string, component: string) => parsePipelineFor(given(own), 'shop', built(component), 'pipeline.yaml');

    it('names them, and the installation says what they are', () => {
      const { components } = readWith("{ npmrc: '${file:npmrc}' }", 'build: { secrets: [npmrc] }');
      expect(components[0]?.source).toMatchObject({ kind: 'build', secrets: ['npmrc'] });
      expect(JSON.stringify(components)).not.toContain('${file:npmrc}');
    });

    it('is refused where the installation does not give them, or gives them for builds alone', () => {
      const values = "{ npmrc: '${file:npmrc}', pypi: '${env:PYPI}' }";
      expect(problemsOf(() => readWith(values, 'build: { secrets: [npmrx] }'))).toMatch(
        /build\.secrets\[0\]: no secret is named npmrx in buildSecrets of this application in tidegate\.yaml; did you mean npmrc\?/,
      );
      expect(problemsOf(() => readFor(built('build: { secrets: [npmrc] }')))).toMatch(/there are none/);
      expect(problemsOf(() => readWith(values, "environment: { T: '${env:PYPI}' }"))).toMatch(/belongs to the installation itself/);
      expect(problemsOf(() => readWith(values, 'build: { secrets: [../npmrc] }'))).toMatch(/is no name of a secret/);
    });
  });

  it.each([
    [
      'environment: production',
      'environment: prod',
      /7:52 stages\[0\]\.environment: no environment is named prod in tidegate\.yaml; there are production, staging/,
    ],
    [
      'environment: production',
      'environment: production, approval: { approvers: [joe] }',
      /no person is named joe in tidegate\.yaml; there are rita/,
    ],
    [
      'environment: production',
      'environment: production, approval: { groups: [{ group: opps }] }',
      /approval\.groups\[0\]: no group is named opps in tidegate\.yaml/,
    ],
    [
      'environment: production',
      'environment: production, strategy: { rolling: { minHealthy: 1 } }',
      /minHealthy: leaves no host of production to change: At least 1 of 1 hosts must stay healthy/,
    ],
    [
      'environment: production',
      'environment: production, strategy: { recreate: { orderBy: zone } }',
      /orderBy: no host of production has a label zone in tidegate\.yaml/,
    ],
    [
      'repository: shop/web',
      "repository: shop/web\n    environment: { T: 'x${env:GITHUB_TOKEN}' }",
      /environment\.T: \$\{env:GITHUB_TOKEN\} belongs to the installation itself/,
    ],
    ['repository: shop/web', "repository: shop/web\n    environment: { T: '${file:./rita.token}' }", /belongs to the installation itself/],
    ['repository: shop/web', "repository: shop/web\n    environment: { T: '${env:HOOK_SECRET}' }", /belongs to the installation itself/],
    ['repository: shop/web', "repository: shop/web\n    environment: { T: '${env:ITSM_SECRET}' }", /belongs to the installation itself/],
    [
      'environment: production',
      'environment: production, protection: { checks: [{ name: itsn }] }',
      /checks\[0\]\.name: no check is named itsn in tidegate\.yaml; there are itsm/,
    ],
    [
      'environment: production',
      "environment: production, protection: { checks: [{ name: itsm, url: 'https://me' }] }",
      /unknown|not a key|url/,
    ],
    [
      'environment: production',
      'environment: production, protection: { metrics: [{ name: m, atMost: 1, router: { environment: prod, component: wep, figure: requests } }] }',
      /router\.environment: no environment is named prod[\s\S]*router\.component: no component is named wep/,
    ],
    [
      'environment: production',
      "environment: production, protection: { metrics: [{ name: m, atMost: 1, prometheus: { url: 'http://p', query: up } }] }",
      /prometheus/,
    ],
    [
      'repository: shop/web',
      "repository: shop/web\n    secrets: { token: '${file:./rita.token}' }",
      /secrets\.token: \$\{file:\.\/rita\.token\} belongs to the installation itself/,
    ],
    [
      'repository: shop/web',
      "repository: shop/web\n    environment: { T: '${file:.tidegate/token}' }",
      /belongs to the installation itself/,
    ],
  ])('refuses %s as %s', (from, to, reason) => {
    expect(problemsOf(() => readFor(changed(from, to)))).toMatch(reason);
  });

  it.each([
    ['volumes: [{ bind: /etc, path: /x }]', /volumes\[0\]\.bind: \/etc reaches the hosts of production.*environments\[\]\.binds/],
    ['volumes: [{ bind: /srv/shop/data, path: /x }]', /\/srv\/shop\/data reaches the hosts of production/],
    ['capabilities: { add: [SYS_ADMIN] }', /capabilities\.add\[0\]: SYS_ADMIN reaches the hosts.*environments\[\]\.capabilities/],
    ['networks: [monitoring]', /networks\[0\]: monitoring reaches the hosts.*environments\[\]\.networks/],
    ['networks: [host]', /networks\[0\]: is a mode of Docker and no network to join/],
    ['hosts: { role: database }', /hosts: no host of production has role=database, so that web would run nowhere there/],
  ])('refuses %s, which the owners of the environment do not allow or have', (setting, reason) => {
    expect(problemsOf(() => readFor(changed('repository: shop/web', `repository: shop/web\n    ${setting}`)))).toMatch(reason);
  });

  it('may have what the owners of the environment allow', () => {
    const owned = parseInstallation(
      SMALL_INSTALLATION.replace(
        'hosts: [one] }',
        'hosts: [one], binds: [/srv/shop], capabilities: [SYS_TIME], networks: [monitoring] }',
      ).replace("docker: 'unix:///var/run/docker.sock' }", "docker: 'unix:///var/run/docker.sock', labels: { role: web } }"),
      '/etc/tidegate/tidegate.yaml',
    );
    const asks =
      'volumes: [{ bind: /srv/shop, path: /x }]\n    capabilities: { add: [SYS_TIME] }\n    networks: [monitoring]\n    hosts: { role: web }';
    const text = changed('repository: shop/web', `repository: shop/web\n    ${asks}`);
    expect(parsePipelineFor(owned, 'shop', text, 'pipeline.yaml').components).toHaveLength(1);
  });

  it('refuses a port that its owners do not list, and one port for two environments that share a host', () => {
    const owned = parseInstallation(
      `${SMALL_INSTALLATION.replace(`image: '${ROUTER}'`, `image: '${ROUTER}', tcp: [6000, 6001]`)}  - { name: staging, hosts: [one] }\n`,
      '/etc/tidegate/tidegate.yaml',
    );
    const publish = (tcp: string) =>
      `${changed('repository: shop/web', `repository: shop/web\n    publish: { port: 80, tcp: ${tcp} }`)}  - { name: staging, kind: deploy, environment: staging }\n`;
    const readOwned = (tcp: string) => parsePipelineFor(owned, 'shop', publish(tcp), 'pipeline.yaml');
    expect(readOwned('{ staging: 6000, production: 6001 }').stages).toHaveLength(2);
    expect(problemsOf(() => readOwned('{ staging: 6000, production: 7000 }'))).toMatch(
      /publish\.tcp: port 7000 is not among router\.tcp of tidegate\.yaml; there are 6000, 6001/,
    );
    expect(problemsOf(() => readOwned('6000'))).toMatch(/production and staging both run on one and cannot share port 6000 there/);
  });

  it('refuses one host name for two environments that share a host', () => {
    const two = (host: string) =>
      `${changed('repository: shop/web', `repository: shop/web\n    publish: { port: 80, host: '${host}' }`)}  - { name: staging, kind: deploy, environment: staging }\n`;
    expect(problemsOf(() => readFor(two('shop.localhost')))).toMatch(
      /publish\.host: production and staging both run on one and cannot share/,
    );
    expect(readFor(two('{environment}.localhost')).stages).toHaveLength(2);
  });

  it('is refused for an application that the installation does not have', () => {
    expect(() => parsePipelineFor(installation, 'shp', SMALL_PIPELINE, 'p')).toThrow(
      'No application is named shp in tidegate.yaml; there are shop',
    );
  });
});
