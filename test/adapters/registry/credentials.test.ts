import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RegistryCredential } from '../../../activities/images.ts';
import {
  dockerConfigFile,
  fileCredentials,
  firstCredentials,
  givenCredentials,
  variableCredentials,
} from '../../../adapters/registry/credentials.ts';
import { Secret } from '../../../domain/secret.ts';

let directory: string;

let environment: Record<string, string>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'docker-config-'));
  environment = { PATH: `${directory}:${process.env.PATH}` };
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function docker(folder = '') {
  return fileCredentials({ path: dockerConfigFile(join(directory, folder)), environment });
}

async function config(content: object | string): Promise<void> {
  await writeFile(join(directory, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content));
}

/** Puts a credential helper of this name on PATH. */
async function helper(name: string, script: string): Promise<void> {
  const file = join(directory, `docker-credential-${name}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

function shown(credential: RegistryCredential | undefined) {
  if (credential === undefined) return undefined;
  return 'username' in credential ? `${credential.username}:${credential.password.reveal()}` : `token ${credential.identityToken.reveal()}`;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('credentials of docker login', () => {
  it('are none where nobody ever signed in', async () => {
    expect(await docker('absent')('ghcr.io')).toBeUndefined();
    await config({});
    expect(await docker()('ghcr.io')).toBeUndefined();
  });

  it('are found in the file under any of the keys that Docker has used', async () => {
    await config({
      auths: {
        'https://index.docker.io/v1/': { auth: base64('hub:a:b') },
        'https://ghcr.io': { auth: base64('robot:secret') },
        'azure.example.com': { auth: '', identitytoken: 'refresh' },
      },
    });
    const credentials = docker();
    expect(shown(await credentials('docker.io'))).toBe('hub:a:b');
    expect(shown(await credentials('ghcr.io'))).toBe('robot:secret');
    expect(shown(await credentials('azure.example.com'))).toBe('token refresh');
    expect(await credentials('other.example.com')).toBeUndefined();
  });

  it('come from the helper of the registry before the store of all', async () => {
    await helper('own', 'read server; echo "{\\"Username\\":\\"own\\",\\"Secret\\":\\"$server\\"}"');
    await helper('all', 'echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"t\\"}"');
    await config({ credsStore: 'all', credHelpers: { 'ghcr.io': 'own' } });
    expect(shown(await docker()('ghcr.io'))).toBe('own:ghcr.io');
    expect(shown(await docker()('other.example.com'))).toBe('token t');
  });

  it('are none where the helper keeps none', async () => {
    await helper('empty', 'echo "credentials not found in native keychain"; exit 1');
    await config({ credsStore: 'empty' });
    expect(await docker()('ghcr.io')).toBeUndefined();
  });

  it.each([
    ['broken', 'echo "my-secret-words"; exit 3'],
    ['garbage', 'echo "my-secret-words"'],
  ])('fail by name when the helper is %s, without its words', async (name, script) => {
    await helper(name, script);
    await config({ credsStore: name });
    const failed = docker()('ghcr.io');
    await expect(failed).rejects.toMatchObject({
      name: 'CredentialHelperFailed',
      message: expect.stringContaining(`docker-credential-${name}`),
    });
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('my-secret-words') });
  });

  it('fail by name when the helper is not installed, or its name is no name', async () => {
    await config({ credsStore: 'nowhere-to-be-found' });
    await expect(docker()('ghcr.io')).rejects.toMatchObject({ name: 'CredentialHelperFailed' });
    await config({ credsStore: '../../bin/sh' });
    await expect(docker()('ghcr.io')).rejects.toMatchObject({ name: 'CredentialHelperFailed' });
  });

  it('fail by name when the file is no JSON, without quoting it', async () => {
    await config('{"auths": {"ghcr.io": {"auth": "c2VjcmV0"');
    const failed = docker()('ghcr.io');
    await expect(failed).rejects.toMatchObject({ name: 'AuthsUnreadable', message: expect.not.stringContaining('c2VjcmV0') });
  });

  it('may be a user and a password as they are, and none where a key has neither', async () => {
    await config({
      auths: { 'ghcr.io': { username: 'robot', password: 'plain' }, 'quay.io': {}, 'http://10.0.0.1:5000': { auth: base64('a:b') } },
    });
    expect(shown(await docker()('ghcr.io'))).toBe('robot:plain');
    expect(shown(await docker()('10.0.0.1:5000'))).toBe('a:b');
    expect(await docker()('quay.io')).toBeUndefined();
  });

  it('fail by name when an entry is not user and password, without quoting it', async () => {
    await config({ auths: { 'ghcr.io': { auth: base64('secret-without-user') } } });
    const failed = docker()('ghcr.io');
    await expect(failed).rejects.toMatchObject({ name: 'AuthsUnreadable', message: expect.stringContaining('auths of ghcr.io') });
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringMatching(/secret-without-user|c2Vjc/) });
  });
});

describe('credentials of DOCKER_AUTH_CONFIG', () => {
  const fromVariable = () => variableCredentials('DOCKER_AUTH_CONFIG', environment);

  it('are read as those of the file are, helpers included', async () => {
    await helper('own', 'read server; echo "{\\"Username\\":\\"own\\",\\"Secret\\":\\"$server\\"}"');
    environment.DOCKER_AUTH_CONFIG = JSON.stringify({
      auths: { 'ghcr.io': { auth: base64('robot:secret') } },
      credHelpers: { 'quay.io': 'own' },
    });
    expect(shown(await fromVariable()('ghcr.io'))).toBe('robot:secret');
    expect(shown(await fromVariable()('quay.io'))).toBe('own:quay.io');
    expect(await fromVariable()('docker.io')).toBeUndefined();
  });

  it('are none where it is not set, and fail by name without a word of it where it is no JSON', async () => {
    expect(await fromVariable()('ghcr.io')).toBeUndefined();
    environment.DOCKER_AUTH_CONFIG = 'my-secret-words';
    const failed = fromVariable()('ghcr.io');
    await expect(failed).rejects.toMatchObject({ name: 'AuthsUnreadable', message: expect.stringContaining('DOCKER_AUTH_CONFIG') });
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('my-secret-words') });
  });
});

describe('credentials of several sources', () => {
  it('are those of the first that has one', async () => {
    const given = givenCredentials({ 'ghcr.io': async () => ({ username: 'given', password: new Secret('1') }) });
    await config({ auths: { 'ghcr.io': { auth: base64('file:2') }, 'quay.io': { auth: base64('file:3') } } });
    const both = firstCredentials(given, docker());
    expect(shown(await both('ghcr.io'))).toBe('given:1');
    expect(shown(await both('quay.io'))).toBe('file:3');
    expect(await both('toString')).toBeUndefined();
  });
});
