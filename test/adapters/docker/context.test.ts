import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contextEndpoint, defaultEndpoint } from '../../../adapters/docker/context.ts';

let configDirectory: string;

beforeEach(async () => {
  configDirectory = await mkdtemp(join(tmpdir(), 'docker-contexts-'));
});

afterEach(() => rm(configDirectory, { recursive: true }));

/** Writes a context as `docker context create` does. */
async function context(name: string, host: string, tls: readonly string[] = []): Promise<void> {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(configDirectory, 'contexts', 'meta', id);
  await mkdir(meta, { recursive: true });
  await writeFile(
    join(meta, 'meta.json'),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } }),
  );
  const folder = join(configDirectory, 'contexts', 'tls', id, 'docker');
  await mkdir(folder, { recursive: true });
  for (const file of tls) await writeFile(join(folder, file), `content of ${file}`);
}

const current = (name: string) => writeFile(join(configDirectory, 'config.json'), JSON.stringify({ currentContext: name }));

describe('the default engine', () => {
  it('is the local socket where nothing is configured', async () => {
    expect(await defaultEndpoint({ configDirectory })).toEqual({ kind: 'unix', path: '/var/run/docker.sock' });
    await current('default');
    expect(await defaultEndpoint({ configDirectory })).toEqual({ kind: 'unix', path: '/var/run/docker.sock' });
  });

  it('is that of DOCKER_HOST before DOCKER_CONTEXT before the current context', async () => {
    await context('desk', 'unix:///desk.sock');
    await context('farm', 'unix:///farm.sock');
    await current('desk');
    expect(await defaultEndpoint({ configDirectory })).toEqual({ kind: 'unix', path: '/desk.sock' });
    expect(await defaultEndpoint({ configDirectory, dockerContext: 'farm' })).toEqual({ kind: 'unix', path: '/farm.sock' });
    expect(await defaultEndpoint({ configDirectory, dockerContext: 'farm', dockerHost: 'tcp://h:1' })).toEqual({
      kind: 'tcp',
      host: 'h',
      port: 1,
    });
    expect(await defaultEndpoint({ configDirectory, dockerContext: '', dockerHost: '' })).toEqual({ kind: 'unix', path: '/desk.sock' });
  });

  it('over TCP takes the TLS files when it is told to verify', async () => {
    for (const file of ['ca.pem', 'cert.pem', 'key.pem']) await writeFile(join(configDirectory, file), file);
    const endpoint = await defaultEndpoint({
      configDirectory,
      dockerHost: 'tcp://h:2376',
      tlsVerify: true,
      certificatePath: configDirectory,
    });
    expect(endpoint).toMatchObject({ kind: 'tcp', tls: { ca: 'ca.pem', certificate: 'cert.pem' } });
    expect(JSON.stringify(endpoint)).not.toContain('key.pem');
    const without = defaultEndpoint({
      configDirectory,
      dockerHost: 'tcp://h:2376',
      tlsVerify: true,
      certificatePath: join(configDirectory, 'none'),
    });
    await expect(without).rejects.toThrow(/ca\.pem, cert\.pem and key\.pem/);
  });

  it('over SSH knows its host by the known_hosts file of the user', async () => {
    const endpoint = await defaultEndpoint({ configDirectory, dockerHost: 'ssh://me@h', sshAgent: '/agent.sock' });
    expect(endpoint).toMatchObject({
      kind: 'ssh',
      agent: '/agent.sock',
      hostKey: { knownHosts: expect.stringMatching(/\.ssh\/known_hosts$/) },
    });
  });
});

describe('a context', () => {
  it('brings its TLS files, all or none', async () => {
    await context('tls', 'tcp://h:2376', ['ca.pem', 'cert.pem', 'key.pem']);
    expect(await contextEndpoint('tls', { configDirectory })).toMatchObject({
      tls: { ca: 'content of ca.pem', certificate: 'content of cert.pem' },
    });
    await context('half', 'tcp://h:2376', ['ca.pem']);
    await expect(contextEndpoint('half', { configDirectory })).rejects.toMatchObject({ name: 'ContextUnreadable' });
  });

  it('that does not exist is refused with how to list what there is', async () => {
    await expect(contextEndpoint('nowhere', { configDirectory })).rejects.toThrow(/"nowhere".*docker context ls/);
    await current('nowhere');
    await expect(defaultEndpoint({ configDirectory })).rejects.toMatchObject({ name: 'ContextUnreadable' });
  });

  it('on a named pipe is refused with the reason', async () => {
    await context('windows', 'npipe:////./pipe/docker_engine');
    await expect(contextEndpoint('windows', { configDirectory })).rejects.toThrow(/named pipes/);
  });

  it('whose files are no JSON is refused by name', async () => {
    await writeFile(join(configDirectory, 'config.json'), '{');
    await expect(defaultEndpoint({ configDirectory })).rejects.toMatchObject({
      name: 'ContextUnreadable',
      message: expect.stringContaining('config.json'),
    });
  });
});
