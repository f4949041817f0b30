import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectEngine } from '../../adapters/docker/connect.ts';
import { parseEndpoint } from '../../adapters/docker/endpoint.ts';
import { LABEL } from '../../domain/labels.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { type LabImage, plainImage } from '../../lab/images.ts';
import { createLabNetwork, type LabNetwork } from '../../lab/network.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';
import { CompiledCli } from '../support/compiled-cli.ts';

let cli: CompiledCli;
let directory: string;
let network: LabNetwork;
let registry: LabRegistry;
let engine: LabEngine;
let image: LabImage;

beforeAll(async () => {
  cli = await CompiledCli.compile();
  directory = await mkdtemp(join(tmpdir(), 'tidegate-ps-'));
  network = await createLabNetwork({ directory });
  registry = await startRegistry({ directory, address: network.gateway });
  [engine, image] = await Promise.all([
    startEngine({ name: 'ps', directory, network, registries: [registry.address] }),
    plainImage({ registry: registry.address }),
  ]);
  await writeFile(join(cli.folder, 'tidegate.yaml'), installation());
  await run('web', { [LABEL.release]: '2' });
  await run('stranger', { [LABEL.installation]: 'another' });
});

afterAll(async () => {
  await cli.remove();
  await engine.stop({ remove: true });
  await registry.stop();
  await network.close();
  await rm(directory, { recursive: true, force: true });
});

/** A host that is up, and one that is down. */
function installation(): string {
  return `version: 1
installation: demo
registries: [{ name: main, address: '${registry.address}', plainHttp: true }]
router: { image: '${registry.address}/plain@${image.digest}' }
hosts:
  - { name: up, docker: '${engine.docker}' }
  - { name: down, docker: 'unix://${directory}/nothing.sock' }
applications: [{ name: shop, source: { git: ./shop } }]
environments: [{ name: production, hosts: [up, down] }]
build: { host: up }
people: [{ name: ana, token: '\${env:ANA_TOKEN}' }]
`;
}

async function run(name: string, labels: Record<string, string>): Promise<void> {
  const docker = connectEngine(parseEndpoint(engine.docker));
  const reference = `${image.reference}@${image.digest}`;
  const stream = await docker.pull(reference);
  await new Promise<void>((done, failed) => docker.modem.followProgress(stream, (error) => (error ? failed(error) : done())));
  const ours = {
    installation: 'demo',
    application: 'shop',
    environment: 'production',
    component: name,
    role: 'component',
    digest: image.digest,
  };
  const Labels = {
    ...Object.fromEntries(Object.entries(ours).map(([key, value]) => [LABEL[key as keyof typeof LABEL], value])),
    ...labels,
  };
  const container = await docker.createContainer({ name, Image: reference, Cmd: ['sleep', '1000'], Labels });
  await container.start();
}

describe('ps', () => {
  it('reads what runs from the hosts alone, and names the host that is down', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['ps']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^up +shop +production +web +#2 +Up .* sha256:[0-9a-f]{12} +web$/m);
    expect(stdout).not.toContain('stranger');
    expect(stderr).toContain('host down does not answer');
  });

  it('prints one JSON document', async () => {
    const { stdout } = await cli.run(['ps', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      containers: [{ host: 'up', component: 'web', release: '2', state: 'running', digest: image.digest }],
      unreachable: [{ host: 'down' }],
    });
  });
});

describe('doctor', () => {
  it('checks everything although a host is down, and says what to do', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['doctor'], { environment: { ANA_TOKEN: 'tdg_anas-own' } });
    expect(exitCode).toBe(1);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^ok +Node\.js: \d+\.\d+/m);
    expect(stdout).toMatch(/^ok +registry main: answers at/m);
    expect(stdout).toMatch(/^ok +token of ana: \$\{env:ANA_TOKEN\} is set/m);
    expect(stdout).toMatch(/^(ok|warn) +host up: engine \d.*, API 1\.\d+, live-restore (on|off)/m);
    expect(stdout).toMatch(/^warn +router image on up: .* is not there yet/m);
    expect(stdout).toMatch(/^fail +host down: .*\n +see that the Docker engine of down runs/m);
    expect(stdout).not.toContain('anas-own');
  });

  it('misses a secret that is not set', async () => {
    const { stdout } = await cli.run(['doctor', '--json']);
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; state: string; wayOut?: string }[] };
    expect(ok).toBe(false);
    expect(checks.find((check) => check.name === 'token of ana')).toMatchObject({ state: 'fail', wayOut: 'set ${env:ANA_TOKEN}' });
  });
});
